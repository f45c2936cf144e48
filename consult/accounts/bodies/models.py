"""What is on record about a body: what it was before, mandates, capacities, contacts, its end and who followed."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized

#: Characters of a text or of a line on record, at most.
LONGEST_TEXT, LONGEST_LINE = 4000, 300


class BodyState(Model):
    """What a body was until a day: names, kind, level, region, district and the code of the body above it; what it is now stands with the body.

    `source` says where the change that ended it is written. It began where the state before it ended. District and the body
    above it are None in states from before they were kept: nobody knows what they were then.
    """

    __tablename__ = "body_state"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    names: Mapped[Localized] = mapped_column(LocalizedText())
    search_names: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    region: Mapped[str]
    district: Mapped[str | None]
    parent_key: Mapped[str | None]
    until: Mapped[date]
    source: Mapped[str]


class BodyEnd(Model):
    """That a body ended: its first day without it, and where that is written. One that was a mistake is undone, with the reason."""

    __tablename__ = "body_end"
    __table_args__ = (
        sa.Index(
            "uq_body_end_stands",
            "body_id",
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    since: Mapped[date]
    source: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_because: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")


class BodySuccessor(Model):
    """That a body which ended was followed by another: one that went into it, or one of several that came out of it."""

    __tablename__ = "body_successor"
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), primary_key=True)
    successor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), primary_key=True, index=True)


class EndedMandate(Model):
    """That a mandate ended with its body: until when it was to hold before (None for no day), and the one that a successor took over."""

    __tablename__ = "body_end_mandate"
    end_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_end.id"), primary_key=True)
    mandate_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_mandate.id"), primary_key=True, index=True)
    until: Mapped[date | None]
    taken_id: Mapped[uuid.UUID | None]  # no foreign key: the other body may have had it taken off its record


class Mandate(Model):
    """What a body is charged with, in up to three languages; in force from and to a day, where these are known.

    `legal_basis` is the law, decree or statute, "" where none was found; `source` where all this was read.
    """

    __tablename__ = "body_mandate"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    legal_basis: Mapped[str]
    source: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class MandateTopic(Model):
    """That a mandate covers a topic: the topic's part of addresses, such as `gcm-1`, whatever the consultation."""

    __tablename__ = "body_mandate_topic"
    mandate_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_mandate.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    __table_args__ = (sa.Index("ix_body_mandate_topic_topic", "topic", "mandate_id"),)


class MandateOverlap(Model):
    """That two bodies' mandates overlap, entered by hand: what both claim, and where that was read. It belongs to both alike.

    The two stand in the order of their ids, so that a pair stands once, whichever side it is entered from.
    """

    __tablename__ = "body_mandate_overlap"
    __table_args__ = (
        sa.UniqueConstraint("mandate_id", "other_id"),
        sa.CheckConstraint("mandate_id < other_id", name="in_order"),
    )
    id: Mapped[Id]
    mandate_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_mandate.id"))
    other_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body_mandate.id"), index=True)
    notes: Mapped[Localized] = mapped_column(LocalizedText())
    source: Mapped[str]


class Capacity(Model):
    """What a body can do, as it was on a day: `number` of staff, expertise in a `topic`, or the `languages` it works in."""

    __tablename__ = "body_capacity"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    kind: Mapped[str]
    number: Mapped[int | None]
    topic: Mapped[str]
    languages: Mapped[list[str]]
    texts: Mapped[Localized] = mapped_column(LocalizedText())
    as_of: Mapped[date]
    source: Mapped[str]


class Contact(Model):
    """How to reach an office of a body, as it was on a day. `audience` is the class of those who may see it.

    Those from before days and sources were asked for have None and "".
    """

    __tablename__ = "body_contact"
    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("body.id"), index=True)
    audience: Mapped[str]
    label: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    as_of: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="")
