"""Files on their way: what is known of one until it is whole."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Upload(Model):
    """A file that comes in pieces, until it is whole, or a day has passed since the last of them.

    `received` of its `size` bytes are there; `mark` is what tells the page that it is the same file. It is for a draft of a
    member (`draft_id`, which may be gone; `question` is the key of what it answers there, "" for a document), for a body's
    application, or for a sheet of paper of which a person brings a picture.
    """

    __tablename__ = "upload"
    id: Mapped[Id]
    member_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    draft_id: Mapped[uuid.UUID | None]
    application_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("accreditation.id"), index=True)
    sheet_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("paper_sheet.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[str]
    size: Mapped[int]
    mark: Mapped[str]
    question: Mapped[str] = mapped_column(default="")
    received: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
