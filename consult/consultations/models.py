"""A consultation and its frame."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import Comparator, hybrid_property
from sqlalchemy.orm import relationship
from sqlalchemy.sql import operators
from sqlalchemy.sql.operators import OperatorType

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Consultation(Model):
    """The whole process. `prefix` begins its receipt numbers; `rules` maps a kind of ballot to a decision rule's id.

    `names` are short, `titles` say the question, `public` is False while it is being set up. `proxies_each` is how many
    proxies one member may carry (0: there are none). `moderation` holds its own grounds of moderators and its days of
    appeal (`consult.submissions.review.grounds`).
    """

    __tablename__ = "consultation"
    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    names: Mapped[Localized] = mapped_column(LocalizedText())
    titles: Mapped[Localized] = mapped_column(LocalizedText())
    summaries: Mapped[Localized] = mapped_column(LocalizedText())
    timezone: Mapped[str] = mapped_column(default="Africa/Tripoli")
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    public: Mapped[bool] = mapped_column(default=False)
    proxies_each: Mapped[int] = mapped_column(default=1, server_default="1")
    moderation: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]

    phases: Mapped[list[Phase]] = relationship(
        order_by="Phase.opens_at", cascade="all, delete-orphan", lazy="selectin", viewonly=False
    )
    tracks: Mapped[list[ConsultationTrack]] = relationship(
        order_by="ConsultationTrack.position", cascade="all, delete-orphan", lazy="selectin"
    )

    def enabled_tracks(self) -> list[str]:
        """Return the keys of the tracks that are switched on, in order."""
        return [track.key for track in self.tracks if track.enabled]


class Phase(Model):
    """A span of time that opens rights (`consult.consultations.phases.Right`)."""

    __tablename__ = "phase"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "key"),
        sa.CheckConstraint("closes_at > opens_at", name="ends_after_it_begins"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    key: Mapped[str]
    names: Mapped[Localized] = mapped_column(LocalizedText())
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    rights: Mapped[list[str]] = mapped_column(default=list)


class ConsultationTrack(Model):
    """A track as this consultation uses it: on or off, settings the plugin asked for; `seats` is its quota in the plenary.

    `moderation` says when a moderator reads what is handed in from now on (`consult.consultations.moderation`).
    `files` is how many files a submission may have (0: none), `file_megabytes` how large each may be.
    `open_to_persons` lets persons register in it by themselves, while a phase opens that. While it is `blind`, names of
    authors are kept from everybody from hand-in on, until they are opened (`consult.submissions.review.blind`).
    """

    __tablename__ = "consultation_track"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    seats: Mapped[int] = mapped_column(default=0)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
    moderation: Mapped[str] = mapped_column(default="pre")
    files: Mapped[int] = mapped_column(default=0)
    file_megabytes: Mapped[int] = mapped_column(default=5)
    open_to_persons: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    blind: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Topic(Model):
    """A subject of the consultation, usually from a scheme (`gcm`, `jvap`)."""

    __tablename__ = "topic"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "scheme", "code"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    scheme: Mapped[str]
    code: Mapped[str]
    names: Mapped[Localized] = mapped_column(LocalizedText())
    position: Mapped[int] = mapped_column(default=0)

    @property
    def slug(self) -> str:
        """Return the topic's part of an address, such as `gcm-1`."""
        return f"{self.scheme}-{self.code}"


_named = sa.text("display_name != ''")


class ShownBody(Comparator[uuid.UUID | None]):
    """The body of members in a query, as far as others may read of it; asked for one body, an index of bodies answers."""

    def __init__(self, member: type[Member]) -> None:
        self.shown: sa.ColumnElement[Any] = sa.case((member.withheld, sa.null()), else_=member.own_body_id)
        super().__init__(self.shown)
        self.member = member

    def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
        """Return what an operator makes of the body; `==` and `in_` are asked of the column, which has an index."""
        if op in (operators.eq, operators.in_op) and other[0] is not None:
            return sa.and_(op(self.member.own_body_id, *other, **kwargs), sa.not_(self.member.withheld))
        made: sa.ColumnElement[Any] = op(self.shown, *other, **kwargs)
        return made


