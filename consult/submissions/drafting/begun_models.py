"""Texts that somebody began without an account."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class BegunText(Model):
    """A text without an author: whoever has the cookie may go on with it, and take it over once they take part.

    `token_hash` is SHA-256 of the cookie's token; nothing else leads to the row, and it to nobody. `version` and `saved_from`
    are as those of a draft. It is no draft and no submission: no list, count or export knows it.
    """

    __tablename__ = "begun_text"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    saved_from: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
