"""A body ends: its seats and members are decided on, and a body and its successor never both vote."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role
from consult.accounts.bodies.ending import EndDraft, UndoDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.models import Body, Person, RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.services import register_body
from consult.accounts.signing_in.sign_in import load_actor
from consult.consultations.members import MemberDraft
from consult.consultations.models import Alternate, Member, Seat, SeatTerm
from consult.consultations.queries import seat_of
from consult.consultations.seats.standing import plenary
from consult.consultations.services import add_alternate, give_seat, invite_member
from consult.consultations.winding.models import Settlement
from consult.consultations.winding.unwinding import undoings
from consult.consultations.winding.winding_up import WindingUp, stakes_of, ways_for
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.recommendations.winding_up import undo_winding_up, wind_up
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, digest_of, set_rule, sign_off, signers_of
from consult.testing.acts import invite, opened_roll, recorded
from consult.testing.colleagues import colleague, shared
from consult.testing.world import World

DERNA = "LY010102"


def _end(world: World, way: str, *into: str, who: str = "organiser", body: str = "ghat", **changes: Any) -> Body:
    """End Ghat, deciding the same of everything it has."""
    row = world.bodies[body]
    ways = {stake.key: way for stake in stakes_of(row)}
    decided = WindingUp(ways, changes.get("reason", "دُمجت البلديتان."), changes.get("language", "ar"))
    return wind_up(EndDraft(clock.now().date(), "قانون 3", into), decided, body=row, actor=world.actor(who))


def _undo(world: World, *, who: str = "organiser") -> Body:
    return undo_winding_up(UndoDraft("لم يُنشر القرار.", "ar"), body=world.bodies["ghat"], actor=world.actor(who))


def _refusals(world: World) -> list[str | None]:
    """Return why what the end of Ghat took does not come back, members before seats; None for what does."""
    refused = [
        refusal
        for one in undoings(world.bodies["ghat"])
        for refusal in (*(refusal for _, refusal in one.members), *(refusal for *_, refusal in one.seats))
    ]
    return [None if refusal is None else str(refusal) for refusal in refused]


def _bodies_on_the_roll(world: World) -> list[str]:
    """Return the keys of the world's members who stand on the roll of a ballot that is opened now."""
    roll = opened_roll(world)
    return sorted(key for key, member in world.members.items() if member in roll)


def _leave_derna_without_a_seat(world: World) -> None:
    with transaction():
        derna = sa.select(Body.id).where(Body.key == DERNA).scalar_subquery()
        session.execute(sa.update(Seat).where(Seat.body_id == derna).values(body_id=None, holder_id=None))
        session.execute(sa.update(Seat).where(Seat.holder_id == world.members["derna"]).values(holder_id=None))
    session.expire_all()


def test_a_seat_goes_to_a_successor_that_has_none_and_its_holder_votes_for_that_one(world: World) -> None:
    _leave_derna_without_a_seat(world)
    seat = seat_of(world.members["ghat"])
    assert seat is not None
    _end(world, f"move:{DERNA}", DERNA)
    assert (seat.holder_id, world.member("ghat").body_id) == (world.members["ghat"], world.bodies["derna"])
    assert seat.body_id in (None, world.bodies["derna"])
    assert _bodies_on_the_roll(world) == ["cso", "ghat", "professor", "zuwara"]
    (row,) = session.scalars(sa.select(Settlement)).all()
    assert (row.fate, row.successor_id, row.reason) == ("move", world.bodies["derna"], "دُمجت البلديتان.")


def test_a_successor_with_a_seat_gets_none(world: World) -> None:
    (stake,) = stakes_of(world.bodies["ghat"])
    derna = session.get_one(Body, world.bodies["derna"])
    assert [way.key for way in ways_for(stake, [derna])] == [f"join:{DERNA}", "leave"]
    for fate in (f"move:{DERNA}", "join", "keep", "", "burn"):
        with pytest.raises(Rejected) as refused:
            _end(world, fate, DERNA)
        assert [problem.field for problem in refused.value.problems] == [stake.key]
        assert session.get_one(Body, world.bodies["ghat"]).valid_to is None


