"""Checkpoints: the signed Merkle root of a stream, and the verification of the whole log against them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from consult import clock
from consult.db import new_id, session
from consult.events.keys import verify_note
from consult.events.merkle import root
from consult.events.models import INSTANCE, Checkpoint, EventRow, Stream
from consult.events.types import Recorded, leaf_of
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a stream: the number of the row, and whether it was altered, removed..."""

    stream: uuid.UUID
    seq: int
    kind: str  # altered | removed | reordered | added | checkpoint (the signature itself)
    detail: str


def sign_checkpoint(stream: uuid.UUID) -> Checkpoint:
    """Sign the present root of a stream, inside the caller's transaction, and return the checkpoint.

    Nothing has happened since the last one: that one is returned.
    """
    leaves = list(session.scalars(sa.select(EventRow.leaf).where(EventRow.stream_id == stream).order_by(EventRow.seq)))
    last = latest_checkpoint(stream)
    if last is not None and last.size == len(leaves):
        return last
    moment, top = clock.now(), root(leaves)
    signer = runtime().signer
    text = f"{origin(signer.name, stream)}\n{len(leaves)}\n{base64.b64encode(top).decode()}\n{moment.isoformat()}\n"
    row = Checkpoint(id=new_id(), stream_id=stream, size=len(leaves), root=top, note=signer.note(text), at=moment)
    session.add(row)
    return row


def origin(name: str, stream: uuid.UUID) -> str:
    """Return the first line of a checkpoint's text: which instance's which stream."""
    return f"{name}/{'instance' if stream == INSTANCE else stream}"


def latest_checkpoint(stream: uuid.UUID) -> Checkpoint | None:
    """Return the newest checkpoint of a stream."""
    return session.scalars(
        sa.select(Checkpoint).where(Checkpoint.stream_id == stream).order_by(Checkpoint.size.desc()).limit(1)
    ).first()


def verify_log() -> tuple[int, list[Fault]]:
    """Check every stream; return the number of events read and the first fault of each faulty stream."""
    read, faults = 0, []
    counted = {row.id: row.seq for row in session.execute(sa.select(Stream.id, Stream.seq))}
    uncounted = dict.fromkeys(session.scalars(sa.select(EventRow.stream_id).distinct()), 0)
    for stream, size in sorted((uncounted | counted).items()):
        count, fault = _verify_stream(stream, size)
        read += count
        if fault is not None:
            faults.append(fault)
    return read, faults


def _rows(stream: uuid.UUID, batch: int = 1000) -> Iterator[EventRow]:
    """Read a stream in order, a batch at a time, so that memory does not grow with the log."""
    last = 0
    while rows := session.scalars(
        sa.select(EventRow).where(EventRow.stream_id == stream, EventRow.seq > last).order_by(EventRow.seq).limit(batch)
    ).all():
        yield from rows
        last = rows[-1].seq


def _verify_stream(stream: uuid.UUID, size: int) -> tuple[int, Fault | None]:
    leaves: list[bytes] = []
    for expected, row in enumerate(_rows(stream), start=1):
        if row.seq != expected:
            return len(leaves), Fault(stream, expected, "removed", "the row with this number is missing")
        if fault := _row_fault(row, size):
            return len(leaves), fault
        leaves.append(row.leaf)
    if len(leaves) < size:
        return len(leaves), Fault(stream, len(leaves) + 1, "removed", "the newest rows are missing")
    if len(leaves) > size:
        return len(leaves), Fault(stream, size + 1, "added", "there are more rows than were counted")
    return len(leaves), _checkpoint_fault(stream, leaves)


def _row_fault(row: EventRow, size: int) -> Fault | None:
    if row.salt is None and row.facts is None:
        return None  # erased: the leaf stays, and checkpoints still hold
    if row.salt is None:
        return Fault(row.stream_id, row.seq, "altered", "it was erased, and yet it says something")
    as_recorded = Recorded(row.id, row.stream_id, row.seq, row.type, row.actor_id, row.at, row.facts or {})
    if leaf_of(as_recorded, row.salt) == row.leaf:
        return None
    for seq in range(1, size + 1):
        if leaf_of(replace(as_recorded, seq=seq), row.salt) == row.leaf:
            return Fault(row.stream_id, row.seq, "reordered", f"this row was number {seq} when it was recorded")
    return Fault(row.stream_id, row.seq, "altered", "its content does not match its hash")


def _checkpoint_fault(stream: uuid.UUID, leaves: list[bytes]) -> Fault | None:
    signer, good = runtime().signer, 0
    for point in session.scalars(sa.select(Checkpoint).where(Checkpoint.stream_id == stream).order_by(Checkpoint.size)):
        if point.size > len(leaves):
            return Fault(stream, len(leaves) + 1, "removed", f"a checkpoint was signed over {point.size} events")
        try:
            text = verify_note(point.note, signer.name, signer.public)
        except ValueError as error:
            return Fault(stream, point.size, "checkpoint", str(error))
        first, signed_size, signed_root = text.splitlines()[:3]
        if first != origin(signer.name, stream) or signed_size != str(point.size):
            return Fault(stream, point.size, "checkpoint", "its note was signed for something else")
        if base64.b64decode(signed_root) != root(leaves[: point.size]):
            detail = f"one of the events {good + 1} to {point.size} is not the one that was signed"
            return Fault(stream, point.size, "altered", detail)
        good = point.size
    return None
