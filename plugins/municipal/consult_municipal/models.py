"""The plugin's own table."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.sdk import Mapped, Model, mapped_column


class MunicipalAnswer(Model):
    """That a municipality has handed in its first submission to a consultation."""

    __tablename__ = "municipal_answer"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    answered_at: Mapped[datetime]
