"""Who is in the room, as intervals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult import clock
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound
from consult.sessions.models import Attendance, Session
from consult.sessions.queries import attended, present_members, quorum_now
from consult.sessions.quorum import Quorum
from consult.sessions.services import check_in, check_out, close_session
from consult.testing.world import World

Happened = Callable[[], list[str]]


def _intervals(sitting: Session, member: uuid.UUID) -> list[tuple[float, float | None]]:
    """Return a member's intervals in minutes since the beginning."""
    rows = session.scalars(
        sa.select(Attendance)
        .where(Attendance.session_id == sitting.id, Attendance.member_id == member)
        .order_by(Attendance.came_at)
    )
    start = sitting.starts_at
    return [
        (
            (row.came_at - start).total_seconds() / 60,
            (row.left_at - start).total_seconds() / 60 if row.left_at else None,
        )
        for row in rows
    ]


def test_a_member_comes_goes_and_comes_again(world: World, opened: Session, happened: Happened) -> None:
    moderator, ghat, start = world.actor("moderator"), world.members["ghat"], opened.starts_at
    happened()
    for minute, act in ((1, check_in), (10, check_out), (20, check_in)):
        with clock.at(start + timedelta(minutes=minute)):
            assert act([ghat], sitting=opened, actor=moderator) == [ghat]
    assert _intervals(opened, ghat) == [(1, 10), (20, None)]
    assert happened() == ["MemberCheckedIn", "MemberCheckedOut", "MemberCheckedIn"]
    moments = {m: present_members(opened.id, start + timedelta(minutes=m)) for m in (0, 1, 9, 10, 19, 20, 99)}
    assert {m for m, present in moments.items() if present == {ghat}} == {1, 9, 20, 99}
    assert (present_members(opened.id), attended(opened.id)) == ({ghat}, [ghat])


def test_checking_in_twice_opens_one_interval(world: World, opened: Session, happened: Happened) -> None:
    moderator, ghat = world.actor("moderator"), world.members["ghat"]
    happened()
    assert check_in([ghat, ghat], sitting=opened, actor=moderator) == [ghat]
    assert check_in([ghat], sitting=opened, actor=moderator) == []
    assert check_out([world.members["derna"]], sitting=opened, actor=moderator) == []
    assert (len(_intervals(opened, ghat)), happened()) == (1, ["MemberCheckedIn"])


def test_a_list_is_checked_in_at_once_in_the_order_of_numbers(
    world: World, opened: Session, happened: Happened
) -> None:
    everyone = list(world.members.values())
    happened()
    assert check_in(everyone[::-1], sitting=opened, actor=world.actor("moderator")) == everyone
    assert happened() == ["MemberCheckedIn"] * 5
    assert quorum_now(opened) == Quorum(5, 5, 4)
    assert check_out(everyone[:2], sitting=opened, actor=world.actor("moderator")) == everyone[:2]
    assert quorum_now(opened) == Quorum(5, 3, 4)


def test_somebody_else_in_the_list_refuses_all_of_it(world: World, opened: Session) -> None:
    with pytest.raises(NotFound):
        check_in([world.members["ghat"], uuid.uuid4()], sitting=opened, actor=world.actor("moderator"))
    assert present_members(opened.id) == set()


@pytest.mark.parametrize("who", ["ghat", "organiser"])
def test_only_moderators_check_in_and_out(world: World, opened: Session, who: str) -> None:
    for act in (check_in, check_out):
        with pytest.raises(Forbidden):
            act([world.members["ghat"]], sitting=opened, actor=world.actor(who))


def test_nobody_comes_to_a_closed_session(world: World, opened: Session) -> None:
    close_session(opened, actor=world.actor("moderator"))
    with pytest.raises(Conflict):
        check_in([world.members["ghat"]], sitting=opened, actor=world.actor("moderator"))


def test_the_database_keeps_one_open_interval(world: World, opened: Session) -> None:
    check_in([world.members["ghat"]], sitting=opened, actor=world.actor("moderator"))
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add(Attendance(id=new_id(), session_id=opened.id, member_id=world.members["ghat"], came_at=clock.now()))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([check_in, check_out]), min_size=1, max_size=8))
def test_whatever_is_pressed_the_intervals_follow_each_other(
    world: World, opened: Session, pressed: list[Callable[..., object]]
) -> None:
    moderator, derna = world.actor("moderator"), world.members["derna"]
    present, changes = derna in present_members(opened.id), 0
    before = len(_intervals(opened, derna))
    for minute, act in enumerate(pressed):
        with clock.at(clock.now() + timedelta(minutes=minute)):
            act([derna], sitting=opened, actor=moderator)
        changes += act is check_in and not present
        present = act is check_in
    intervals = _intervals(opened, derna)
    assert len(intervals) == before + changes
    assert [left is None for _, left in intervals].count(True) == (1 if present else 0)
    assert (derna in present_members(opened.id)) is present
