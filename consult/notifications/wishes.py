"""How each wants to be told: at once, once a day, once a week, in the product only; with quiet hours on their own clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult.db import session
from consult.notifications.kinds import ALWAYS, USUAL, How, Topic
from consult.notifications.models import Reach, Wish

HERE = "Africa/Tripoli"
#: The hour of somebody's own clock at which letters that gather are written; the weekly one on Sunday, which begins the week.
GATHERING_HOUR, FIRST_DAY = 8, 6


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told; `quiet` are the whole hours from and to between which no mail leaves."""

    timezone: str = HERE
    country: str = ""
    district: str = ""
    mission: str = ""
    quiet: tuple[int, int] | None = None
    how: Mapping[Topic, How] = field(default_factory=dict)

    def of(self, topic: Topic) -> How:
        """Return how its person is told of a topic."""
        return How.NOW if topic in ALWAYS else self.how.get(topic, USUAL[topic])

    def due(self, topic: Topic, now: datetime) -> datetime:
        """Return when a mail about a topic may leave: now, or when the quiet hours end."""
        return now if topic in ALWAYS or self.quiet is None else after_quiet(now, self.quiet, self.timezone)


def after_quiet(now: datetime, quiet: tuple[int, int], timezone: str) -> datetime:
    """Return the moment at which quiet hours that hold now end, or now. They may pass midnight: (21, 7)."""
    begins, ends = quiet
    local = now.astimezone(ZoneInfo(timezone))
    holds = begins <= local.hour < ends if begins < ends else local.hour >= begins or local.hour < ends
    if not holds:
        return now
    day = local.date() + timedelta(days=1 if local.hour >= ends else 0)
    return datetime.combine(day, time(ends), ZoneInfo(timezone)).astimezone(now.tzinfo)


def next_gathering(how: How, now: datetime, timezone: str) -> datetime | None:
    """Return the next moment after now at which letters of a kind are written on the clock of a time zone; None: never."""
    if how not in (How.DAILY, How.WEEKLY):
        return None
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    ahead = 0 if how is How.DAILY else (FIRST_DAY - local.weekday()) % 7
    if ahead == 0 and local.hour >= GATHERING_HOUR:
        ahead = 1 if how is How.DAILY else 7
    return datetime.combine(local.date() + timedelta(days=ahead), time(GATHERING_HOUR), zone).astimezone(now.tzinfo)


def wishes_of(people: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Wishes]:
    """Return the wishes of each (2 queries)."""
    wanted = list(people)
    chosen: dict[uuid.UUID, dict[Topic, How]] = {}
    for row in session.scalars(sa.select(Wish).where(Wish.person_id.in_(wanted))):
        if row.topic in set(Topic) and row.how in set(How):
            chosen.setdefault(row.person_id, {})[Topic(row.topic)] = How(row.how)
    known = {row.person_id: row for row in session.scalars(sa.select(Reach).where(Reach.person_id.in_(wanted)))}
    return {one: _wishes(known.get(one), chosen.get(one, {})) for one in wanted}


def _wishes(row: Reach | None, how: Mapping[Topic, How]) -> Wishes:
    if row is None:
        return Wishes(how=how)
    on = row.quiet_from is not None and row.quiet_to is not None
    quiet = (row.quiet_from or 0, row.quiet_to or 0) if on else None
    return Wishes(row.timezone or HERE, row.country, row.district, row.mission, quiet, how)
