"""Whom a text is from that is judged without names."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.db import Mapped, Model, mapped_column


class SealedName(Model):
    """The body or the author of a submission that is judged blind, kept apart until the names are opened.

    While this row is there its submission is `withheld`, so that whatever keeps a withheld name keeps this one. Nothing
    but `consult.submissions.review.blind` reads it.
    """

    __tablename__ = "sealed_name"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    author: Mapped[str] = mapped_column(default="")
