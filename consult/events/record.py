"""`record()`: write one event in the transaction of the change it tells of."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa

from consult import clock
from consult.db import in_transaction, insert_into, new_id, session
from consult.events.checkpoint import sign_checkpoint
from consult.events.models import INSTANCE, Delivery, EventRow, Stream
from consult.events.types import Event, Recorded, leaf_of
from consult.runtime import runtime

# The tables, past the ORM: it would look for rows in memory that these statements might change, and there are none.
_event, _delivery, _stream = (cast("sa.Table", model.__table__) for model in (EventRow, Delivery, Stream))
_TAKE = (
    sa.update(_stream)
    .where(_stream.c.id == sa.bindparam("stream"))
    .values(seq=_stream.c.seq + sa.bindparam("count"))
    .returning(_stream.c.seq)
)


def record(event: Event, *, stream: uuid.UUID = INSTANCE, actor: uuid.UUID | None) -> Recorded:
    """Append `event` to a stream (a consultation's id, or the instance) and queue it for every reader that wants it.

    The sequence number is taken by an UPDATE of the stream's row, which other writers wait for: numbers have no gap,
    because a rolled-back change gives its number back. Raises RuntimeError outside a transaction.
    """
    return record_all([event], stream=stream, actor=actor)[0]


def record_all(events: Sequence[Event], *, stream: uuid.UUID = INSTANCE, actor: uuid.UUID | None) -> Sequence[Recorded]:
    """Append events in their order, each as `record` does, by as many statements as one takes."""
    if not in_transaction():
        raise RuntimeError("an event is recorded in the transaction of the change it tells of")
    if not events:
        return []
    now, first = clock.now(), take_seqs(stream, len(events))
    recorded = [
        Recorded(new_id(), stream, seq, event.type_name(), actor, now, event.facts())
        for seq, event in enumerate(events, start=first)
    ]
    session.execute(sa.insert(_event), [_row_of(one, os.urandom(16)) for one in recorded])
    due = [
        {"event_id": one.id, "reader": reader.name, "due_at": now}
        for one in recorded
        for reader in runtime().readers
        if reader.wants(one)
    ]
    if due:
        session.execute(sa.insert(_delivery), due)
    if any(event.milestone for event in events):
        sign_checkpoint(stream)
    return recorded


def _row_of(recorded: Recorded, salt: bytes) -> dict[str, object]:
    return {
        "id": recorded.id,
        "stream_id": recorded.stream,
        "seq": recorded.seq,
        "type": recorded.type,
        "actor_id": recorded.actor,
        "at": recorded.at,
        "facts": dict(recorded.facts),
        "salt": salt,
        "leaf": leaf_of(recorded, salt),
    }


def take_seqs(stream: uuid.UUID, count: int) -> int:
    """Take so many numbers of a stream and return the first; its row stays locked until the transaction ends."""
    taken = session.connection().execute(_TAKE, {"stream": stream, "count": count}).scalar_one_or_none()
    return (_begin_stream(stream, count) if taken is None else taken) - count + 1


def _begin_stream(stream: uuid.UUID, count: int) -> int:
    """Take the first numbers of a stream, or the next if another writer began it a moment ago; return the last."""
    return session.execute(
        insert_into(Stream)
        .values(id=stream, seq=count)
        .on_conflict_do_update(index_elements=["id"], set_={"seq": Stream.seq + count})
        .returning(Stream.seq)
    ).scalar_one()
