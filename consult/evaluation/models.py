"""What evaluators write, and what organisers answer beside it."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class EvaluationDraft(Model):
    """An evaluation that somebody is writing, in Markdown, saved `version` times; `signed`: under their name. Nobody else reads it."""

    __tablename__ = "evaluation_draft"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    signed: Mapped[bool]
    version: Mapped[int]
    saved_at: Mapped[datetime]


class Evaluation(Model):
    """An evaluation that was published, in Markdown and three languages: never changed, by nobody."""

    __tablename__ = "evaluation"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    written_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    signed: Mapped[bool]
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    published_at: Mapped[datetime]


class EvaluationAnswer(Model):
    """What the organisers say to an evaluation, beside it: once, and never changed."""

    __tablename__ = "evaluation_answer"
    evaluation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation.id"), primary_key=True)
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    answered_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[datetime]
