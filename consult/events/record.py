"""`record()`: write one event in the transaction of the change it tells of."""

from __future__ import annotations

import os
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from consult import clock
from consult.db import dialect_name, in_transaction, new_id, session
from consult.events.checkpoint import sign_checkpoint
from consult.events.models import INSTANCE, Delivery, EventRow, Stream
from consult.events.types import Event, Recorded, leaf_of
from consult.runtime import runtime


def record(event: Event, *, stream: uuid.UUID = INSTANCE, actor: uuid.UUID | None) -> Recorded:
    """Append `event` to a stream (a consultation's id, or the instance) and queue it for every reader that wants it.

    The sequence number is taken by an UPDATE of the stream's row, which other writers wait for: numbers have no gap,
    because a rolled-back change gives its number back. Raises RuntimeError outside a transaction.
    """
    if not in_transaction():
        raise RuntimeError("an event is recorded in the transaction of the change it tells of")
    recorded = Recorded(new_id(), stream, next_seq(stream), event.type_name(), actor, clock.now(), event.facts())
    salt = os.urandom(16)
    session.execute(
        sa.insert(EventRow).values(
            id=recorded.id,
            stream_id=stream,
            seq=recorded.seq,
            type=recorded.type,
            actor_id=actor,
            at=recorded.at,
            facts=dict(recorded.facts),
            salt=salt,
            leaf=leaf_of(recorded, salt),
        )
    )
    due = [
        {"event_id": recorded.id, "reader": r.name, "due_at": recorded.at}
        for r in runtime().readers
        if r.wants(recorded)
    ]
    if due:
        session.execute(sa.insert(Delivery), due)
    if event.milestone:
        sign_checkpoint(stream)
    return recorded


def next_seq(stream: uuid.UUID) -> int:
    """Take the next number of a stream; its row stays locked until the transaction ends."""
    taken = session.execute(
        sa.update(Stream).where(Stream.id == stream).values(seq=Stream.seq + 1).returning(Stream.seq)
    ).scalar_one_or_none()
    return _begin_stream(stream) if taken is None else taken


def _begin_stream(stream: uuid.UUID) -> int:
    """Take the first number of a stream, or the next if another writer began it a moment ago."""
    insert = (sqlite.insert if dialect_name() == "sqlite" else postgresql.insert)(Stream)
    return session.execute(
        insert.values(id=stream, seq=1)
        .on_conflict_do_update(index_elements=["id"], set_={"seq": Stream.seq + 1})
        .returning(Stream.seq)
    ).scalar_one()
