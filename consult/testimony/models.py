"""Tables of confidential testimony: what a thief of the database may have.

Nothing here tells who or what: ids are random (a UUIDv7 would tell the moment), numbers are drawn, days are the finest date,
and everything that was written is sealed. There is no foreign key from a testimony to a person.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class TestimonyOffer(Model):
    """That a consultation hears confidential testimony, or did; its row is what writers of one consultation queue for.

    `files_on` is the last day on which a file came, `files` how many came then: of all its testimonies together.
    """

    __tablename__ = "testimony_offer"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    open: Mapped[bool]
    files_on: Mapped[date | None]
    files: Mapped[int] = mapped_column(default=0)


class TestimonyReader(Model):
    """That somebody reads the testimonies of a consultation, named by whom, until they no longer do."""

    __tablename__ = "testimony_reader"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    named_at: Mapped[datetime]
    named_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class Testimony(Model):
    """A testimony: `sealed` holds its words, language, topics, region and what may be quoted, under a key of its own.

    `number` is drawn, so it tells no order; `lookup` is derived from the codename (`consult.testimony.lookups`). Withdrawing
    takes `wrapped_key`, `lookup` and `sealed` away. `ended`: readers said what becomes of it; what they said is sealed.
    """

    __tablename__ = "testimony"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.Index("ix_testimony_list", "consultation_id", "received_on", "number"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    lookup: Mapped[bytes | None] = mapped_column(unique=True)
    state: Mapped[str]
    received_on: Mapped[date]
    ended: Mapped[bool] = mapped_column(default=False)
    key_number: Mapped[int]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes | None]


class TestimonyMessage(Model):
    """What was added afterwards, by the author or by readers; who, in which language and on which day is sealed with it."""

    __tablename__ = "testimony_message"
    __table_args__ = (sa.UniqueConstraint("testimony_id", "position"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    testimony_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("testimony.id"))
    position: Mapped[int]
    sealed: Mapped[bytes]


class TestimonyFile(Model):
    """A file of a testimony; `sealed` holds its name, kind, size and day. Its content lies in pieces."""

    __tablename__ = "testimony_file"
    __table_args__ = (sa.UniqueConstraint("testimony_id", "position"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    testimony_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("testimony.id"))
    position: Mapped[int]
    sealed: Mapped[bytes]


class TestimonyPiece(Model):
    """A piece of a file's content, each of the same size: a file has 1, 2, 4, 8 and so on.

    They are rows and not files of a folder: a folder keeps the moment at which each came, and a backup or a withdrawal would
    have to take rows and files together.
    """

    __tablename__ = "testimony_piece"
    file_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("testimony_file.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes]


class TestimonyQuote(Model):
    """Words of a testimony on their way to be quoted; `sealed` holds them, and the number of the public quote once there is one.

    So the database does not tell which testimony a public quote comes from.
    """

    __tablename__ = "testimony_quote"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    testimony_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("testimony.id"), index=True)
    state: Mapped[str]
    sealed: Mapped[bytes | None]
    proposed_by: Mapped[uuid.UUID | None]
    checked_by: Mapped[uuid.UUID | None]


class Quote(Model):
    """A passage that anybody may read and cite: number, words, language, and the month in which it was published (2026-11).

    The words are "" once the author has taken them back; `told_on` is the day, drawn, on which the log says so, None once it does.
    """

    __tablename__ = "quote"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    words: Mapped[str]
    language: Mapped[str]
    month: Mapped[str]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    told_on: Mapped[date | None]
