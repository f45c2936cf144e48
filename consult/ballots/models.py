"""A vote on one question under one decision rule."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, LocalizedText, Mapped, Model, mapped_column
from consult.i18n import Localized


class Ballot(Model):
    """A ballot: open (named) only. `rule` is the rule's text, frozen with the roll at the opening.

    `options` is empty for a yes/no question (choices are `for`, `against`, `abstain`), else the keys and names of the
    options (and `abstain`). `ruling` holds what a chair or an endorsement list adds to the votes. `electorate` holds the
    seats by track and constituency, `seats` and `present` their numbers in all, as they were at the opening. `result` is
    the table of conditions and the outcome, written once, at closing.
    """

    __tablename__ = "ballot"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "number"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(default="recommendation")
    session_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("session.id"), index=True)
    recommendation_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"), index=True)
    version: Mapped[int | None]
    previous_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ballot.id"))
    round: Mapped[int] = mapped_column(default=1)
    questions: Mapped[Localized] = mapped_column(LocalizedText())
    options: Mapped[list[Any]] = mapped_column(default=list)
    rule_id: Mapped[str]
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ruling: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="prepared")
    electorate: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seats: Mapped[int] = mapped_column(default=0)
    present: Mapped[int] = mapped_column(default=0)
    roll_hash: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    annulled_at: Mapped[datetime | None]
    annulled_because: Mapped[str] = mapped_column(default="")
    annulled_language: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None]


class RollEntry(Model):
    """One seat on the frozen roll, with the member in whose name it votes, as they stood when the ballot opened.

    `body_id` is the body for which that member took part then. `represented_by_id` is the member who casts for an absent
    voter, by proxy. The database keeps one entry for each seat and one for each voter, and one choice for each entry: so no
    seat counts twice.
    """

    __tablename__ = "roll_entry"
    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballot.id"), primary_key=True)
    voter_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    seat_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("seat.id"))
    body_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    track: Mapped[str]
    constituency: Mapped[str] = mapped_column(default="")
    weight: Mapped[int] = mapped_column(default=1)
    present: Mapped[bool] = mapped_column(default=True)
    represented_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    __table_args__ = (
        sa.UniqueConstraint("ballot_id", "seat_id"),
        sa.CheckConstraint("represented_by_id <> voter_id", name="by_somebody_else"),
    )


class OpenChoice(Model):
    """A named choice; the database keeps one for each voter and ballot, and triggers refuse it when the ballot is not open."""

    __tablename__ = "open_choice"
    ballot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    voter_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    choice: Mapped[str]
    weight: Mapped[int] = mapped_column(default=1)
    cast_by: Mapped[uuid.UUID]
    at: Mapped[datetime]
    __table_args__ = (
        sa.ForeignKeyConstraint(["ballot_id", "voter_id"], ["roll_entry.ballot_id", "roll_entry.voter_id"]),
    )


class CustomRule(Model):
    """A decision rule that organisers added to a consultation; `data` is its canonical mapping."""

    __tablename__ = "custom_rule"
    __table_args__ = (sa.UniqueConstraint("consultation_id", "key"),)
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    key: Mapped[str]
    data: Mapped[dict[str, Any]]
    made_by: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
