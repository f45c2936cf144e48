"""The plugin's own table."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.sdk import N_, ErasureRule, Mapped, Model, Treatment, mapped_column


class MunicipalAnswer(Model):
    """That a municipality has handed in its first submission to a consultation."""

    __tablename__ = "municipal_answer"
    __table_args__ = (
        {
            "info": {
                "erasure": ErasureRule(Treatment.KEEP, N_("That a municipality has answered is its own act.")),
                "retention": "texts",
                "own_data": N_("That your municipality has answered"),
            }
        },
    )
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    answered_at: Mapped[datetime]
