"""Reading the log: a stream's present number, and its events after a number."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.db import prepared, read, session
from consult.events.models import EventRow, Stream
from consult.events.types import Recorded


def current_seq(stream: uuid.UUID) -> int:
    """Return the number of the newest event of a stream, 0 if there is none."""
    return read(*_seq(stream)).scalar_one_or_none() or 0


@prepared
def _seq(stream: uuid.UUID) -> sa.Select[int]:
    return sa.select(Stream.seq).where(Stream.id == stream)


def count_events(stream: uuid.UUID, name: str) -> int:
    """Return how many events of a type there are in a stream (1 query)."""
    of_type = (EventRow.stream_id == stream, EventRow.type == name)
    return session.scalar(sa.select(sa.func.count()).select_from(EventRow).where(*of_type)) or 0


def events_after(
    stream: uuid.UUID, seq: int = 0, *, limit: int = 100, newest_first: bool = False, before: int | None = None
) -> Sequence[Recorded]:
    """Return events of a stream after a number (and before another), at most `limit`."""
    query = sa.select(EventRow).where(EventRow.stream_id == stream, EventRow.seq > seq).limit(limit)
    query = query if before is None else query.where(EventRow.seq < before)
    query = query.order_by(EventRow.seq.desc() if newest_first else EventRow.seq)
    return [
        Recorded(row.id, row.stream_id, row.seq, row.type, row.actor_id, row.at, row.facts or {})
        for row in session.scalars(query)
    ]