class Member(Model):
    """A person who takes part in a consultation, in one track, for a body or alone.

    `withheld` keeps name and body off everything that others see; `alias` is what they see instead ("Participant 12").
    `body_id` is the body that others may read of, None where it is withheld: every list, count and page asks that. For whom
    somebody really takes part is `own_body_id`, which is read only where the act is the body's own or nobody sees what comes
    of it; `tests/architecture/test_own_body.py` says where.
    `display_name` stands for the person's name where their track allows a pseudonym ("" for none).
    `registered` says that they came by themselves, at `invited_at`, and nobody invited them. Their part ends where somebody
    ends it (`part_ended_at`) or by itself at `until`, the end of their body's accreditation: never ask for one of the two
    alone, ask `consult.accounts.taking_part`.
    """

    __tablename__ = "member"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "person_id", "track"),
        sa.Index("ix_member_list", "consultation_id", "number"),
        sa.Index("ix_member_track", "consultation_id", "track", "number"),
        # Both columns: of one alone a database without statistics may walk all members of a consultation for each body.
        sa.Index("ix_member_body", "body_id", "consultation_id"),
        sa.Index("ix_member_display_name", "consultation_id", sqlite_where=_named, postgresql_where=_named),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    track: Mapped[str]
    own_body_id: Mapped[uuid.UUID | None] = mapped_column("body_id", sa.ForeignKey("body.id"))
    number: Mapped[int]
    withheld: Mapped[bool] = mapped_column(default=False)
    display_name: Mapped[str] = mapped_column(default="")
    invited_at: Mapped[datetime]
    registered: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    until: Mapped[datetime | None]
    part_ended_at: Mapped[datetime | None]

    @hybrid_property
    def body_id(self) -> uuid.UUID | None:
        """The body for which somebody takes part, as far as others may read of it."""
        return None if self.withheld else self.own_body_id

    @body_id.inplace.comparator
    @classmethod
    def _body_shown(cls) -> ShownBody:
        return ShownBody(cls)


class Seat(Model):
    """A vote in the plenary: of a track, for a body or free, held by a member; counted in a constituency.

    The database keeps one seat for each body in a track.
    """

    __tablename__ = "seat"
    __table_args__ = (
        sa.Index(
            "uq_seat_body",
            "consultation_id",
            "track",
            "body_id",
            unique=True,
            sqlite_where=sa.text("body_id IS NOT NULL"),
            postgresql_where=sa.text("body_id IS NOT NULL"),
        ),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    track: Mapped[str]
    number: Mapped[int]
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    constituency: Mapped[str] = mapped_column(default="")
    holder_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), unique=True)


class RemovedSeat(Model):
    """That an empty seat which nobody ever held was removed, and why; `id` and `number` were the seat's."""

    __tablename__ = "seat_removed"
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    track: Mapped[str]
    number: Mapped[int]
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"))
    reason: Mapped[str]
    language: Mapped[str]
    removed_at: Mapped[datetime]


class SeatTerm(Model):
    """How long a member held a seat; `until` is empty for who holds it now, `reason` is why the term ended."""

    __tablename__ = "seat_term"
    __table_args__ = (
        sa.CheckConstraint("until IS NULL OR until >= since", name="ends_after_it_begins"),
        sa.Index(
            "uq_seat_term_now",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        ),
    )
    id: Mapped[Id]
    seat_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("seat.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    given_by: Mapped[uuid.UUID | None]
    ended_by: Mapped[uuid.UUID | None]


class Alternate(Model):
    """Who stands in for the holder of a seat, in the order of `position` from 1.

    The database keeps one seat for each person to stand in for: nobody who is present once counts for two seats.
    """

    __tablename__ = "alternate"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "person_id"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    seat_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("seat.id"), index=True)
    member_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    position: Mapped[int]


class Proxy(Model):
    """That the holder of a seat (`giver_id`) lets another holder (`bearer_id`) vote for it, while `ended_at` is empty.

    It holds until `until`, for a session where one is named, for a kind of ballot where one is named. `shown` says which
    paper was shown to the organiser who entered it; it is empty where the holder gave it. One in force for each seat.
    """

    __tablename__ = "proxy"
    __table_args__ = (
        sa.CheckConstraint("giver_id <> bearer_id", name="for_somebody_else"),
        sa.Index(
            "uq_proxy_in_force",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), index=True)
    seat_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("seat.id"), index=True)
    giver_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    bearer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    session_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("session.id"))
    ballot_kind: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime]
    shown: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    given_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(default="")
    ended_by: Mapped[uuid.UUID | None]


class Numbering(Model):
    """The last number given in a consultation for a kind of thing in a year (0 where the year does not count)."""

    __tablename__ = "numbering"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
