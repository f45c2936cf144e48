"""What a body answers officially, in its own words."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class OfficialResponse(Model):
    """That a body was asked for its official response to a recommendation or a submission, and the response itself.

    Until `published_at` its words are the body's alone, saved `version` times; `digest` is what was signed off and published.
    `letter` names the letter it was entered from where nobody takes part for the body. A later one takes its place
    (`replaced_at`). `due` is the last day that was asked for, `until` by when the body says it will have done it.
    """

    __tablename__ = "official_response"
    __table_args__ = (
        sa.Index(
            "uq_official_response_recommendation",
            "body_id",
            "recommendation_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL AND recommendation_id IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NULL AND recommendation_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_official_response_submission",
            "body_id",
            "submission_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL AND submission_id IS NOT NULL"),
            postgresql_where=sa.text("published_at IS NULL AND submission_id IS NOT NULL"),
        ),
        sa.Index("ix_official_response_list", "consultation_id", "due", "id"),
        sa.Index("ix_official_response_recommendation_id", "recommendation_id"),
        sa.Index("ix_official_response_submission_id", "submission_id"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"))
    recommendation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"))
    submission_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("submission.id"))
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime]
    due: Mapped[date]
    reminded_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)
    letter: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[uuid.UUID | None]
    digest: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
