"""One sitting and what happens in it."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import relationship

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Session(Model):
    """A sitting. `quorum` is a fraction of seats as text ("1/2", "2/3"; "" for none); times in minutes where named."""

    __tablename__ = "session"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    kind: Mapped[str]
    names: Mapped[Localized] = mapped_column(LocalizedText())
    venues: Mapped[Localized] = mapped_column(LocalizedText())
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    quorum: Mapped[str] = mapped_column(default="")
    speaking_minutes: Mapped[int] = mapped_column(default=3)
    state: Mapped[str] = mapped_column(default="planned")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    minutes_approved_at: Mapped[datetime | None]

    items: Mapped[list[AgendaItem]] = relationship(order_by="AgendaItem.position", viewonly=True)


class AgendaItem(Model):
    """A point of the agenda; `position` is its place from 1, changed by buttons until it has begun.

    The database keeps one item of a session in progress at a time.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        sa.Index(
            "uq_agenda_item_now",
            "session_id",
            unique=True,
            sqlite_where=sa.text("started_at IS NOT NULL AND finished_at IS NULL"),
            postgresql_where=sa.text("started_at IS NOT NULL AND finished_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("session.id"), index=True)
    position: Mapped[int]
    titles: Mapped[Localized] = mapped_column(LocalizedText())
    minutes: Mapped[int] = mapped_column(default=15)
    recommendation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Attendance(Model):
    """An interval during which a member was in the room; `left_at` is empty while present."""

    __tablename__ = "attendance"
    __table_args__ = (
        sa.Index(
            "uq_attendance_present",
            "session_id",
            "member_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("session.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"))
    came_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    noted_by: Mapped[uuid.UUID | None]


class Speech(Model):
    """A request for the floor, and what became of it. `seconds` is the time allotted when the floor was given.

    The database keeps one speaker of a session at a time, and one waiting request of a member.
    """

    __tablename__ = "speech"
    __table_args__ = (
        sa.Index(
            "uq_speech_speaking",
            "session_id",
            unique=True,
            sqlite_where=sa.text("given_at IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sa.text("given_at IS NOT NULL AND ended_at IS NULL"),
        ),
        sa.Index(
            "uq_speech_waiting",
            "session_id",
            "member_id",
            unique=True,
            sqlite_where=sa.text("given_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("given_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("session.id"), index=True)
    item_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agenda_item.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"))
    asked_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    seconds: Mapped[int] = mapped_column(default=180)


class MinutesEntry(Model):
    """A line of the minutes: what happened (`event_id`, said by the catalogue) or what the rapporteur wrote (`text`).

    `hidden` entries are kept and left out of the approved minutes.
    """

    __tablename__ = "minutes_entry"
    id: Mapped[Id]
    session_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("session.id"), index=True)
    item_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agenda_item.id"))
    at: Mapped[datetime]
    event_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="ar")
    hidden: Mapped[bool] = mapped_column(default=False)
    written_by: Mapped[uuid.UUID | None]
