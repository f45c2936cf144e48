"""The job: erase what was kept for as long as its rule says, in small batches, and write down what was done as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.db import insert_into, session, transaction
from consult.events.models import INSTANCE, EventRow
from consult.events.record import record
from consult.retention.classes import parts_of, periods
from consult.retention.events import RetentionApplied
from consult.retention.going import GOING
from consult.retention.kept import Part
from consult.retention.models import ONLY, RetentionRun
from consult.runtime import runtime

#: A run begins so long after the last one ended; one batch is so many rows, in one transaction.
EVERY, BATCH = timedelta(hours=6), 200


def retain_due() -> bool:
    """Do one batch of the run that is due; tell whether there was one (1 query where there is none). For the worker."""
    if not _is_due(session.get(RetentionRun, ONLY), clock.now()):
        return False
    with transaction():
        run = _run()
        if run is None:
            return False
        gone = _one_batch()
        if gone:
            key, rows = gone
            run.counts = {**run.counts, key: run.counts.get(key, 0) + rows}
        else:
            run.ended_at = clock.now()
            classes = tuple(sorted(run.counts.items()))
            record(RetentionApplied(sum(rows for _, rows in classes), classes), actor=None)
    return True


def _is_due(run: RetentionRun | None, now: datetime) -> bool:
    """Tell whether there is something to do. An instance has nothing old before its log is as old as the pause."""
    if run is not None:
        return run.ended_at is None or run.ended_at <= now - EVERY
    first = sa.select(EventRow.at).where(EventRow.stream_id == INSTANCE, EventRow.seq == 1)
    begun = session.scalar(first)
    return begun is not None and begun <= now - EVERY


def _run() -> RetentionRun | None:
    """Return the run to go on with, locked; None where another worker was faster. Begins one."""
    now = clock.now()
    session.execute(insert_into(RetentionRun).values(id=ONLY, begun_at=now, counts={}).on_conflict_do_nothing())
    run = session.get_one(RetentionRun, ONLY, with_for_update=True, populate_existing=True)
    if not _is_due(run, now):
        return None
    if run.ended_at is not None:
        run.begun_at, run.ended_at, run.counts = now, None, {}
    return run


def _one_batch() -> tuple[str, int] | None:
    """Erase one batch of the first class that has something due; return which, and how many rows, None where nothing is."""
    days, now = periods(runtime().settings), clock.now()
    for kept in GOING:
        before = now - timedelta(days=days[kept.key])
        for part, conditions in parts_of(kept):
            ids = _due_ids(part, conditions, before)
            if ids:
                _erase(part, ids)
                return kept.key, len(ids)
    return None


def over(part: Part, before: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the condition that the time of a row is over at a moment."""
    return [] if part.since is None else [part.since <= before]


def _due_ids(part: Part, conditions: Sequence[sa.ColumnElement[bool]], before: datetime) -> Sequence[Any]:
    """Return the keys of rows whose time is over, locked: one that is saved meanwhile is no longer among them."""
    key = part.model.__table__.primary_key.columns
    query = sa.select(*key).where(*conditions, *over(part, before)).limit(BATCH)
    return session.execute(query.with_for_update(of=part.model.__table__, skip_locked=True)).all()


def _erase(part: Part, keys: Sequence[Any]) -> None:
    if part.act is not None:
        part.act([key[0] for key in keys])
        return
    columns = list(part.model.__table__.primary_key.columns)
    own = (
        sa.tuple_(*columns).in_([tuple(key) for key in keys])
        if len(columns) > 1
        else columns[0].in_([key[0] for key in keys])
    )
    session.execute(sa.delete(part.model).where(own).execution_options(synchronize_session=False))
