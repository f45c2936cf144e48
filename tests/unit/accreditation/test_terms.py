"""An accreditation over time: it runs out, is extended, follows another, is taken back; what each list says on the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR, Actor, Role
from consult.accounts.bodies.models import Mandate, MandateTopic
from consult.accounts.models import Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import load_actor, start_sign_in
from consult.accounts.taking_part import is_taking_part, takes_part
from consult.ballots.ordinary_vote import seated_actor
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import accredited_until, steps_of
from consult.consultations.accreditation.services import Decision
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.accreditation.terms import remind_of_accreditations
from consult.consultations.members import MemberDraft
from consult.consultations.models import Member, Seat
from consult.consultations.queries import counts_by_track, empty_seats, members_page, people_of, seat_of
from consult.consultations.seats.standing import plenary
from consult.consultations.services import appeal, apply, decide, end_membership, invite_member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.notifications.groups import Group, reached
from consult.notifications.letters.many import _members
from consult.notifications.models import Mail
from consult.outcomes.reading import _taking_part
from consult.submissions.bodies import public_bodies, public_seats, taking_part
from consult.submissions.figures.missing import readers_by_language, silent_bodies, silent_by_track
from consult.testing.acts import deliver
from consult.testing.world import World

S = ApplicationState
DRAFT = ApplicationDraft(
    "municipal",
    "بلدية غات",
    "municipality",
    PersonDraft("سالمة الحضيري", "salma@example.org", "ar"),
    "تدير شؤون البلدية.",
    "القانون رقم 59 لسنة 2012",
)
GHAT = "LY032101"


def _accreditor(world: World, who: str) -> Actor:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people[who], role=Role.ACCREDITOR, granted_at=clock.now())
        grant.consultation_id = world.consultation_id
        session.add(grant)
    return world.actor(who)


def _accepted(world: World, officer: Actor, days: int = 20, **changes: Any) -> Application:
    here = world.consultation
    row = apply(replace(DRAFT, **changes), consultation=here, actor=OPERATOR)
    return decide(
        Decision(S.ACCEPTED, "في محله.", "ar", until=clock.now() + timedelta(days=days), body=GHAT),
        application=row,
        actor=officer,
    )


@pytest.fixture
def officer(world: World) -> Actor:
    """An accreditor; the seat of Ghat is free."""
    ghat = world.member("ghat")
    end_membership(ghat, consultation=world.consultation, actor=world.actor("organiser"))
    return _accreditor(world, "professor")


@contextmanager
def _after(row: Application) -> Iterator[None]:
    assert row.until is not None
    with clock.at(row.until):
        yield


def _acts(row: Application) -> bool:
    """Tell whether whoever is accredited signs in as a member, has a seat and stands on a roll."""
    assert row.member_id is not None
    memberships = load_actor(row.person_id).memberships
    voter = seated_actor(start_sign_in(row.person_id, method="link"), "test")
    found = (
        [m.member for m in memberships] == [row.member_id],
        voter is not None,
        row.member_id in {one.standing.holder for one in plenary(row.consultation_id)},
    )
    assert found[0] is found[1] is found[2]
    return found[0]


def _states(*rows: Application) -> list[str]:
    return [row.state for row in rows]


def test_what_has_run_out_is_renewed_by_another_application(world: World, officer: Actor) -> None:
    first = _accepted(world, officer)
    assert _acts(first)
    with _after(first):
        assert not _acts(first)
        second = _accepted(world, officer)
        assert _acts(second)
        assert second.member_id == first.member_id
        assert accredited_until(world.consultation_id, [world.bodies["ghat"]]) == {world.bodies["ghat"]: second.until}
    assert _states(first, second) == ["ended", "accepted"]
    with _after(second):
        assert not _acts(second)


def test_whoever_was_accredited_once_can_be_invited_again(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    organiser, here = world.actor("organiser"), world.consultation
    draft = MemberDraft(DRAFT.contact, "municipal", world.bodies["ghat"], seat=True)
    with pytest.raises(Rejected) as refused:
        invite_member(draft, consultation=here, actor=organiser)
    assert {problem.field for problem in refused.value.problems} == {"seat", "email"}
    with _after(row):
        member = invite_member(draft, consultation=here, actor=organiser).member
        assert (member.id, member.until, _acts(row)) == (row.member_id, None, True)
    assert (row.state, accredited_until(here.id, [world.bodies["ghat"]])) == ("ended", {})


def test_another_application_in_time_goes_on_where_the_first_ends(world: World, officer: Actor) -> None:
    first = _accepted(world, officer)
    seat = seat_of(first.member_id)  # type: ignore[arg-type]
    second = _accepted(world, officer, 300)
    assert (second.member_id, _states(first, second)) == (first.member_id, ["ended", "accepted"])
    with _after(first):
        assert _acts(second)
        assert seat_of(second.member_id) is seat  # type: ignore[arg-type]
    types = [event.type for event in events_after(world.consultation_id)]
    assert types.count("MemberInvited") == 1


def test_a_seat_of_whoever_has_run_out_is_free_for_a_colleague(world: World, officer: Actor) -> None:
    first = _accepted(world, officer)
    other = PersonDraft("عائشة كوني", "aisha@example.org", "ar")
    with _after(first):
        second = _accepted(world, officer, contact=other)
        assert (_acts(second), _acts(first)) == (True, False)
        decide(
            Decision(S.ACCEPTED, "في محله.", "ar", until=clock.now() + timedelta(days=9)),
            application=first,
            actor=officer,
        )
        seats = [one.standing.holder for one in plenary(world.consultation_id)]
        assert (first.member_id in seats, seats.count(second.member_id)) == (False, 1)


def test_it_is_extended_before_and_after_its_date(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    for until in (row.until, None, clock.now()):
        with pytest.raises(Rejected) as refused:
            decide(Decision(S.ACCEPTED, "في محله.", "ar", until=until), application=row, actor=officer)
        assert [problem.field for problem in refused.value.problems] == ["until"]
    first = row.until
    for _ in range(2):
        with _after(row):
            assert not _acts(row)
            decide(
                Decision(S.ACCEPTED, "في محله.", "ar", until=clock.now() + timedelta(days=30)),
                application=row,
                actor=officer,
            )
            assert _acts(row)
    assert row.until == first + timedelta(days=60)  # type: ignore[operator]
    steps = steps_of(row.id)
    assert [step.state for step in steps] == ["applied", "accepted", "accepted", "accepted"]
    assert (steps[1].until, steps[-1].until) == (first, row.until)


def test_an_accreditor_takes_it_back_with_a_reason_and_another_decides_the_appeal(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    with pytest.raises(Rejected) as refused:
        decide(Decision(S.REVOKED, " ", "ar"), application=row, actor=officer)
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    assert _acts(row)
    for who in ("organiser", "moderator", "administrator", "derna"):
        with pytest.raises(Forbidden):
            decide(Decision(S.REVOKED, "x", "ar"), application=row, actor=world.actor(who))
    before = len(events_after(world.consultation_id))
    decide(Decision(S.REVOKED, "سُحب التفويض.", "ar"), application=row, actor=officer)
    told = [event.type for event in events_after(world.consultation_id)][before:]
    assert told == ["AccreditationMoved", "SeatVacated", "MemberLeft"]
    assert (_acts(row), accredited_until(world.consultation_id, [world.bodies["ghat"]])) == (False, {})
    deliver()
    letters = session.scalars(sa.select(Mail).where(Mail.person_id == row.person_id, Mail.kind == "accreditation"))
    assert len(letters.all()) == 3
    appeal("التفويض قائم.", application=row, actor=ANONYMOUS)
    again = Decision(S.ACCEPTED, "في محله.", "ar", until=clock.now() + timedelta(days=30))
    with pytest.raises(Forbidden):
        decide(again, application=row, actor=officer)
    decide(again, application=row, actor=_accreditor(world, "derna"))
    assert (_acts(row), row.body_id) == (True, world.bodies["ghat"])


def test_an_organiser_who_ends_the_part_ends_the_accreditation(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    end_membership(
        session.get_one(Member, row.member_id), consultation=world.consultation, actor=world.actor("organiser")
    )
    assert (row.state, accredited_until(world.consultation_id, [world.bodies["ghat"]])) == ("ended", {})
    with pytest.raises(Conflict):
        decide(
            Decision(S.ACCEPTED, "في محله.", "ar", until=clock.now() + timedelta(days=900)),
            application=row,
            actor=officer,
        )


def test_on_the_day_every_list_says_the_same(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    here, ghat = world.consultation, world.bodies["ghat"]

    def said() -> dict[str, bool]:
        person = session.get_one(Person, row.person_id)
        member = session.get_one(Member, row.member_id)
        counted = counts_by_track(here.id)["municipal"]
        silent = next(one for one in silent_bodies(here, "municipal", limit=200).lines if one.key == GHAT)
        assert silent.standing is not None
        condition = sa.select(takes_part(Member, clock.now())).where(Member.id == member.id)
        return {
            "condition": bool(session.scalar(condition)),
            "of one row": is_taking_part(member, clock.now()),
            "tag": bool(taking_part(here.id, [ghat])),
            "bodies": GHAT in {line.key for line in public_bodies(here.id, taking_part=True).lines},
            "seat of the body": all(seat.held for seat in public_seats(here.id, ghat)),
            "counts": (counted.members, counted.bodies, counted.filled) == (3, 3, 3),
            "free seats": ghat not in {seat.body_id for seat, _ in empty_seats(here.id, "municipal")},
            "people": person.id in set(session.scalars(people_of(here.id))),
            "members": member.number in {line.number for line in members_page(here.id).lines},
            "groups": person.id in {one.person for one in reached(here.id, Group())},
            "letters": person.id in set(_members(here.id)),
            "missing bodies": silent.standing.takes_part,
            "missing tracks": next(one.silent for one in silent_by_track(here) if one.track == "municipal") == 3,
            "languages": sum(readers_by_language(here.id).values()) == 5,
            "outcome": len(_taking_part(here.id).bodies) + sum(_taking_part(here.id).withheld.values()) == 5,
            "acts": _acts(row),
        }

    assert [what for what, yes in said().items() if not yes] == []
    with _after(row):
        assert [what for what, yes in said().items() if yes] == []


def test_the_body_is_told_once_before_the_end(world: World, officer: Actor) -> None:
    row = _accepted(world, officer, 90)
    assert row.until is not None
    deliver()

    def told() -> int:
        deliver()
        subjects = session.scalars(sa.select(Mail.text).where(Mail.person_id == row.person_id))
        return sum("ينتهي" in text or "تنتهي" in text for text in subjects)

    assert (remind_of_accreditations(), told()) == (False, 0)
    with clock.at(row.until - timedelta(days=21)):
        assert (remind_of_accreditations(), remind_of_accreditations(), told()) == (True, False, 1)
        decide(
            Decision(S.ACCEPTED, "في محله.", "ar", until=row.until + timedelta(days=60)), application=row, actor=officer
        )
        assert not remind_of_accreditations()
    with clock.at(row.until - timedelta(days=20)):
        assert (remind_of_accreditations(), told()) == (True, 2)
    with _after(row):
        assert not remind_of_accreditations()


def _refused(world: World, officer: Actor) -> Application:
    row = apply(DRAFT, consultation=world.consultation, actor=OPERATOR)
    return decide(Decision(S.REFUSED, "لا تفويض.", "ar"), application=row, actor=officer)


def test_there_is_a_last_day_to_appeal(world: World, officer: Actor) -> None:
    row = _refused(world, officer)
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(Conflict):
        appeal("هذا تفويضنا.", application=row, actor=ANONYMOUS)
    with clock.at(clock.now() + timedelta(days=29)):
        appeal("هذا تفويضنا.", application=row, actor=ANONYMOUS)
    assert row.state == "appealed"


def test_of_an_appeal_whoever_may_decide_is_told_or_who_can_name_somebody(world: World, officer: Actor) -> None:
    row = _refused(world, officer)
    appeal("هذا تفويضنا.", application=row, actor=ANONYMOUS)

    def told() -> list[str]:
        deliver()
        letters = sa.select(Person.email).join(Mail, Mail.person_id == Person.id)
        return sorted(session.scalars(letters.where(Mail.kind == "accreditation_appealed")))

    assert told() == ["administrator@example.org", "organiser@example.org"]
    assert "AccreditationReminded" not in [event.type for event in events_after(world.consultation_id)]
    _accreditor(world, "derna")
    assert not remind_of_accreditations()
    with clock.at(clock.now() + timedelta(days=15)):
        assert (remind_of_accreditations(), remind_of_accreditations()) == (True, False)
        assert told() == ["administrator@example.org", "derna@example.org", "organiser@example.org"]
    words = session.scalars(sa.select(Mail.text).where(Mail.kind == "accreditation_appealed")).all()
    assert not any("غات" in text or "تفويض" in text for text in words)


def test_a_seat_is_given_again_over_a_holder_who_has_run_out(world: World, officer: Actor) -> None:
    row = _accepted(world, officer)
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == row.member_id)).one()
    with _after(row):
        draft = MemberDraft(
            PersonDraft("عائشة كوني", "aisha@example.org", "ar"), "municipal", world.bodies["ghat"], seat=True
        )
        invited = invite_member(draft, consultation=world.consultation, actor=world.actor("organiser"))
        assert seat.holder_id == invited.member.id


def _mandates(world: World) -> list[tuple[Any, ...]]:
    rows = session.scalars(sa.select(Mandate).where(Mandate.body_id == world.bodies["ghat"]).order_by(Mandate.id))
    topics = dict(session.execute(sa.select(MandateTopic.mandate_id, MandateTopic.topic)).all())
    return [(dict(one.texts), one.legal_basis, one.source, topics.get(one.id)) for one in rows]


def test_the_accepted_mandate_goes_into_the_register_once_with_its_source(world: World, officer: Actor) -> None:
    here = world.consultation
    row = apply(DRAFT, consultation=here, actor=OPERATOR)
    end = clock.now() + timedelta(days=9)
    with pytest.raises(Rejected) as refused:
        decide(
            Decision(S.ACCEPTED, "في محله.", "ar", until=end, body=GHAT, topics=("gcm-99",)),
            application=row,
            actor=officer,
        )
    assert [problem.field for problem in refused.value.problems] == ["topics"]
    assert _mandates(world) == []
    decide(
        Decision(S.ACCEPTED, "في محله.", "ar", until=end, body=GHAT, topics=("gcm-1",)), application=row, actor=officer
    )
    entered = ({"ar": DRAFT.mandate}, DRAFT.legal_basis, "TT accreditation 1", "gcm-1")
    assert _mandates(world) == [entered]
    assert "MandateSaved" in [event.type for event in events_after(INSTANCE)]
    _accepted(world, officer)
    assert _mandates(world) == [entered]
    _accepted(world, officer, mandate="تدير المعبر.")
    assert [one[2] for one in _mandates(world)] == ["TT accreditation 1", "TT accreditation 3"]


def test_of_a_body_that_keeps_its_name_back_nothing_is_entered(world: World, officer: Actor) -> None:
    changes = {"track": "cso", "kind": "cso", "name": "جمعية الأمل", "withheld": True}
    row = apply(replace(DRAFT, **changes), consultation=world.consultation, actor=OPERATOR)
    end = clock.now() + timedelta(days=9)
    decide(
        Decision(S.ACCEPTED, "في محله.", "ar", until=end, body="cso-amal", topics=("gcm-1",)),
        application=row,
        actor=officer,
    )
    assert row.body_id == world.bodies["cso"]
    assert session.scalars(sa.select(Mandate)).all() == []
