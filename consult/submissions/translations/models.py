"""A text of a submission in another language."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Translation(Model):
    """A submission in another language, made from one `revision` of it; the original stays the authority.

    `kind` is one of `translation_states.TranslationKind`; of each there is at most one for a text and a language, until
    another takes its place (`replaced_at`). `version` counts saves, `writers` are the ids of all who saved, `written_by` the
    last. A draft that is `handed_in_at` waits for approval; `remark` is what whoever sent it back said. A machine's is
    asked for and written later: until then `written_at` is empty and `try_at` says when the worker tries (again).
    """

    __tablename__ = "translation"
    __table_args__ = (
        sa.Index(
            "uq_translation_present",
            "submission_id",
            "language",
            "kind",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.Index("ix_translation_list", "consultation_id", "language", "kind"),
        sa.Index("ix_translation_due", "try_at"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    language: Mapped[str]
    kind: Mapped[str]
    revision: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    writers: Mapped[list[str]] = mapped_column(default=list)
    written_by: Mapped[uuid.UUID | None]
    written_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")
    approved_by: Mapped[uuid.UUID | None]
    approved_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    try_at: Mapped[datetime | None]


class TranslationPart(Model):
    """One part of a translation: `part` is "title", "p" and the number of a passage, or "a_" and the key of an answer."""

    __tablename__ = "translation_part"
    translation_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("translation.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(primary_key=True)
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), index=True)
    text: Mapped[str]
