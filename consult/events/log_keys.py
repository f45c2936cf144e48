"""The public halves of the keys that sign the log: which signs now, which signed what, and the notes between them.

Where one key follows another, each stream gets a note over its size and root at that moment which names both: signed by the
new key, and by the former one where it is there and in nobody else's hands. So whoever trusts one of the two can check the
other, forwards and backwards, from public halves alone. Without the former one's signature the chain is broken there.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.db import insert_into, session
from consult.errors import Conflict
from consult.events.keys import Signer, key_line, signed_note, verify_note
from consult.events.models import INSTANCE, Checkpoint, KeyChange, LogKey
from consult.i18n import N_
from consult.runtime import runtime

#: How a key's time ends. After the first the chain goes on; after the others it is broken.
RENEWED, LOST, STOLEN = "renewed", "lost", "stolen"
BROKEN = (LOST, STOLEN)
AWAY = N_(
    "The log cannot be signed: the private half of its key is not there. Nothing was changed; whoever runs the platform has to bring it back."
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of the log: its number, public half, when it signed, and how that ended ("" while it signs)."""

    number: int
    public: bytes
    since: datetime | None
    until: datetime | None
    ended: str

    @property
    def line(self) -> str:
        """The key as signed-note writes it."""
        return key_line(runtime().signer.name, self.public)


@dataclass(frozen=True, slots=True)
class Span:
    """Which events of a stream a key signs: from `first` to `last`, None while it signs; and the note that ended it, if any."""

    key: PublicKey
    first: int
    last: int | None
    note: str


def origin(name: str, stream: uuid.UUID) -> str:
    """Return the first line of a note's text: which instance's which stream."""
    return f"{name}/{'instance' if stream == INSTANCE else stream}"


def public_keys() -> Sequence[PublicKey]:
    """Return every key that ever signed, the first one first (1 query); before anything was signed, the one that will."""
    columns = sa.select(LogKey.number, LogKey.public, LogKey.since, LogKey.until, LogKey.ended)
    found = [PublicKey(*row) for row in session.execute(columns.order_by(LogKey.number))]
    if found:
        return found
    return [PublicKey(1, one.public, None, None, "") for one in runtime().signer.held()[-1:]]


def signing_key() -> Signer:
    """Return the key that signs now; in the caller's transaction, which holds its stream. Raises Conflict where it is away."""
    public = session.scalar(sa.select(LogKey.public).where(LogKey.until.is_(None)))
    signer = runtime().signer.of(enter_first_key() if public is None else public)
    if signer is None:
        raise Conflict(AWAY)
    return signer


def enter_first_key() -> bytes:
    """Write down the key that is there, where none is written down, and return the first one's public half.

    Where another one had signed before, verifying the log says so of each of its checkpoints. In a transaction. Raises Conflict
    where there is no private half.
    """
    first = sa.select(LogKey.public).where(LogKey.number == 1)
    if (known := session.scalar(first)) is not None:
        return known
    held = runtime().signer.held()
    oldest = session.scalar(sa.select(sa.func.min(Checkpoint.at)))
    if not held:
        raise Conflict(AWAY)
    values = insert_into(LogKey).values(number=1, public=held[-1].public, since=oldest or clock.now(), ended="")
    session.execute(values.on_conflict_do_nothing(index_elements=["number"]))  # another process may be first
    return session.execute(first).scalar_one()


def changes_in(stream: uuid.UUID) -> Mapping[int, KeyChange]:
    """Return the notes in a stream where one key follows another, by the former one's number (1 query)."""
    rows = session.scalars(sa.select(KeyChange).where(KeyChange.stream_id == stream).order_by(KeyChange.number))
    return {row.number: row for row in rows}


def spans_in(stream: uuid.UUID) -> Sequence[Span]:
    """Return which key signs which events of a stream, the first one first (2 queries); keys from before it began are left out."""
    keys, changes = public_keys(), changes_in(stream)
    spans: list[Span] = []
    for key in keys:
        ended = changes.get(key.number)
        if ended is None and key.number != keys[-1].number:
            continue
        first = (spans[-1].last or 0) + 1 if spans else 1
        spans.append(Span(key, first, ended.size if ended else None, ended.note if ended else ""))
    return spans


def change_text(stream: uuid.UUID, size: int, top: bytes, at: datetime, keys: tuple[bytes, bytes], ended: str) -> str:
    """Return what is signed where a key follows another: a checkpoint's lines, then both public halves and why."""
    name = runtime().signer.name
    former, following = (key_line(name, public) for public in keys)
    return (
        f"{origin(name, stream)}\n{size}\n{base64.b64encode(top).decode()}\n{at.isoformat()}\n"
        f"former key {former}\nnext key {following}\n{ended}\n"
    )


def change_note(text: str, former: Signer | None, following: Signer) -> str:
    """Return that text signed by both keys, or by the new one alone where the former cannot vouch for it."""
    return signed_note(text, *((former,) if former else ()), following)


def change_fault(change: KeyChange, keys: Mapping[int, PublicKey], top: bytes) -> str:
    """Return what is wrong with a note between two keys, "" for nothing; `top` is the root over its events."""
    former, following = keys[change.number], keys[change.number + 1]
    name = runtime().signer.name
    text = change_text(change.stream_id, change.size, top, change.at, (former.public, following.public), former.ended)
    if not former.until == following.since == change.at:
        return f"key {former.number} did not stop, or key {following.number} begin, when the note between them says"
    signers = (following,) if former.ended in BROKEN else (former, following)
    try:
        signed = [verify_note(change.note, name, one.public) for one in signers]
    except ValueError:
        return f"the note between keys {former.number} and {following.number} is not signed by both, or by the new one"
    if any(one != text for one in signed):
        return f"the note between keys {former.number} and {following.number} was signed for something else"
    return ""
