"""What became of the seats and members of a body that ended, as it was decided."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Settlement(Model):
    """What became of a body's seats and members in one track of a consultation, why, and to which body they went (None for none)."""

    __tablename__ = "body_settlement"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    track: Mapped[str]
    fate: Mapped[str]
    successor_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    reason: Mapped[str]
    language: Mapped[str]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime]
