"""Accreditation: from the application to a member who takes part until a date; who decides, and who does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR, Actor, Role, allowed
from consult.accounts.clauses import permitted
from consult.accounts.models import Body, Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.ballots.ordinary_vote import seated_actor
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import (
    accredited_until,
    application_by_token,
    applications,
    has_ended,
    steps_of,
    token_of,
)
from consult.consultations.accreditation.services import Decision
from consult.consultations.accreditation.states import DECISIONS, TRANSITIONS, ApplicationState
from consult.consultations.models import Member, Phase, Seat
from consult.consultations.seats.holding import seat_refusal
from consult.consultations.seats.standing import plenary
from consult.consultations.services import appeal, apply, ask_to_apply, correct, decide, end_membership, withdraw
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected, TooManyTries
from consult.events.stream import events_after
from consult.notifications.models import Mail
from consult.sessions.models import Session
from consult.sessions.services.attendance import _members
from consult.submissions.bodies import public_bodies
from consult.testing.acts import deliver
from consult.testing.world import World

S = ApplicationState
DRAFT = ApplicationDraft(
    "academic",
    "جامعة سبها",
    "university",
    PersonDraft("سالمة الحضيري", "salma@example.org", "ar"),
    "تدرّس وتبحث في شؤون الهجرة.",
    "قرار إنشائها رقم 187 لسنة 1983",
    "https://example.org/statute.pdf",
)


def _apply(world: World, **changes: Any) -> Application:
    draft = replace(DRAFT, **changes)
    return apply(draft, consultation=world.consultation, actor=OPERATOR)


def _accreditor(world: World, who: str, track: str = "") -> Actor:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people[who], role=Role.ACCREDITOR, granted_at=clock.now())
        grant.consultation_id, grant.track = world.consultation_id, track
        session.add(grant)
    return world.actor(who)


def _accept(row: Application, actor: Actor, days: int = 90, **changes: Any) -> Application:
    decision = Decision(S.ACCEPTED, "In order.", "en", clock.now() + timedelta(days=days), **changes)
    return decide(decision, application=row, actor=actor)


def _no(state: ApplicationState, row: Application, actor: Actor, reason: str = "Send the statute.") -> Application:
    return decide(Decision(state, reason, "en"), application=row, actor=actor)


def _fields(refused: pytest.ExceptionInfo[Rejected]) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def test_accepting_makes_what_inviting_makes_until_the_date(world: World) -> None:
    row = _apply(world)
    assert session.scalars(sa.select(Body).where(Body.kind == "university")).all()[1:] == []
    _accept(row, _accreditor(world, "derna"))
    member = session.get_one(Member, row.member_id)
    person = session.get_one(Person, member.person_id)
    body = session.get_one(Body, member.body_id)
    assert (person.name, person.email, member.track) == ("سالمة الحضيري", "salma@example.org", "academic")
    assert (dict(body.names), body.kind, body.key) == ({"ar": "جامعة سبها"}, "university", "tt-accredited-1")
    from consult.accounts.signing_in.sign_in import load_actor

    assert [m.member for m in load_actor(person.id).memberships] == [member.id]
    assert row.until is not None
    assert accredited_until(world.consultation_id, [body.id]) == {body.id: row.until}
    with clock.at(row.until):
        assert has_ended(row)
        assert load_actor(person.id).memberships == ()
        assert accredited_until(world.consultation_id, [body.id]) == {}
    told = [(e.type, e.actor) for e in events_after(world.consultation_id)]
    derna = world.people["derna"]
    assert told == [("AccreditationMoved", None), ("MemberInvited", derna), ("AccreditationMoved", derna)]
    facts = [e.facts for e in events_after(world.consultation_id) if e.type == "AccreditationMoved"]
    assert all(set(one) == {"application", "number", "track", "state"} for one in facts)


def test_a_body_of_the_register_gets_its_own_seat(world: World) -> None:
    officer = _accreditor(world, "professor")
    row = _apply(world, track="municipal", kind="municipality", name="بلدية غات")
    for wrong in ("none", "ror:01vnv1744"):
        with pytest.raises(Rejected) as refused:
            _accept(row, officer, body=wrong)
        assert _fields(refused) == ["body"]
    with pytest.raises(Rejected) as refused:
        _accept(row, officer, body="LY032101")  # its seat is held
    assert _fields(refused) == ["seat"]
    end_membership(
        session.get_one(Member, world.members["ghat"]), consultation=world.consultation, actor=world.actor("organiser")
    )
    _accept(row, officer, body="LY032101")
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == row.member_id)).one()
    assert seat.body_id == world.bodies["ghat"] == row.body_id


def test_a_seat_stands_on_no_roll_once_the_accreditation_of_its_holder_has_ended(world: World) -> None:
    ghat = session.get_one(Member, world.members["ghat"])
    end_membership(ghat, consultation=world.consultation, actor=world.actor("organiser"))
    officer = _accreditor(world, "professor")
    row = _accept(_apply(world, track="municipal", kind="municipality", name="بلدية غات"), officer, body="LY032101")
    assert row.member_id is not None
    assert row.until is not None
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == row.member_id)).one()
    free = session.scalars(sa.select(Seat).where(Seat.holder_id == world.members["derna"])).one()

    def stands() -> bool:
        return row.member_id in {one.standing.holder for one in plenary(world.consultation_id)}

    sitting = Session(id=new_id(), consultation_id=world.consultation_id)
    assert (stands(), seat_refusal(seat, session.get_one(Member, row.member_id))) == (True, None)
    token = start_sign_in(row.person_id, method="link")
    assert seated_actor(token, "test") is not None
    with clock.at(row.until - timedelta(seconds=1)):
        assert _members([row.member_id], sitting) == [row.member_id]
    with clock.at(row.until):
        assert not stands()
        assert {one.standing.holder for one in plenary(world.consultation_id)} >= {free.holder_id}
        assert seat_refusal(seat, session.get_one(Member, row.member_id)) is not None
        fresh = start_sign_in(row.person_id, method="link")
        assert seated_actor(fresh, "test") is None
        with pytest.raises(NotFound):
            _members([row.member_id], sitting)


def test_it_is_returned_corrected_and_accepted(world: World) -> None:
    officer, row = _accreditor(world, "derna"), _apply(world)
    with pytest.raises(Rejected) as refused:
        _no(S.RETURNED, row, officer, " ")
    assert _fields(refused) == ["reason"]
    _no(S.RETURNED, row, officer)
    with pytest.raises(Conflict):
        _accept(row, officer)
    with pytest.raises(Rejected) as refused:
        correct(replace(DRAFT, legal_basis=""), application=row, actor=ANONYMOUS)
    assert _fields(refused) == ["legal_basis"]
    correct(replace(DRAFT, legal_basis="قانون رقم 18 لسنة 2010"), application=row, actor=ANONYMOUS)
    _accept(row, officer)
    assert [step.state for step in steps_of(row.id)] == ["applied", "returned", "applied", "accepted"]
    assert [step.reason for step in steps_of(row.id)] == ["", "Send the statute.", "", "In order."]
    assert row.legal_basis == "قانون رقم 18 لسنة 2010"


def test_an_appeal_is_decided_by_another(world: World) -> None:
    first, second, row = _accreditor(world, "derna"), _accreditor(world, "zuwara"), _apply(world)
    _no(S.REFUSED, row, first)
    with pytest.raises(Rejected):
        appeal(" ", application=row, actor=ANONYMOUS)
    appeal("هذا نظامنا الأساسي.", application=row, actor=ANONYMOUS)
    for state in (S.REFUSED_FINALLY, S.ACCEPTED):
        with pytest.raises(Forbidden):
            decide(Decision(state, "x", "en", clock.now() + timedelta(days=9)), application=row, actor=first)
    _no(S.REFUSED_FINALLY, row, second)
    with pytest.raises(Conflict):
        appeal("Again.", application=row, actor=ANONYMOUS)
    with pytest.raises(Conflict):
        _accept(row, second)


def test_the_body_gives_it_back(world: World) -> None:
    officer, row = _accreditor(world, "derna"), _apply(world)
    _accept(row, officer)
    withdraw(application=row, actor=ANONYMOUS)
    assert session.get_one(Member, row.member_id).part_ended_at is not None
    assert [e.type for e in events_after(world.consultation_id)][-2:] == ["AccreditationMoved", "MemberLeft"]
    with pytest.raises(Conflict):
        withdraw(application=row, actor=ANONYMOUS)


def test_who_decides(world: World) -> None:
    officer, row = _accreditor(world, "derna", "cso"), _apply(world)
    for who in (ANONYMOUS, officer, *map(world.actor, ("organiser", "moderator", "administrator", "ghat"))):
        assert not allowed(who, "accreditation.decide", row)
        with pytest.raises(Forbidden):
            _no(S.REFUSED, row, who)
    whole = _accreditor(world, "zuwara")
    _apply(world, track="cso", kind="cso", contact=replace(DRAFT.contact, email="b@example.org"))
    for who, tracks in ((officer, ["cso"]), (whole, ["academic", "cso"])):
        here = world.consultation_id
        listed, more = applications(here, permitted(who, "accreditation.decide", here), waiting=True)
        assert ([one.track for one in listed], more) == (tracks, None)
        assert [one.id for one in listed] == [
            one.id
            for one in session.scalars(sa.select(Application).order_by(Application.number))
            if allowed(who, "accreditation.decide", one)
        ]
    for state in (S.APPLIED, S.APPEALED, S.WITHDRAWN):
        with pytest.raises(Forbidden):
            _no(state, row, whole)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"track": "none"}, ["track"]),
        ({"kind": "cso"}, ["kind"]),
        ({"withheld": True}, ["withheld"]),
        ({"name": " ", "mandate": "", "legal_basis": ""}, ["name", "mandate", "legal_basis"]),
        ({"contact": PersonDraft("", "x", "ar")}, ["email", "contact"]),
        ({"name": "x" * 301, "documents": "x" * 6001}, ["name", "documents"]),
    ],
)
def test_what_is_wrong_is_told_at_its_field(world: World, changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        _apply(world, **changes)
    assert list(dict.fromkeys(_fields(refused))) == fields
    assert events_after(world.consultation_id) == []


def test_it_is_taken_only_in_a_phase_that_opens_it_and_so_often(world: World) -> None:
    here = {"consultation": world.consultation, "origin": "198.51.100.7", "actor": ANONYMOUS}
    for number in range(5):
        ask_to_apply(replace(DRAFT, name=f"جامعة {number}"), **here)
    with pytest.raises(TooManyTries):
        ask_to_apply(DRAFT, **here)
    with transaction():
        session.execute(sa.delete(Phase).where(Phase.key == "writing"))
    session.expire_all()
    with pytest.raises(Conflict):
        _apply(world, contact=replace(DRAFT.contact, email="c@example.org"))


def test_its_page_is_opened_by_its_token_alone(world: World) -> None:
    row, here = _apply(world), world.consultation_id
    token = token_of(row.id)
    assert application_by_token(here, token) is row
    assert application_by_token(new_id(), token) is None
    other = token_of(new_id())
    for wrong in (token[:-4] + "AAAA", other, "", "é", token[:20] + other[20:]):
        assert application_by_token(here, wrong) is None


def test_who_applies_for_a_sheltered_kind_is_shown_nowhere(world: World) -> None:
    row = _apply(world, track="cso", kind="cso", name="جمعية النور الخفية", withheld=True)
    _accept(row, _accreditor(world, "derna"))
    shown = public_bodies(world.consultation_id, text="النور").lines
    assert (shown, accredited_until(world.consultation_id, [row.body_id])) == ([], {})  # type: ignore[list-item]
    assert session.get_one(Member, row.member_id).withheld
    assert not session.get_one(Body, row.body_id).listed


def test_a_name_withheld_in_a_former_part_is_not_told_by_an_accreditation(world: World) -> None:
    end_membership(world.member("cso"), consultation=world.consultation, actor=world.actor("organiser"))
    back = PersonDraft("x", "cso@example.org", "ar")
    row = _apply(world, track="cso", kind="cso", name="جمعية النور الخفية", contact=back)
    _accept(row, _accreditor(world, "derna"))
    member = session.get_one(Member, row.member_id)
    assert (member.number, member.withheld, row.withheld) == (5, True, True)
    assert not session.get_one(Body, row.body_id).listed


def test_the_letter_says_only_that_there_is_something_and_where(world: World) -> None:
    row = _apply(world)
    _no(S.REFUSED, row, _accreditor(world, "derna"), "Its statute is forged.")
    deliver()
    letters = session.scalars(sa.select(Mail).where(Mail.person_id == row.person_id)).all()
    assert len(letters) == 2
    for letter in letters:
        assert f"/ar/c/test/accreditation/{token_of(row.id)}/" in letter.text
        for secret in ("forged", "سبها", "مرفوض"):
            assert secret not in letter.text + letter.subject + letter.html


def test_every_state_has_its_ways_on() -> None:
    assert set(TRANSITIONS) == set(S)
    assert all(set(offered) <= TRANSITIONS[state] for state, offered in DECISIONS.items())


def test_nobody_decides_on_their_own_application_nor_on_one_of_their_body(world: World) -> None:
    own, officer = (
        _apply(world, contact=PersonDraft("x", "moderator@example.org", "ar")),
        _accreditor(world, "moderator"),
    )
    other = _apply(world)
    here = world.consultation
    assert (allowed(officer, "accreditation.decide", own), allowed(officer, "accreditation.decide", other)) == (
        False,
        True,
    )
    listed, _ = applications(here.id, permitted(officer, "accreditation.decide", here.id), waiting=True)
    assert [row.id for row in listed] == [other.id]
    for state in (S.ACCEPTED, S.REFUSED):
        with pytest.raises(Forbidden):
            decide(Decision(state, "x", "en", clock.now() + timedelta(days=9)), application=own, actor=officer)
    member = _accreditor(world, "professor")
    with pytest.raises(Rejected) as refused:
        _accept(other, member, body="ror:01vnv1744")
    assert _fields(refused) == ["body"]
    _accept(other, officer, body="ror:01vnv1744")
    assert allowed(officer, "accreditation.decide", other)
    for state in (S.ACCEPTED, S.REVOKED):
        with pytest.raises(Forbidden):
            decide(Decision(state, "x", "en", clock.now() + timedelta(days=9)), application=other, actor=member)
    assert applications(here.id, permitted(member, "accreditation.decide", here.id), waiting=False) == ([], None)


def test_accepting_says_why(world: World) -> None:
    row, officer = _apply(world), _accreditor(world, "moderator")
    with pytest.raises(Rejected) as refused:
        decide(Decision(S.ACCEPTED, " ", "en", clock.now() + timedelta(days=9)), application=row, actor=officer)
    assert _fields(refused) == ["reason"]
    _accept(row, officer)
    assert [step.reason for step in steps_of(row.id)] == ["", "In order."]
