"""Registrations that wait for their mailed link."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Registration(Model):
    """What somebody typed who wants to take part, until they press the button behind the mailed link, or a day has passed.

    Nothing else is written before: no person, no member. `token_hash` is empty until the letter is written.
    """

    __tablename__ = "registration"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    track: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    language: Mapped[str]
    withheld: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
