"""Reading peer review: reviewers and how far they are, a reviewer's own desk, one text on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Person, RoleGrant
from consult.consultations.names import name_for_staff, withheld_number
from consult.consultations.queries import people_of
from consult.db import session
from consult.i18n import Message
from consult.paging import PAGE, Page
from consult.peer_review.assigning import LIVE, WAITS
from consult.peer_review.models import Assessment, Reviewer
from consult.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """A reviewer with how far they are: texts given, handed in, and unfinished past their day; of texts that wait."""

    number: int
    track: str
    name: str | Message
    languages: Sequence[str]
    most: int
    ended_at: datetime | None
    given: int
    done: int
    late: int


def reviewers_of(consultation: uuid.UUID, today: date) -> Sequence[ReviewerLine]:
    """Return the reviewers by track and number (1 query)."""
    unfinished = sa.and_(LIVE, Assessment.handed_in_at.is_(None))
    columns: tuple[Any, ...] = (
        Reviewer.id,
        _count(LIVE),
        _count(sa.and_(LIVE, Assessment.handed_in_at.is_not(None))),
        _count(sa.and_(unfinished, Assessment.due_on < today)),
    )
    loads = (
        sa.select(*columns)
        .join(Assessment, Assessment.reviewer_id == Reviewer.id)
        .join(Submission, Submission.id == Assessment.submission_id)
        .where(Reviewer.consultation_id == consultation)
        .group_by(Reviewer.id)
        .subquery()
    )
    _, given, done, late = loads.c
    rows = session.execute(
        sa.select(Reviewer, Person.name, withheld_number(consultation), given, done, late)
        .join(Person, Person.id == Reviewer.person_id)
        .outerjoin(loads, loads.c.id == Reviewer.id)
        .where(Reviewer.consultation_id == consultation)
        .order_by(Reviewer.track, Reviewer.number)
    )
    return [
        ReviewerLine(
            row.number,
            row.track,
            name_for_staff(name, alias),
            row.languages,
            row.most,
            row.ended_at,
            *(int(one or 0) for one in loads_of),
        )
        for row, name, alias, *loads_of in rows
    ]


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


@dataclass(frozen=True, slots=True)
class OfferedReviewer:
    """Somebody who may be named."""

    person: uuid.UUID
    name: str


def offered_reviewers(consultation: uuid.UUID) -> Sequence[OfferedReviewer]:
    """Return who may be named: holders of a role first, then members, at most 500 (1 query).

    Nobody who withholds their name: what the form sends would lead from their number to their account.
    """
    holds = sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.consultation_id == consultation)
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(Person.id.in_(people_of(consultation)), withheld_number(consultation).is_(None))
        .order_by(sa.case((holds, 0), else_=1), Person.name)
        .limit(500)
    )
    return [OfferedReviewer(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class TrackLine:
    """A track with how many texts wait, how many of them have reviewers, and how many all of whose reviewers have handed in."""

    waiting: int = 0
    given: int = 0
    judged: int = 0


def count_by_track(consultation: uuid.UUID) -> Mapping[str, TrackLine]:
    """Return how far the texts of each track are (1 query)."""
    has, open_ones = _has(), _has(Assessment.handed_in_at.is_(None))
    rows = session.execute(
        sa.select(Submission.track, sa.func.count(), _count(has), _count(sa.and_(has, sa.not_(open_ones))))
        .where(Submission.consultation_id == consultation, WAITS)
        .group_by(Submission.track)
    )
    return {track: TrackLine(waiting, int(given), int(judged)) for track, waiting, given, judged in rows}


def _has(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    of_text = (Assessment.submission_id == Submission.id, Assessment.revision == Submission.revision)
    return sa.exists().where(*of_text, *conditions).correlate(Submission)


@dataclass(frozen=True, slots=True)
class Task:
    """A text that a reviewer was given. `live` is False once it was decided on, corrected or withdrawn."""

    id: uuid.UUID
    reviewer: uuid.UUID
    number: str
    title: str
    language: str
    track: str
    revision: int
    due_on: date | None
    saved_at: datetime | None
    handed_in_at: datetime | None
    live: bool


def _tasks(consultation: uuid.UUID, person: uuid.UUID | None) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        Assessment.id,
        Assessment.reviewer_id,
        Submission.number,
        Submission.title,
        Submission.language,
        Submission.track,
        Assessment.revision,
        Assessment.due_on,
        Assessment.saved_at,
        Assessment.handed_in_at,
        LIVE,
    )
    return (
        sa.select(*columns)
        .join(Submission, Submission.id == Assessment.submission_id)
        .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
        .where(Reviewer.consultation_id == consultation, Reviewer.person_id == person, Reviewer.ended_at.is_(None))
    )


def _todo() -> sa.ColumnElement[bool]:
    return sa.and_(Assessment.handed_in_at.is_(None), LIVE)


def _task(row: Any) -> Task:
    values: tuple[Any, ...] = (*row[:10], bool(row[10]))
    return Task(*values)


def tasks_page(consultation: uuid.UUID, person: uuid.UUID | None, *, done: bool, after: str = "") -> Page[Task]:
    """Return a person's texts in order of their receipt numbers: handed in and still waiting for a decision, or to do (1 query)."""
    which = sa.and_(Assessment.handed_in_at.is_not(None), LIVE) if done else _todo()
    query = (
        _tasks(consultation, person).where(which, Submission.number > after).order_by(Submission.number).limit(PAGE + 1)
    )
    rows = [_task(row) for row in session.execute(query)]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=rows[-1].number if more else None)


