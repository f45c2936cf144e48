"""Reservations: what stands on record, and what a body has written and not signed off yet."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Reservation(Model):
    """A reservation on record, of a member who speaks for nobody else (`member_id`), or of a body that signed it off (`body_id`).

    Those that members entered for their body before bodies signed off are theirs still. `withdrawn_at`: it was taken back and
    stays to be read as that; `withdrawn_by_id` is the body that did so in the place of its own, which had gone into it.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        sa.CheckConstraint(
            "member_id IS NOT NULL AND body_id IS NULL OR member_id IS NULL AND body_id IS NOT NULL", name="one_voice"
        ),
    )
    id: Mapped[Id]
    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"), index=True)
    member_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"))
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    track: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str]
    language: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))


class UnsignedReservation(Model):
    """What a body is going to say of a recommendation, until whom its rule asks for has said yes; nobody else reads it.

    `withdraws_id` is the reservation that is to be taken back (no foreign key: what a body has not said yet leads to nobody);
    otherwise `text` is to be put on record. `version` counts the saves. The yes of members stands in `sign_off`, under this row's id and the digest of the words.
    """

    __tablename__ = "unsigned_reservation"
    __table_args__ = (sa.UniqueConstraint("recommendation_id", "body_id", "track"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"))
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    track: Mapped[str]
    withdraws_id: Mapped[uuid.UUID | None]
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
