"""Deliveries: every event reaches every reader that wants it, once, whatever crashes on the way."""

from __future__ import annotations

import logging
import traceback
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa

from consult import clock
from consult.db import session, transaction
from consult.events.models import Delivery, EventRow
from consult.events.types import Recorded
from consult.runtime import runtime

log = logging.getLogger(__name__)

#: How long a reader that failed waits: doubled at each attempt, at most six hours.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)


class Reader(Protocol):
    """Who reads the log: a plugin, the notifications, webhooks."""

    @property
    def name(self) -> str:
        """Return the name under which deliveries are kept; it must never change."""

    def wants(self, recorded: Recorded) -> bool:
        """Tell, quickly and without the database, whether this event is for this reader."""

    def receive(self, recorded: Recorded) -> None:
        """React; may write its own tables, in the transaction that also marks the delivery done."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is due."""

    event: uuid.UUID
    reader: str
    attempts: int


def deliver_due(limit: int = 100) -> int:
    """Deliver what is due, one transaction for each delivery, and return how many were tried.

    A reader that raises keeps its delivery, with the error, for a later attempt; others are not held up.
    """
    tried = 0
    while tried < limit and _deliver_next():
        tried += 1
    return tried


def _deliver_next() -> bool:
    readers = {reader.name: reader for reader in runtime().readers}
    if not readers:
        return False
    due: Due | None = None
    try:
        with transaction():
            due = _claim(tuple(readers))
            if due is None:
                return False
            readers[due.reader].receive(load_recorded(due.event))
            _mark(due, done_at=clock.now(), attempts=due.attempts + 1, last_error="")
    except Exception as error:
        if due is None:
            raise
        log.warning("reader %s failed on event %s (attempt %d)", due.reader, due.event, due.attempts + 1)
        wait = min(FIRST_WAIT * 2**due.attempts, LONGEST_WAIT)
        with transaction():
            _mark(due, attempts=due.attempts + 1, last_error=place_of_error(error), due_at=clock.now() + wait)
    return True


def _claim(names: tuple[str, ...]) -> Due | None:
    """Lock the delivery that has been due longest; on PostgreSQL other workers skip it."""
    row = session.execute(
        sa.select(Delivery.event_id, Delivery.reader, Delivery.attempts)
        .where(Delivery.done_at.is_(None), Delivery.due_at <= clock.now(), Delivery.reader.in_(names))
        .order_by(Delivery.due_at, Delivery.event_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    return None if row is None else Due(*row)


def _mark(due: Due, **values: object) -> None:
    session.execute(
        sa.update(Delivery)
        .where(Delivery.event_id == due.event, Delivery.reader == due.reader, Delivery.done_at.is_(None))
        .values(**values)
    )


def place_of_error(error: Exception) -> str:
    """Say what failed and where, without the values in the error: they may hold what must not be kept."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"


def load_recorded(event: uuid.UUID) -> Recorded:
    """Return one event of the log."""
    row = session.get_one(EventRow, event)
    return Recorded(row.id, row.stream_id, row.seq, row.type, row.actor_id, row.at, row.facts or {})
