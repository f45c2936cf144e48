"""Reviewers, the criteria of a track, who judges which text, interests, and what reviewers say to each other."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from consult.db import Id, Mapped, Model, mapped_column


class Criteria(Model):
    """What reviewers of a track score, where organisers chose it: `chosen` is a list of key, names, hints, weight."""

    __tablename__ = "criteria"
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"), primary_key=True)
    track: Mapped[str] = mapped_column(primary_key=True)
    chosen: Mapped[list[Any]] = mapped_column(default=list)


class Reviewer(Model):
    """A person who judges texts of a track; to everybody but the organisers they are their `number`.

    `languages` are those in which they read; `most` is how many unfinished texts they take at a time.
    """

    __tablename__ = "reviewer"
    __table_args__ = (
        sa.UniqueConstraint("consultation_id", "number"),
        sa.UniqueConstraint("consultation_id", "track", "person_id"),
    )
    id: Mapped[Id]
    consultation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("consultation.id"))
    track: Mapped[str]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    number: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(default=list)
    most: Mapped[int]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Assessment(Model):
    """That a reviewer judges one revision of a text, until `due_on`, and what they found; `giving_id` is the act that gave it.

    `letter` (A, B, ...) stands for the reviewer beside this text: to the others who judge it and to its author. `scores` maps
    keys of criteria to points, `recommendation` is a key of `consult.peer_review.states.Recommendation`. `inside` is for those
    who judge and decide, `to_author` for the author, both in `language`. `version` counts saves; nothing is shown to others
    before `handed_in_at`.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "revision", "reviewer_id"),
        sa.UniqueConstraint("submission_id", "revision", "letter"),
        sa.Index("ix_assessment_reviewer", "reviewer_id", "handed_in_at"),
    )
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    revision: Mapped[int]
    reviewer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviewer.id"))
    letter: Mapped[str]
    giving_id: Mapped[uuid.UUID] = mapped_column(index=True)
    given_at: Mapped[datetime]
    due_on: Mapped[date | None]
    scores: Mapped[dict[str, Any]] = mapped_column(default=dict)
    recommendation: Mapped[str] = mapped_column(default="")
    inside: Mapped[str] = mapped_column(default="")
    to_author: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]


class DeclaredInterest(Model):
    """That a person has an interest in a text: they read it in no office, and do not judge it. `kind` is why.

    Where they say that it was declared by mistake, `asked_because` is what they wrote to the organisers at `asked_at`;
    `answered_because` is why it stays, as they were told last.
    """

    __tablename__ = "declared_interest"
    __table_args__ = (sa.UniqueConstraint("submission_id", "person_id"),)
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    asked_because: Mapped[str] = mapped_column(default="")
    answered_because: Mapped[str] = mapped_column(default="")


class LiftedInterest(Model):
    """An interest that was declared by mistake and holds no more: who declared it, and which organiser lifted it, and why."""

    __tablename__ = "lifted_interest"
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    asked_because: Mapped[str]
    lifted_at: Mapped[datetime]
    lifted_by: Mapped[uuid.UUID | None]
    lifted_because: Mapped[str]


class EarlierAssessment(Model):
    """An assessment as it was handed in before an organiser opened it again: it is never written over, and says why and when."""

    __tablename__ = "earlier_assessment"
    __table_args__ = (sa.Index("ix_earlier_assessment_text", "submission_id", "revision", "id"),)
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    revision: Mapped[int]
    reviewer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("reviewer.id"), index=True)
    scores: Mapped[dict[str, Any]]
    recommendation: Mapped[str]
    inside: Mapped[str]
    to_author: Mapped[str]
    language: Mapped[str]
    handed_in_at: Mapped[datetime]
    reopened_at: Mapped[datetime]
    reopened_by: Mapped[uuid.UUID | None]
    because: Mapped[str]


class ReviewNote(Model):
    """What a reviewer (or, without one, whoever decides) said about a text to those who judge it."""

    __tablename__ = "review_note"
    __table_args__ = (sa.Index("ix_review_note_text", "submission_id", "revision", "id"),)
    id: Mapped[Id]
    submission_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("submission.id"))
    revision: Mapped[int]
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("reviewer.id"))
    written_by: Mapped[uuid.UUID | None]
    text: Mapped[str]
    language: Mapped[str]
    at: Mapped[datetime]
