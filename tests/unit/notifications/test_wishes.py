"""How each wants to be told: clocks, quiet hours, gathering; and what happens to what waits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS
from consult.db import session
from consult.errors import Forbidden, Rejected
from consult.notifications.choosing import PlaceDraft, TellingDraft, choose_place, choose_telling
from consult.notifications.kinds import How, Topic
from consult.notifications.models import Reach
from consult.notifications.wishes import Wishes, after_quiet, next_gathering, wishes_of
from consult.testing.acts import recorded, said
from consult.testing.world import World


def _at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "quiet", "zone", "then"),
    [
        (_at(28, 18, 59), (21, 7), "Africa/Tripoli", _at(28, 18, 59)),  # 20:59 in Tripoli, UTC+2
        (_at(28, 19, 0), (21, 7), "Africa/Tripoli", _at(29, 5, 0)),
        (_at(29, 4, 59), (21, 7), "Africa/Tripoli", _at(29, 5, 0)),
        (_at(29, 5, 0), (21, 7), "Africa/Tripoli", _at(29, 5, 0)),
        (_at(28, 11, 30), (13, 15), "Africa/Tripoli", _at(28, 13, 0)),
        (_at(28, 19, 0), (21, 7), "Africa/Tunis", _at(28, 19, 0)),  # 20:00 there
        (_at(25, 0, 30, 10), (1, 4), "Europe/Berlin", _at(25, 3, 0, 10)),  # the clock goes back in between
    ],
)
def test_quiet_hours_end_on_their_own_clock(now: datetime, quiet: tuple[int, int], zone: str, then: datetime) -> None:
    assert after_quiet(now, quiet, zone) == then


@pytest.mark.parametrize(
    ("how", "now", "zone", "then"),
    [
        (How.DAILY, _at(28, 5, 59), "Africa/Tripoli", _at(28, 6, 0)),
        (How.DAILY, _at(28, 6, 0), "Africa/Tripoli", _at(29, 6, 0)),
        (How.DAILY, _at(28, 6, 0), "Africa/Tunis", _at(28, 7, 0)),
        (How.WEEKLY, _at(28, 6, 0), "Africa/Tripoli", _at(29, 6, 0)),  # the 29th is a Sunday
        (How.WEEKLY, _at(29, 6, 0), "Africa/Tripoli", datetime(2026, 12, 6, 6, 0, tzinfo=UTC)),
        (How.NOW, _at(28, 6, 0), "Africa/Tripoli", None),
        (How.PRODUCT, _at(28, 6, 0), "Africa/Tripoli", None),
    ],
)
def test_letters_gather_at_eight_on_their_readers_clock(
    how: How, now: datetime, zone: str, then: datetime | None
) -> None:
    assert next_gathering(how, now, zone) == then


def test_the_account_is_told_of_at_once_whatever_is_chosen() -> None:
    wishes = Wishes(quiet=(0, 23), how={Topic.ACCOUNT: How.PRODUCT})
    assert (wishes.of(Topic.ACCOUNT), wishes.due(Topic.ACCOUNT, _at(28, 3))) == (How.NOW, _at(28, 3))


def test_wishes_are_kept_and_recorded_without_what_they_say(world: World) -> None:
    ghat, actor = world.people["ghat"], world.actor("ghat")
    draft = TellingDraft({Topic.BALLOTS: How.WEEKLY, Topic.ACCOUNT: How.PRODUCT}, (22, 6))
    choose_telling(draft, actor=actor)
    choose_telling(draft, actor=actor)
    choose_place(PlaceDraft("Africa/Tunis", "TN", "  القنصلية\u202e العامة "), actor=actor)
    now = wishes_of([ghat])[ghat]
    assert (now.of(Topic.BALLOTS), now.of(Topic.ACCOUNT), now.quiet) == (How.WEEKLY, How.NOW, (22, 6))
    assert (now.timezone, now.country, now.district) == ("Africa/Tunis", "TN", "القنصلية العامة")
    assert [dict(one.facts) for one in recorded("WishesChanged")] == [{"person": str(ghat)}] * 2
    choose_telling(TellingDraft({}, None), actor=actor)
    assert wishes_of([ghat])[ghat].quiet is None


def test_what_is_not_offered_is_refused_and_nobody_else_chooses(world: World) -> None:
    with pytest.raises(Rejected) as place:
        choose_place(PlaceDraft("Mars/Olympus", "XX", "x" * 121), actor=world.actor("ghat"))
    assert said(place.value) == [
        ("timezone", "Choose one of the answers."),
        ("country", "Choose one of the answers."),
        ("district", "Write at most 120 characters."),
    ]
    for quiet in ((7, 7), (24, 7), (-1, 3)):
        with pytest.raises(Rejected):
            choose_telling(TellingDraft({}, quiet), actor=world.actor("ghat"))
    with pytest.raises(Forbidden):
        choose_place(PlaceDraft("Africa/Tunis"), actor=ANONYMOUS)
    session.rollback()
    assert session.scalars(sa.select(Reach)).all() == []
