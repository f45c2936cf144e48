"""The list of speakers: who has not spoken on the item goes first, then who asked first."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sessions.floor import Request, speaking_order

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MEMBERS = [uuid.UUID(int=100 + n) for n in range(6)]


def _request(number: int, member: int, minute: int) -> Request:
    return Request(uuid.UUID(int=number), MEMBERS[member], START + timedelta(minutes=minute))


def test_who_asked_first_is_next() -> None:
    first, second, third = _request(1, 0, 0), _request(2, 1, 5), _request(3, 2, 9)
    assert speaking_order([third, first, second], ()) == [first, second, third]


def test_who_has_not_spoken_on_the_item_goes_before_those_who_have() -> None:
    again, late = _request(1, 0, 0), _request(2, 1, 30)
    assert speaking_order([again, late], {MEMBERS[0]}) == [late, again]


def test_two_who_spoke_stand_by_time() -> None:
    one, two, three = _request(1, 0, 3), _request(2, 1, 1), _request(3, 2, 2)
    assert speaking_order([one, two, three], {MEMBERS[0], MEMBERS[1]}) == [three, two, one]


def test_the_same_moment_is_decided_by_the_id() -> None:
    one, two = _request(1, 0, 0), _request(2, 1, 0)
    assert speaking_order([two, one], ()) == [one, two]


requests = st.lists(
    st.builds(_request, st.integers(1, 50), st.integers(0, 5), st.integers(0, 8)), max_size=8, unique_by=lambda r: r.id
)
spoken_members = st.sets(st.sampled_from(MEMBERS))


@settings(max_examples=150, deadline=None)
@given(requests, spoken_members, st.randoms(use_true_random=False))
def test_nobody_is_lost_and_the_order_of_asking_the_database_does_not_matter(
    waiting: list[Request], spoken: set[uuid.UUID], chance: object
) -> None:
    shuffled = sorted(waiting, key=lambda r: r.id.int * 7919 % 53)
    assert speaking_order(shuffled, spoken) == speaking_order(waiting, spoken)
    assert sorted(speaking_order(waiting, spoken), key=lambda r: r.id) == sorted(waiting, key=lambda r: r.id)


@settings(max_examples=150, deadline=None)
@given(requests, spoken_members)
def test_nobody_waits_behind_somebody_who_comes_after_by_the_rule(
    waiting: list[Request], spoken: set[uuid.UUID]
) -> None:
    order = speaking_order(waiting, spoken)
    for earlier, later in pairwise(order):
        assert (earlier.member in spoken) <= (later.member in spoken)
        if (earlier.member in spoken) == (later.member in spoken):
            assert earlier.asked_at <= later.asked_at


@settings(max_examples=150, deadline=None)
@given(requests, spoken_members, st.integers(0, 5))
def test_who_asks_later_never_overtakes_somebody_of_the_same_standing(
    waiting: list[Request], spoken: set[uuid.UUID], member: int
) -> None:
    late = _request(99, member, 60)
    order = speaking_order([*waiting, late], spoken)
    behind = order[order.index(late) + 1 :]
    assert all(late.member not in spoken and other.member in spoken for other in behind)
