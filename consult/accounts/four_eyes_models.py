"""Grave acts that wait for a second person, and the consultations that ask for one."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class FourEyes(Model):
    """That publishing, and opening the names of a blind track, need two people in a consultation; without a row, one is enough."""

    __tablename__ = "four_eyes"
    consultation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class GraveAct(Model):
    """An act that one person asked for and another confirms before it takes effect.

    `digest` is a SHA-256, in hexadecimal, of what exactly will happen; `details` what the act needs to be done then. The
    database keeps one that waits for each kind, consultation and subject; one that has expired makes room for a new one.
    """

    __tablename__ = "grave_act"
    __table_args__ = (
        sa.Index(
            "uq_grave_act_waiting",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )
    id: Mapped[Id]
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]  # the consultation, a track of it, or the person whose account it is
    consultation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    digest: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str]
    asked_by: Mapped[uuid.UUID]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
