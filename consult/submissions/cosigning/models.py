"""Bodies that stand behind a text of another body."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Cosignature(Model):
    """That a body was asked to co-sign a submission, and what came of it.

    `substance` is the digest of what it signed and `revision` the first to say it; `fell_at` is when a later revision changed
    that. `ended_at` is when the body took its signature back. `until` is when the phase ended in which it
    was asked, as was said then; `signing_ends` tells when it ends now.
    """

    __tablename__ = "cosignature"
    __table_args__ = (sa.UniqueConstraint("submission_id", "body_id"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)
    substance: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime | None]
    fell_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def stands(self) -> bool:
        """Tell whether the body stands behind the text as it is now."""
        return self.given_at is not None and self.fell_at is None and self.ended_at is None


def standing() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which a body stands behind a text as it is now."""
    return Cosignature.given_at.is_not(None), Cosignature.fell_at.is_(None), Cosignature.ended_at.is_(None)
