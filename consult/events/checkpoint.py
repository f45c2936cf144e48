"""Checkpoints: the signed Merkle root of a stream, and the verification of the whole log against them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from consult import clock
from consult.db import new_id, session
from consult.events.keys import is_signed, signed_note
from consult.events.log_keys import (
    PublicKey,
    Span,
    change_fault,
    changes_in,
    origin,
    public_keys,
    signing_key,
    spans_in,
)
from consult.events.merkle import root
from consult.events.models import INSTANCE, Checkpoint, EventRow, Stream
from consult.events.types import Recorded, leaf_of
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a stream: the number of the row, and whether it was altered, removed..."""

    stream: uuid.UUID
    seq: int
    kind: str  # altered | removed | reordered | added | checkpoint (the signature itself) | key (who may sign what)
    detail: str


#: The types of the events that tell of a new key: one stands right after the events that the former one signed.
KEY_EVENTS = ("LogKeyRenewed", "LogKeyReplaced")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a checkpoint says once its signature was found good: how many events, their root, and which key signed."""

    size: int
    root: bytes
    key: PublicKey


def sign_checkpoint(stream: uuid.UUID) -> Checkpoint:
    """Sign the present root of a stream, inside the caller's transaction, and return the checkpoint.

    Nothing has happened since the last one: that one is returned.
    """
    # Whoever changes the key waits for us, or we for them: then the new one signs.
    session.execute(sa.select(Stream.id).where(Stream.id == stream).with_for_update())
    leaves, last = leaves_of(stream), latest_checkpoint(stream)
    if last is not None and last.size == len(leaves):
        return last
    moment, top, signer = clock.now(), root(leaves), signing_key()
    text = f"{origin(signer.name, stream)}\n{len(leaves)}\n{base64.b64encode(top).decode()}\n{moment.isoformat()}\n"
    row = Checkpoint(
        id=new_id(), stream_id=stream, size=len(leaves), root=top, note=signed_note(text, signer), at=moment
    )
    session.add(row)
    return row


def leaves_of(stream: uuid.UUID) -> list[bytes]:
    """Return the leaves of a stream, in order."""
    return list(session.scalars(sa.select(EventRow.leaf).where(EventRow.stream_id == stream).order_by(EventRow.seq)))


def latest_checkpoint(stream: uuid.UUID) -> Checkpoint | None:
    """Return the newest checkpoint of a stream."""
    return session.scalars(
        sa.select(Checkpoint).where(Checkpoint.stream_id == stream).order_by(Checkpoint.size.desc()).limit(1)
    ).first()


def verify_log() -> tuple[int, list[Fault]]:
    """Check every stream; return the number of events read and the first fault of each faulty stream."""
    read, faults = 0, []
    if detail := _register_fault(public_keys()):
        faults.append(Fault(INSTANCE, 0, "key", detail))
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
    told: list[int] = []
    for expected, row in enumerate(_rows(stream), start=1):
        if row.seq != expected:
            return len(leaves), Fault(stream, expected, "removed", "the row with this number is missing")
        if fault := _row_fault(row, size):
            return len(leaves), fault
        leaves.append(row.leaf)
        if row.type in KEY_EVENTS:
            told.append(row.seq)
    if len(leaves) < size:
        return len(leaves), Fault(stream, len(leaves) + 1, "removed", "the newest rows are missing")
    if len(leaves) > size:
        return len(leaves), Fault(stream, size + 1, "added", "there are more rows than were counted")
    return len(leaves), _key_fault(stream, leaves, told) or _checkpoint_fault(stream, leaves)


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


def _register_fault(keys: Sequence[PublicKey]) -> str:
    """Return what is wrong with the public halves as a whole: what they hang on is the private half of the newest."""
    if [key.number for key in keys] != list(range(1, len(keys) + 1)) or any(key.until is None for key in keys[:-1]):
        return "a key is missing among those that are written down"
    if not keys or keys[-1].until is not None or runtime().signer.of(keys[-1].public) is None:
        return "the private half of the key that signs now is not there"
    return ""


def _key_fault(stream: uuid.UUID, leaves: list[bytes], told: list[int]) -> Fault | None:
    """Check each note between two keys of a stream, and that the log tells of it and of no other."""
    changes, keys = changes_in(stream), {key.number: key for key in public_keys()}
    numbers = list(changes)
    if numbers and numbers != list(range(numbers[0], max(keys, default=0))):
        return Fault(stream, 0, "key", "a note between two keys is missing, or there is one too many")
    if [change.size + 1 for change in changes.values()] != told:
        return Fault(stream, 0, "key", "the notes between keys and the events that tell of them do not agree")
    for change in changes.values():
        if detail := change_fault(change, keys, root(leaves[: change.size])):
            return Fault(stream, change.size, "key", detail)
    return None


def _checkpoint_fault(stream: uuid.UUID, leaves: list[bytes]) -> Fault | None:
    good, spans = 0, spans_in(stream)
    for point in session.scalars(sa.select(Checkpoint).where(Checkpoint.stream_id == stream).order_by(Checkpoint.size)):
        if point.size > len(leaves):
            return Fault(stream, len(leaves) + 1, "removed", f"a checkpoint was signed over {point.size} events")
        try:
            signed = read_checkpoint(point.note, stream, spans)
        except ValueError as error:
            return Fault(stream, point.size, "checkpoint", str(error))
        if signed.size != point.size:
            return Fault(stream, point.size, "checkpoint", "its note was signed for something else")
        if signed.root != root(leaves[: point.size]):
            detail = f"one of the events {good + 1} to {point.size} is not the one that was signed"
            return Fault(stream, point.size, "altered", detail)
        good = point.size
    return None


def verify_kept(note: str) -> Signed:
    """Hold the log against a checkpoint that somebody kept; ValueError, in words for whoever runs the command, if one is false."""
    name = runtime().signer.name
    streams = {origin(name, one): one for one in session.scalars(sa.select(Stream.id))}
    stream = streams.get(note.partition("\n")[0])
    if stream is None:
        raise ValueError("there is no such stream here")
    signed, leaves = read_checkpoint(note, stream, spans_in(stream)), leaves_of(stream)
    if signed.size > len(leaves):
        raise ValueError(f"it was signed over {signed.size} events, and there are {len(leaves)}")
    if root(leaves[: signed.size]) != signed.root:
        raise ValueError(f"one of the events 1 to {signed.size} is not the one that was signed")
    return signed


def read_checkpoint(note: str, stream: uuid.UUID, spans: Sequence[Span]) -> Signed:
    """Return what a checkpoint of a stream says; ValueError unless a key has signed it in whose span it falls."""
    name = runtime().signer.name
    signed = [span for span in spans if is_signed(note, name, span.key.public)]
    if not signed:
        raise ValueError("the note is not signed by a key of this log")
    first, size, top = note.splitlines()[:3]
    if first != origin(name, stream):
        raise ValueError("its note was signed for something else")
    for span in signed:
        if span.first <= int(size) <= (span.last or int(size)):
            return Signed(int(size), base64.b64decode(top), span.key)
    span = signed[0]
    last = "the newest" if span.last is None else str(span.last)
    raise ValueError(f"key {span.key.number} signed it, which signs events {span.first} to {last} and no others")