@pytest.mark.parametrize("fate", [f"join:{DERNA}", "leave"])
def test_a_body_and_its_successor_never_both_vote(world: World, fate: str) -> None:
    before = set(opened_roll(world))
    seat = seat_of(world.members["ghat"])
    assert seat is not None
    _end(world, fate, DERNA)
    assert _bodies_on_the_roll(world) == ["cso", "derna", "professor", "zuwara"]
    assert world.members["ghat"] in before  # the roll that was frozen stays as it is
    assert [one.standing.holder for one in plenary(world.consultation_id)].count(None) == 1
    member = world.member("ghat")
    takes_part = fate != "leave"
    assert bool(load_actor(member.person_id).memberships) is takes_part
    assert member.body_id == world.bodies["derna" if takes_part else "ghat"]
    term = session.scalars(sa.select(SeatTerm).where(SeatTerm.member_id == member.id)).one()
    assert (term.until is not None, term.reason, term.language) == (True, "دُمجت البلديتان.", "ar")
    draft = MemberDraft(PersonDraft("عائشة", "aisha@example.org", "ar"), "municipal", world.bodies["ghat"])
    with pytest.raises(Rejected) as refused:
        invite_member(draft, consultation=world.consultation, actor=world.actor("organiser"))
    assert [problem.field for problem in refused.value.problems] == ["body"]


def test_nobody_stands_in_for_a_seat_that_fell_empty(world: World) -> None:
    seat = seat_of(world.members["ghat"])
    assert seat is not None
    with transaction():
        seat.body_id = world.bodies["ghat"]
    for name in ("second", "third"):
        member = colleague(world, name)
        add_alternate(seat, member, consultation=world.consultation, actor=world.actor("organiser"))
    _end(world, f"join:{DERNA}", DERNA)
    assert session.scalars(sa.select(Alternate)).all() == []
    assert _bodies_on_the_roll(world) == ["cso", "derna", "professor", "zuwara"]


def test_seats_stay_only_with_a_body_that_has_no_successor(world: World) -> None:
    (stake,) = stakes_of(world.bodies["ghat"])
    assert [way.key for way in ways_for(stake, [])] == ["leave", "keep"]
    _end(world, "keep")
    assert "ghat" in _bodies_on_the_roll(world)


def test_a_reason_is_needed_where_there_is_something_to_decide(world: World) -> None:
    for changes, field in (
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"language": "it"}, "language"),
    ):
        with pytest.raises(Rejected) as refused:
            _end(world, "leave", **changes)
        assert [problem.field for problem in refused.value.problems] == [field]
    _end(world, "leave", who="administrator")


def test_who_does_not_organise_the_consultation_does_not_decide(world: World) -> None:
    with transaction():
        mine = RoleGrant.person_id == world.people["organiser"]
        session.execute(sa.update(RoleGrant).where(mine).values(consultation_id=new_id()))
    assert world.actor("organiser").has_anywhere(Role.ORGANISER)
    with pytest.raises(Conflict):
        _end(world, "leave")
    assert session.get_one(Body, world.bodies["ghat"]).valid_to is None


def test_whoever_withholds_their_name_is_left_alone_and_shown_nowhere(world: World) -> None:
    assert world.member("cso").withheld
    assert stakes_of(world.bodies["cso"]) == []
    before = events_after(world.consultation_id)
    _end(world, "leave", body="cso")
    assert events_after(world.consultation_id) == before
    assert "cso" in _bodies_on_the_roll(world)


def test_what_is_written_together_goes_with_the_members(world: World) -> None:
    draft = shared(world)
    assert draft.shared_body_id == world.bodies["ghat"]
    _end(world, f"join:{DERNA}", DERNA)
    session.refresh(draft)
    assert draft.shared_body_id == world.bodies["derna"]
    told = [event.type for event in events_after(world.consultation_id)]
    assert told[-2:] == ["SeatVacated", "BodySettled"]
    assert session.scalars(sa.select(Member.id).where(Member.body_id == world.bodies["ghat"])).all() == []
    _undo(world)
    session.refresh(draft)
    assert draft.shared_body_id == world.bodies["ghat"]


def test_a_yes_to_what_is_written_together_is_not_said_for_another_body(world: World) -> None:
    colleague(world, "second")
    where = {"body": world.bodies["ghat"], "track": "municipal", "consultation": world.consultation}
    set_rule(RuleDraft("council", 1, world.members["ghat"]), actor=world.actor("ghat"), **where)
    draft = shared(world)
    for key, end in (("ghat", partial(_end, world, "move:LYNEW", "LYNEW")), ("second", partial(_undo, world))):
        ask_sign_off(draft, actor=world.actor(key))
        sign_off(draft, draft.asked_digest, actor=world.actor(key))
        if key == "ghat":  # the new body asks for its lead alone, who has said yes for the other
            register_body(
                BodyDraft("LYNEW", "municipality", Localized(ar="غات الجديدة"), "south"), actor=world.actor("organiser")
            )
        end()
        session.refresh(draft)
        assert draft.asked_digest == ""
        assert signers_of([draft.id], {draft.id: digest_of(draft)}) == {}
    assert len(recorded("SignOffFell")) == 2


