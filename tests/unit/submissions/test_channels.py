"""How texts without a name came in is told in steps: whatever is downloaded, and whenever, tells it of none of them."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from consult import clock
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.events.models import EventRow
from consult.submissions.figures.channels import count_channels_due, may_step
from consult.submissions.figures.models import ChannelCount
from consult.submissions.figures.statistics import NOT_TOLD, statistics_of
from consult.submissions.models import Submission
from consult.submissions.review.blind_models import SealedName
from consult.testing.world import World

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHANNELS = ("online", "import", "paper")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The moment it is, to be changed."""
    now = [MONDAY]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


def _text(world: World, channel: str, **facts: object) -> Submission:
    known = {"track": "municipal", "title": "نص", "language": "ar", "state": "accepted", "withheld": True, **facts}
    row = Submission(
        id=new_id(),
        consultation_id=world.consultation_id,
        number=f"TT-2026-{new_id().hex}",
        received_at=clock.now(),
        channel=channel,
        **known,
    )
    session.add(row)
    return row


def _told(world: World) -> dict[str, int | None]:
    session.rollback()
    return dict(statistics_of(session.get_one(Consultation, world.consultation_id)).channels.counts)


def test_a_step_waits_for_a_monday_for_two_channels_of_five_and_for_the_coin(world: World, at: list[datetime]) -> None:
    with transaction():
        for channel in ["online"] * 6 + ["paper"] * 4:
            _text(world, channel)
    assert count_channels_due(lambda: True)
    assert _told(world) == {NOT_TOLD: 10}
    with transaction():
        _text(world, "paper")
    assert not count_channels_due(lambda: True)  # this week was looked at
    at[0] += timedelta(weeks=1)
    assert count_channels_due(lambda: False)
    assert _told(world) == {NOT_TOLD: 11}
    at[0] += timedelta(weeks=1)
    assert count_channels_due(lambda: True)
    assert _told(world) == {NOT_TOLD: 11}  # no coin is thrown twice for the same texts
    with transaction():
        _text(world, "online")
    at[0] += timedelta(weeks=1)
    assert count_channels_due(lambda: True)
    assert _told(world) == {"online": 7, "paper": 5}
    facts = session.scalars(sa.select(EventRow.facts).where(EventRow.type == "ChannelsCounted")).all()
    assert facts == [{"texts": 12}]
    assert statistics_of(world.consultation).stepped_on == at[0].date()


def test_who_stands_under_a_name_counts_at_once_and_a_sealed_name_waits(world: World, at: list[datetime]) -> None:
    with transaction():
        for channel in ("online", "paper"):
            for _ in range(6):
                _text(world, channel, withheld=False, author="سالم")
        for channel in ["online"] * 5 + ["paper"] * 5:
            row = _text(world, channel)
            session.flush()
            session.add(SealedName(submission_id=row.id, author="سالم"))
    assert _told(world) == {"online": 6, "paper": 6, NOT_TOLD: 10}
    assert count_channels_due(lambda: True)
    assert _told(world) == {"online": 6, "paper": 6, NOT_TOLD: 10}


