"""A recommendation, its versions and sources, and the answers that texts get."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import relationship

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Recommendation(Model):
    """A recommendation. `version` is the current version's number; `authoritative` the language of record.

    `responsible` holds the keys of the bodies that are to carry it out.
    """

    __tablename__ = "recommendation"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    state: Mapped[str]
    titles: Mapped[Localized] = mapped_column(LocalizedText())
    authoritative: Mapped[str] = mapped_column(default="ar")
    topic_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("topic.id"))
    responsible: Mapped[list[str]] = mapped_column(default=list)
    due: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Version(Model):
    """One text of a recommendation, never changed once a later one or a ballot exists."""

    __tablename__ = "version"
    __table_args__ = (sa.UniqueConstraint("recommendation_id", "number"),)
    id: Mapped[Id]
    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"))
    number: Mapped[int]
    titles: Mapped[Localized] = mapped_column(LocalizedText())
    reason: Mapped[str] = mapped_column(default="")
    written_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]

    clauses: Mapped[list[Clause]] = relationship(order_by="Clause.position", viewonly=True, lazy="selectin")


class Clause(Model):
    """A clause of a version. `key` (such as `12.1`) stays with the clause through the versions and is never used again.

    `stale` lists the languages whose text still follows an older authoritative text.
    """

    __tablename__ = "clause"
    __table_args__ = (sa.UniqueConstraint("version_id", "key"),)
    id: Mapped[Id]
    version_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("version.id"))
    key: Mapped[str]
    position: Mapped[int]
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    stale: Mapped[list[str]] = mapped_column(default=list)


class Source(Model):
    """That a passage of a submission, or a quote of a confidential testimony, is a source of a recommendation, from a version on."""

    __tablename__ = "source"
    __table_args__ = (
        sa.UniqueConstraint("recommendation_id", "passage_id"),
        sa.UniqueConstraint("recommendation_id", "quote_id"),
        sa.CheckConstraint(
            "passage_id IS NOT NULL AND submission_id IS NOT NULL AND quote_id IS NULL"
            " OR passage_id IS NULL AND submission_id IS NULL AND quote_id IS NOT NULL",
            name="one_text",
        ),
        sa.Index("ix_source_submission", "submission_id"),
        sa.Index("ix_source_quote", "quote_id"),
    )
    id: Mapped[Id]
    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"))
    submission_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("submission.id"))
    passage_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("passage.id"))
    quote_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("quote.id"))
    version: Mapped[int]
    added_at: Mapped[datetime]


class Disposition(Model):
    """What became of a submission, or of one of its passages (`passage_id`), which everybody reads; never changed.

    A later answer replaces it: `replaced_at` tells when, and the database keeps one in force for each text and passage.
    `kind` is one of `consult.submissions.dispositions`; `clause` the key of a clause of the recommendation, "" for none;
    `reason` is written in `language`.
    """

    __tablename__ = "disposition"
    __table_args__ = (
        sa.Index(
            "uq_disposition_text",
            "submission_id",
            unique=True,
            sqlite_where=sa.text("passage_id IS NULL AND replaced_at IS NULL"),
            postgresql_where=sa.text("passage_id IS NULL AND replaced_at IS NULL"),
        ),
        sa.Index(
            "uq_disposition_passage",
            "passage_id",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.Index("ix_disposition_submission", "submission_id", "at"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    passage_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("passage.id"))
    kind: Mapped[str]
    recommendation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"))
    clause: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    given_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
