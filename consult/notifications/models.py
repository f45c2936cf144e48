"""What people are told: notices in the product, mail that is to leave or has left, and how each wants to be told."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Mail(Model):
    """One mail: written in the transaction of its cause, sent by the worker. `cause` makes it unique, so never twice.

    `refused_at` is when a server said for good that its address takes nothing: it is not tried again. `person_id` is empty for
    an address of which nobody knows yet whose it is; that address is forgotten once the mail has gone.
    """

    __tablename__ = "mail"
    __table_args__ = (sa.UniqueConstraint("person_id", "kind", "cause"),)
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    kind: Mapped[str]
    cause: Mapped[str]
    address: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]

    @property
    def reader(self) -> uuid.UUID:
        """Return whose mail it is; ValueError where nobody knows."""
        if self.person_id is None:
            raise ValueError("this mail went to an address of nobody known")
        return self.person_id


class Notice(Model):
    """That one person is told of one event. Its words are made when it is read: nothing of what it is about is kept here.

    `consultation_id` is where the matter stands, empty for what belongs to none. `about` is the public number or key that the
    words need, and tells apart what one event has for the same person. `how` is how its person wanted to be told when it was
    written; `gather_at` when a daily or weekly letter is to take it up, and `gathered_at` when one did.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "event_id", "about"),
        sa.Index("ix_notice_list", "person_id", "id"),
        sa.Index(
            "ix_notice_unread",
            "person_id",
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_notice_waiting",
            "gather_at",
            postgresql_where=sa.text("gathered_at IS NULL"),
            sqlite_where=sa.text("gathered_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("event.id"))
    consultation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consultation.id"))
    kind: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    how: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    gather_at: Mapped[datetime | None]
    gathered_at: Mapped[datetime | None]


class Reach(Model):
    """Where somebody is and when they want quiet: time zone ("" is Tripoli's), country (ISO 3166), code of the mission in whose district
    they live (`missions`), and in their own words the district where it stands in no list.

    Quiet hours are whole hours of that zone's clock, from and to; both empty where they are off.
    """

    __tablename__ = "reach"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    timezone: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    mission: Mapped[str] = mapped_column(default="")
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]


class Mission(Model):
    """A mission abroad as keepers of the register wrote it, or one of the shipped file that was retired or offered again."""

    __tablename__ = "mission"
    code: Mapped[str] = mapped_column(primary_key=True)
    country: Mapped[str]
    kind: Mapped[str]
    cities: Mapped[Localized] = mapped_column(LocalizedText())
    timezone: Mapped[str]
    retired_at: Mapped[datetime | None]


class Wish(Model):
    """How somebody wants to be told of a topic, where it is not as everybody is."""

    __tablename__ = "wish"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    how: Mapped[str]


class FailingAddress(Model):
    """An address that a mail server refused for good: how often, with which code, and since when nothing goes there."""

    __tablename__ = "failing_address"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    address: Mapped[str]
    code: Mapped[str]
    refusals: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


class MessageRound(Model):
    """A message that the organisers sent to a group, once: what it said, to whom (as data), and to how many."""

    __tablename__ = "message_round"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    subjects: Mapped[Localized] = mapped_column(LocalizedText())
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    chosen: Mapped[list[str]]
    people: Mapped[int]
    by_mail: Mapped[int]
    sent_by: Mapped[uuid.UUID | None]
    sent_at: Mapped[datetime]


class MessageReader(Model):
    """Somebody to whom a message was sent; `withheld` if their name was, in the consultation, when it left."""

    __tablename__ = "message_reader"
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("message_round.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    withheld: Mapped[bool]
