"""Figures that prove the rules: of each class how many rows there are, how many are older than the rule, how old the oldest is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.db import session
from consult.events.models import INSTANCE, EventRow
from consult.retention.classes import parts_of, periods
from consult.retention.going import GOING
from consult.retention.kept import Kept, Part
from consult.retention.models import ONLY, RetentionRun
from consult.runtime import runtime

#: What is due goes within this time, while the worker runs; after that it counts as older than the rule.
WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """A class as it stands: days of its rule here, rows under the rule, rows older than it, the time of the oldest."""

    kept: Kept
    days: int
    rows: int
    older: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Every class as it stands, when it was counted, and when the job ended last."""

    classes: Sequence[Figures]
    at: datetime
    ran_at: datetime | None
    late: bool

    @property
    def older(self) -> int:
        """Return how many rows are older than their rule: 0 where all is well."""
        return sum(one.older for one in self.classes)


def last_run() -> datetime | None:
    """Return when the job ended last, None if it never did; a run that goes on began after the one before it ended (1 query)."""
    run = session.get(RetentionRun, ONLY)
    return None if run is None else run.ended_at or run.begun_at


def is_late() -> bool:
    """Tell whether the job has not ended a run for a day, though there is something that it could be late for (1 or 2 queries)."""
    ran = last_run()
    return _log_begun(clock.now() - WITHIN) if ran is None else ran < clock.now() - WITHIN


def _log_begun(before: datetime) -> bool:
    first = sa.exists().where(EventRow.stream_id == INSTANCE, EventRow.seq == 1, EventRow.at < before)
    return bool(session.scalar(sa.select(first)))


def last_counts() -> Mapping[str, int]:
    """Return how many rows of each class went in the last run, or so far in the one that goes on (1 query)."""
    run = session.get(RetentionRun, ONLY)
    return {} if run is None else dict(run.counts)


def proof() -> Proof:
    """Count every class (1 query for each of its parts)."""
    days = periods(runtime().settings)
    return Proof([_figures(kept, days[kept.key]) for kept in GOING], clock.now(), last_run(), is_late())


def _figures(kept: Kept, days: int) -> Figures:
    before = clock.now() - timedelta(days=days) - WITHIN
    counted = [_counted(part, conditions, before) for part, conditions in parts_of(kept)]
    oldest = min((at for _, _, at in counted if at is not None), default=None)
    rows, older = sum(rows for rows, _, _ in counted), sum(late for _, late, _ in counted)
    return Figures(kept, days, rows, older, oldest if kept.dated else None)


def _counted(
    part: Part, conditions: Sequence[sa.ColumnElement[bool]], before: datetime
) -> tuple[int, int, datetime | None]:
    if part.since is None:
        rows = session.scalar(sa.select(sa.func.count()).select_from(part.model).where(*conditions)) or 0
        return rows, rows, None
    since = sa.select(part.since.label("since")).select_from(part.model).where(*conditions).subquery()
    late = sa.func.count().filter(since.c.since <= before)
    count, older, oldest = session.execute(sa.select(sa.func.count(), late, sa.func.min(since.c.since))).one()
    return count, older, oldest