def test_where_several_follow_nothing_goes_to_one_of_them_unless_it_is_chosen(world: World) -> None:
    _leave_derna_without_a_seat(world)
    (stake,) = stakes_of(world.bodies["ghat"])
    several = [session.get_one(Body, world.bodies[key]) for key in ("derna", "zuwara", "professor")]
    zuwara = several[1].key
    assert [way.key for way in ways_for(stake, several)] == [
        f"move:{DERNA}",
        f"join:{DERNA}",
        f"join:{zuwara}",
        "leave",
    ]
    for way in ("", "move", f"move:{zuwara}"):
        with pytest.raises(Rejected) as refused:
            _end(world, way, DERNA, zuwara)
        assert [problem.field for problem in refused.value.problems] == [stake.key]
    _end(world, f"move:{DERNA}", DERNA, zuwara)
    assert world.member("ghat").body_id == world.bodies["derna"]
    assert _bodies_on_the_roll(world) == ["cso", "ghat", "professor", "zuwara"]


@pytest.mark.parametrize("way", ["leave", f"join:{DERNA}", f"move:{DERNA}"])
def test_undoing_a_mistaken_end_gives_back_members_and_seats(world: World, way: str) -> None:
    if way.startswith("move"):
        _leave_derna_without_a_seat(world)
    seat, before = seat_of(world.members["ghat"]), _bodies_on_the_roll(world)
    assert seat is not None
    was = (seat.body_id, seat.holder_id, seat.constituency)
    _end(world, way, *([] if way == "leave" else [DERNA]))
    assert _refusals(world) == [None, None]
    _undo(world)
    session.expire_all()
    assert (seat.body_id, seat.holder_id, seat.constituency) == was
    member = world.member("ghat")
    assert (member.body_id, member.part_ended_at) == (world.bodies["ghat"], None)
    assert _bodies_on_the_roll(world) == before
    assert stakes_of(world.bodies["ghat"]) != []
    (settled,) = session.scalars(sa.select(Settlement)).all()
    assert settled.undone_at is not None
    told = [event.type for event in events_after(world.consultation_id) if not event.type.startswith("Ballot")]
    back = {"leave": ["MemberReturned", "SeatGiven"], "join": ["SeatGiven"], "move": []}[way.partition(":")[0]]
    assert told[-1 - len(back) :] == [*back, "BodyUnsettled"]


def test_what_took_the_place_meanwhile_stays_and_is_named(world: World) -> None:
    seat = seat_of(world.members["ghat"])
    assert seat is not None
    _end(world, f"join:{DERNA}", DERNA)
    other = invite(world, "عائشة", "municipal", body=world.bodies["derna"])
    with transaction():
        session.delete(seat_of(world.members["derna"]))
        session.flush()
        seat.body_id = world.bodies["derna"]
    give_seat(seat, other, consultation=world.consultation, actor=world.actor("organiser"))
    assert _refusals(world) == [None, "This seat belongs to another body."]
    _undo(world)
    assert (world.member("ghat").body_id, seat.holder_id) == (world.bodies["ghat"], other.id)


def test_whoever_was_invited_anew_does_not_come_back_by_the_undoing(world: World) -> None:
    _end(world, "leave")
    person = session.get_one(Person, world.people["ghat"])
    draft = MemberDraft(PersonDraft(person.name, person.email, "ar"), "municipal", world.bodies["derna"])
    invite_member(draft, consultation=world.consultation, actor=world.actor("organiser"))
    assert _refusals(world) == ["This member was invited anew since.", "Its holder of then does not come back."]
    _undo(world)
    assert world.member("ghat").body_id == world.bodies["derna"]


def test_only_who_may_end_it_undoes_it(world: World) -> None:
    _end(world, "leave")
    with transaction():
        mine = RoleGrant.person_id == world.people["organiser"]
        session.execute(sa.update(RoleGrant).where(mine).values(consultation_id=new_id()))
    with pytest.raises(Conflict):
        _undo(world)
    assert session.get_one(Body, world.bodies["ghat"]).valid_to is not None
    _undo(world, who="administrator")
