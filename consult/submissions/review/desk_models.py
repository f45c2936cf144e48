"""Which texts of the queue are with which moderator, and what a moderator reads and when they are away."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Mapped, Model, mapped_column


class ModerationTask(Model):
    """With whom a text is that waits for review; nobody where nobody may decide on it, looked at last at `given_at`.

    It stays when the text was decided on: a correction goes to whoever knows it.
    """

    __tablename__ = "moderation_task"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]


class ModeratorDesk(Model):
    """What a moderator said of their work in a consultation: languages they read (none: any), and when they are back (`back_at`)."""

    __tablename__ = "moderator_desk"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    languages: Mapped[list[str]] = mapped_column(default=list)
    back_at: Mapped[datetime | None]
