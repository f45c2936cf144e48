"""Files that belong to drafts and to revisions of submissions."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Mapped, Model, mapped_column


class Attachment(Model):
    """A file that was checked and made anew; it is never changed.

    `place` is the random name under which it lies in the instance, `sha256` that of its bytes as they lie there, `name` the
    one its author gave it, without an ending. `draft_id` is the draft it was added to, which may be gone. `text` are its
    words, for searching; `scanned` says of a PDF that it has none.

    The id is random: it is the file's public address, and one that holds a time would tell when its author was at work.
    """

    __tablename__ = "attachment"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    draft_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    place: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str] = mapped_column(default="", deferred=True)
    scanned: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime]


class SubmissionAttachment(Model):
    """That a revision of a submission was handed in with a file; they are numbered from 1, those that are its author's alone last."""

    __tablename__ = "submission_attachment"
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    attachment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    private: Mapped[bool] = mapped_column(default=False)
