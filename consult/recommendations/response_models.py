"""What a body answers officially, in its own words, and what it keeps while its members write that."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column
from consult.submissions.offices.models import TextComment, TextPart, TextSave
from consult.submissions.offices.parts import Tables


class OfficialResponse(Model):
    """That a body was asked for its official response to a recommendation or a submission, and the response itself.

    Until `published_at` its words are the body's alone, saved `version` times; `digest` is what was signed off and published.
    `letter` names the letter it was entered from where nobody takes part for the body. A later one takes its place
    (`replaced_at`). `responder_id` is the body that responds in the place of the one that was asked, which has gone into it. `due` is the last day that was asked for, `until` by when the body says it will have done it.
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
    responder_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))

    @property
    def speaker(self) -> uuid.UUID:
        """The body that responds: the one that was asked, or the one it went into."""
        return self.responder_id or self.body_id


def speaks() -> sa.ColumnElement[uuid.UUID]:
    """Return `OfficialResponse.speaker` as a column."""
    return sa.func.coalesce(OfficialResponse.responder_id, OfficialResponse.body_id)


class ResponsePartRow(TextPart):
    """A part of a response that its body writes."""

    __tablename__ = "response_part"
    text_id: Mapped[uuid.UUID] = mapped_column(
        "response_id", sa.ForeignKey("official_response.id", ondelete="CASCADE"), primary_key=True
    )


class ResponseSave(TextSave):
    """An earlier wording of a part of a response."""

    __tablename__ = "response_save"
    __table_args__ = (sa.Index("ix_response_save_response", "response_id", "id"),)
    text_id: Mapped[uuid.UUID] = mapped_column("response_id", sa.ForeignKey("official_response.id", ondelete="CASCADE"))


class ResponseComment(TextComment):
    """A colleague's comment on a response."""

    __tablename__ = "response_comment"
    __table_args__ = (sa.Index("ix_response_comment_response", "response_id", "part", "id"),)
    text_id: Mapped[uuid.UUID] = mapped_column("response_id", sa.ForeignKey("official_response.id", ondelete="CASCADE"))


#: Where parts, saves and comments of responses are kept, until the response is published.
RESPONSES = Tables(ResponsePartRow, ResponseSave, ResponseComment)
