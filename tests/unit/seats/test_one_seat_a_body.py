"""One seat a body, where a track says so: under no path does a municipality come to a second vote."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from consult.accounts.people import PersonDraft
from consult.consultations import services
from consult.consultations.members import MemberDraft
from consult.consultations.models import Member, Seat
from consult.consultations.seats.holding import HandOver
from consult.consultations.seats.services import free_seat
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.settings import Settings
from consult.testing.workers import make_seat, workers
from consult.testing.world import World

#: How many organisers make the seat of one body at the same moment.
AT_ONCE = 4


def _by(world: World) -> dict[str, object]:
    return {"consultation": world.consultation, "actor": world.actor("organiser")}


def _draft(world: World, name: str, body: uuid.UUID | None, *, seat: bool = False) -> MemberDraft:
    return MemberDraft(PersonDraft(name, f"{name}@example.org"), "municipal", body, seat=seat)


def _invited(world: World, name: str) -> Member:
    return services.invite_member(_draft(world, name, world.bodies["ghat"]), **_by(world)).member


def _seat_of(world: World, key: str) -> Seat:
    return session.scalars(sa.select(Seat).where(Seat.holder_id == world.members[key])).one()


@pytest.fixture
def old_seat(world: World) -> Seat:
    """A free seat that belongs to no body, as they could be made before."""
    with transaction():
        row = Seat(id=new_id(), consultation_id=world.consultation_id, track="municipal", number=99, constituency="")
        session.add(row)
    return row


def test_no_seat_is_made_that_belongs_to_no_body(world: World) -> None:
    with pytest.raises(Rejected, match="each body has one seat") as refused:
        services.create_seats("municipal", 1, **_by(world))
    assert refused.value.problems[0].field == "count"


def test_a_seat_that_belongs_to_no_body_is_given_to_nobody(world: World, old_seat: Seat) -> None:
    second = _invited(world, "second")
    assert free_seat(world.consultation_id, "municipal", world.bodies["ghat"]) is None
    with pytest.raises(Conflict, match="belongs to no body"):
        services.give_seat(old_seat, second, **_by(world))
    with pytest.raises(Rejected, match="belongs to no body"):
        services.add_alternate(old_seat, second, **_by(world))
    for body in (world.bodies["ghat"], None):
        with pytest.raises(Rejected) as refused:
            services.invite_member(_draft(world, "third", body, seat=True), **_by(world))
        assert refused.value.problems[0].field == "seat"


def test_a_colleague_of_whoever_holds_an_old_seat_gets_no_second_one(world: World, old_seat: Seat) -> None:
    own, second = _seat_of(world, "ghat"), _invited(world, "second")
    with transaction():
        own.holder_id = None
        session.flush()
        old_seat.holder_id = world.members["ghat"]
    for act, refusal in ((services.give_seat, Conflict), (services.add_alternate, Rejected)):
        with pytest.raises(refusal, match="Somebody else has a seat for this body"):
            act(own, second, **_by(world))
    services.vacate_seat(old_seat, **_by(world))
    services.give_seat(own, second, **_by(world))
    services.hand_over(own, HandOver(world.members["ghat"], "عاد"), **_by(world))
    assert own.holder_id == world.members["ghat"]


def test_the_database_keeps_one_seat_for_each_body(world: World) -> None:
    copy = Seat(
        id=new_id(),
        consultation_id=world.consultation_id,
        track="municipal",
        number=98,
        body_id=world.bodies["ghat"],
    )
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add(copy)


def test_several_who_make_the_seat_of_a_body_at_once_make_one(world: World, settings: Settings) -> None:
    body = world.bodies["ghat"]
    with transaction():
        session.delete(_seat_of(world, "ghat"))
    here = world.consultation_id
    session.remove()
    with workers(settings, AT_ONCE) as pool:
        made = list(pool.map(make_seat, [here] * AT_ONCE, ["municipal"] * AT_ONCE, [body] * AT_ONCE))
    assert sorted(made) == [0, 0, 0, 1]
    assert session.scalar(sa.select(sa.func.count()).where(Seat.body_id == body)) == 1