def next_task(consultation: uuid.UUID, person: uuid.UUID | None, after: str = "") -> str | None:
    """Return the receipt number of the next text somebody has to judge, from the beginning once the end is reached (1 query)."""
    behind = sa.case((Submission.number > after, 0), else_=1)
    query = _tasks(consultation, person).where(_todo()).with_only_columns(Submission.number)
    number: str | None = session.scalars(query.order_by(behind, Submission.number).limit(1)).first()
    return number


@dataclass(frozen=True, slots=True)
class Progress:
    """How many texts somebody handed in, how many they were given, how many are past their day; of those that wait."""

    done: int
    total: int
    late: int


def progress_of(consultation: uuid.UUID, person: uuid.UUID | None, today: date) -> Progress:
    """Return how far somebody is (1 query)."""
    late = sa.case((sa.and_(Assessment.handed_in_at.is_(None), Assessment.due_on < today), 1))
    query = _tasks(consultation, person).where(LIVE)
    done, total, behind = session.execute(
        query.with_only_columns(sa.func.count(Assessment.handed_in_at), sa.func.count(), sa.func.count(late))
    ).one()
    return Progress(done, total, behind)


def reviewer_here(consultation: uuid.UUID, person: uuid.UUID | None) -> Reviewer | None:
    """Return a person as a reviewer of a consultation, of whatever track, None if they are not one now (1 query)."""
    mine = (Reviewer.consultation_id == consultation, Reviewer.person_id == person, Reviewer.ended_at.is_(None))
    return session.scalars(sa.select(Reviewer).where(*mine).order_by(Reviewer.number).limit(1)).first()


def task_on(consultation: uuid.UUID, person: uuid.UUID | None, number: str) -> tuple[Task, Submission] | None:
    """Return somebody's task on the present revision of a text, None if they have none or it moved on (1 query)."""
    query = _tasks(consultation, person).where(Submission.number == number, LIVE).add_columns(Submission)
    row = session.execute(query).first()
    return None if row is None else (_task(row[:-1]), row[-1])


def judges(submission: Submission, person: uuid.UUID | None) -> bool:
    """Tell whether somebody still has to hand in what they find of a text: until then they read nobody else's (1 query)."""
    return (
        session.scalar(
            sa.select(
                sa.exists().where(
                    Assessment.submission_id == submission.id,
                    Assessment.revision == submission.revision,
                    Assessment.handed_in_at.is_(None),
                    Reviewer.id == Assessment.reviewer_id,
                    Reviewer.person_id == person,
                    Reviewer.ended_at.is_(None),
                )
            )
        )
        is True
    )


def review_desks(person: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the consultations in which somebody judges texts (1 query)."""
    query = sa.select(Reviewer.consultation_id).where(Reviewer.person_id == person, Reviewer.ended_at.is_(None))
    return list(dict.fromkeys(session.scalars(query.order_by(Reviewer.added_at))))