def test_what_was_counted_stays_and_is_not_counted_twice(world: World, at: list[datetime]) -> None:
    with transaction():
        rows = [_text(world, channel) for channel in ["online"] * 6 + ["paper"] * 6]
    one = rows[0].id
    count_channels_due(lambda: True)
    assert _told(world) == {"online": 6, "paper": 6}
    for state in ("hidden", "accepted"):
        with transaction():
            session.execute(sa.update(Submission).where(Submission.id == one).values(state=state))
        at[0] += timedelta(weeks=1)
        count_channels_due(lambda: True)
        assert _told(world) == {"online": 6, "paper": 6}


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_of_downloads_tells_how_a_text_came(world: World, at: list[datetime], seed: int) -> None:
    """Texts come, go and come back over weeks; somebody downloads all the time. Nobody's way follows from any difference."""
    dice = random.Random(seed)
    named, nameless = Counter[str](), dict[Submission, str]()
    downloads: list[tuple[dict[str, int | None], dict[str, int], set[object]]] = []
    for _week in range(16):
        with transaction():
            for _ in range(dice.randrange(14)):
                channel = dice.choices(CHANNELS, (8, 3, 5))[0]
                if dice.random() < 0.3:
                    named[channel] += 1
                    _text(world, channel, withheld=False, author="سالم")
                else:
                    row = _text(world, channel)
                    session.flush()
                    nameless[row] = channel
            for row in list(nameless):
                if dice.random() < 0.03:
                    row.state = "accepted" if row.state == "hidden" else "hidden"
        count_channels_due(lambda: dice.random() < 0.5)
        counted = session.get_one(ChannelCount, world.consultation_id).counts
        told = _told(world)
        # What anybody can count from pages: the named by channel. What is left is sums of texts without a name.
        in_steps = {row.id for row in session.scalars(sa.select(Submission).where(Submission.channel_counted))}
        downloads.append((told, dict(counted), in_steps))
        at[0] += timedelta(days=dice.randrange(3, 9))
    ways = {row.id: channel for row, channel in nameless.items()}
    assert downloads[-1][1], "no step was taken: nothing was tried"
    for (_, first, texts), (_, second, more) in itertools.combinations(downloads, 2):
        moved = Counter(second) - Counter(first)
        assert Counter(first) - Counter(second) == Counter()
        assert Counter(ways[one] for one in more - texts) == moved
        assert not moved or (len(moved) > 1 and min(moved.values()) >= 5), moved


def _histories(
    arrivals: Sequence[int], told: Sequence[Mapping[str, int]], least: int, *, coin: bool = True
) -> Iterator[tuple[str, ...]]:
    """Yield every way the texts may have come that fits what was told each week, whatever the coin said."""
    for ways in itertools.product("ab", repeat=sum(arrivals)):
        fits, begin, end, before = True, 0, 0, Counter[str]()
        for number, now in zip(arrivals, told, strict=True):
            end += number
            pending, moved = Counter(ways[begin:end]), Counter(now) - before
            if moved:
                fits = fits and moved == pending and may_step(pending, least)
                begin = end
            elif not coin:
                fits = fits and not may_step(pending, least)
            before = Counter(now)
            if not fits:
                break
        if fits:
            yield ways


@settings(max_examples=150, deadline=None)
@given(
    arrivals=st.lists(st.integers(0, 4), min_size=1, max_size=5).filter(lambda one: sum(one) <= 11),
    ways=st.lists(st.sampled_from("aab"), min_size=11, max_size=11),
    coins=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_whoever_knows_the_rule_and_all_that_was_told_cannot_tell_one(
    arrivals: list[int], ways: list[str], coins: list[bool]
) -> None:
    """Of each text more than one way fits everything: found by trying all of them, the rule and its weeks being known."""
    told, sums, pending, waiting = [], Counter[str](), Counter[str](), 0
    for number, coin in zip(arrivals, coins, strict=False):
        pending.update(ways[waiting : waiting + number])
        waiting += number
        if number and may_step(pending, 2) and coin:
            sums, pending = sums + pending, Counter[str]()
        told.append(dict(sums))
    possible = [set[str]() for _ in range(sum(arrivals))]
    for history in _histories(arrivals, told, 2):
        for seen, way in zip(possible, history, strict=True):
            seen.add(way)
    assert [seen for seen in possible if seen != {"a", "b"}] == []


def test_without_the_coin_the_rule_would_tell() -> None:
    """Six wait and no step is taken, three come and one is: had the six been enough, it would have been taken before."""
    told = [{}, {"a": 5, "b": 4}]
    assert {ways[6:] for ways in _histories([6, 3], told, 2, coin=False)} == {("b", "b", "b")}
    assert len({ways[6:] for ways in _histories([6, 3], told, 2)}) == 8
