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
    successor_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    reason: Mapped[str]
    language: Mapped[str]
    decided_by: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class SettledPart(Model):
    """A member, seat or shared draft that a settlement reached, as it was before: what undoing the end gives back.

    Of a seat, `holder_id` is who held it, `own` says whether it was the body's own, and `constituency` for which it voted.
    """

    __tablename__ = "body_settlement_part"
    settlement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_settlement.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # member | seat | draft
    part_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    holder_id: Mapped[uuid.UUID | None]
    own: Mapped[bool] = mapped_column(default=False)
    constituency: Mapped[str] = mapped_column(default="")
