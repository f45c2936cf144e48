"""One seat a municipality, and one vote."""

from __future__ import annotations

import consult_municipal.plugin as plugin
import pytest
import sqlalchemy as sa
from consult_municipal.track import municipalities

from consult.sdk import Alternate, Member, Rejected, Seat, session, transaction
from consult.testing.acts import admit, invite, opened_roll, said, set_up_track
from consult.testing.plenary import fill_seats
from consult.testing.world import World


def test_every_municipality_of_the_file_gets_one_seat(world: World) -> None:
    keys = [town.key for town in municipalities()]
    admitted, again = admit(world, "municipal", keys), admit(world, "municipal", keys)
    seats = sa.select(sa.func.count()).where(Seat.track == "municipal")
    assert (len(admitted.bodies), admitted.seats, again.seats) == (142, 140, 0)  # Ghat and Derna have theirs already
    assert session.execute(seats).scalar_one() == 143  # and one that is not in the file
    south = seats.where(Seat.constituency == "south")
    assert session.execute(south).scalar_one() == 15


def test_the_holders_of_the_municipalities_seats_stand_on_the_roll(world: World) -> None:
    assert opened_roll(world) == {world.members[key] for key in ("ghat", "derna", "zuwara", "professor", "cso")}


def on_a_free_seat(world: World, member: Member) -> Member:
    """Put a member on a seat of no body, as one may stand from before a municipality had its own."""
    with transaction():
        seat = {"consultation_id": world.consultation_id, "track": "municipal", "number": 98}
        session.add(Seat(holder_id=member.id, **seat))
    return member


def test_a_second_member_of_a_municipality_gets_no_seat_and_does_not_vote(world: World) -> None:
    with pytest.raises(Rejected, match="each body has one seat"):
        invite(world, "مريم بركة", "municipal", body=world.bodies["ghat"], seat=True)
    second = on_a_free_seat(world, invite(world, "مريم بركة", "municipal", body=world.bodies["ghat"]))
    roll = opened_roll(world)
    assert (world.members["ghat"] in roll, second.id in roll) == (True, False)
    problems = plugin.consult_check_eligibility(None, second)
    assert [(p.field, str(p.message)) for p in problems] == [
        ("", "Only the holder of the municipality’s own seat votes for it.")
    ]


def test_an_alternate_of_the_municipalitys_seat_votes_in_place_of_its_holder(world: World) -> None:
    second = invite(world, "مريم بركة", "municipal", body=world.bodies["ghat"])
    with transaction():
        seat = session.scalars(sa.select(Seat).where(Seat.body_id == world.bodies["ghat"])).one()
        row = {"consultation_id": world.consultation_id, "member_id": second.id, "person_id": second.person_id}
        session.add(Alternate(seat_id=seat.id, position=1, **row))
        seat.holder_id = None
    assert second.id in opened_roll(world)


def test_of_two_on_free_seats_the_first_votes(world: World) -> None:
    with transaction():
        session.execute(sa.update(Seat).values(body_id=None).where(Seat.body_id == world.bodies["ghat"]))
    second = on_a_free_seat(world, invite(world, "مريم بركة", "municipal", body=world.bodies["ghat"]))
    roll = opened_roll(world)
    assert (world.members["ghat"] in roll, second.id in roll) == (True, False)


def test_nobody_votes_for_a_municipality_whose_own_seat_is_free(world: World) -> None:
    with transaction():
        ghat = session.scalars(sa.select(Seat).where(Seat.body_id == world.bodies["ghat"])).one()
        ghat.holder_id = None
        session.flush()
        session.add(
            Seat(consultation_id=world.consultation_id, track="municipal", number=99, holder_id=world.members["ghat"])
        )
    assert world.members["ghat"] not in opened_roll(world)


def test_members_without_a_municipality_and_of_other_tracks_are_left_alone(world: World) -> None:
    free = fill_seats(world, {("municipal", "west"): 1, ("academic", ""): 1})
    assert {member for group in free.values() for member in group} <= opened_roll(world)


def test_organisers_set_whether_the_endorsement_is_needed(world: World) -> None:
    assert set_up_track(world, "municipal", endorsement_required="no").settings == {"endorsement_required": False}
    with pytest.raises(Rejected) as refusal:
        set_up_track(world, "municipal")
    assert said(refusal.value) == [("endorsement_required", "Answer this question.")]
