"""Tables of the log: streams, events, deliveries to readers, signed checkpoints, and the public halves of its keys."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column

#: The stream of what happens outside any consultation: sign-in, invitations, the register of bodies.
INSTANCE = uuid.UUID(int=0)


class Stream(Model):
    """A numbered sequence of events: a consultation's (same id), or the instance's."""

    __tablename__ = "stream"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


class EventRow(Model):
    """One event. `leaf` is SHA-256 of salt and canonical JSON; erasing removes salt and facts and leaves the leaf."""

    __tablename__ = "event"
    __table_args__ = (sa.UniqueConstraint("stream_id", "seq"),)
    id: Mapped[Id]
    stream_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("stream.id"))
    seq: Mapped[int]
    type: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any] | None]
    salt: Mapped[bytes | None]
    leaf: Mapped[bytes]


class Delivery(Model):
    """One event for one reader: a plugin or the notifications. `done_at` empty means it is still to be delivered."""

    __tablename__ = "delivery"
    __table_args__ = (sa.Index("ix_delivery_due", "due_at", postgresql_where=sa.text("done_at IS NULL")),)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("event.id"), primary_key=True)
    reader: Mapped[str] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Checkpoint(Model):
    """A signed statement of a stream's size and Merkle root (RFC 9162), as a C2SP signed note."""

    __tablename__ = "checkpoint"
    __table_args__ = (sa.UniqueConstraint("stream_id", "size"),)
    id: Mapped[Id]
    stream_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("stream.id"))
    size: Mapped[int]
    root: Mapped[bytes]
    note: Mapped[str]
    at: Mapped[datetime]


class LogKey(Model):
    """The public half of a key that signs the log, numbered from 1; `ended` says how its time ended, "" while it signs."""

    __tablename__ = "log_key"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public: Mapped[bytes] = mapped_column(unique=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended: Mapped[str] = mapped_column(default="")


class KeyChange(Model):
    """Where in a stream key `number` stops and the next one begins: a signed note of size, root and both public halves.

    The first `size` events are the former key's. A stream that began later has none.
    """

    __tablename__ = "log_key_change"
    stream_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("stream.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.ForeignKey("log_key.number"), primary_key=True)
    size: Mapped[int]
    root: Mapped[bytes]
    note: Mapped[str]
    at: Mapped[datetime]
