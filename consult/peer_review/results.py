"""What reviewers found: text by text with mean and spread, one text whole, and what its author is told."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from consult.db import session
from consult.peer_review.assigning import WAITS
from consult.peer_review.models import Assessment, Reviewer, ReviewNote
from consult.peer_review.scores import Spread, spread_of, weighted_mean
from consult.plugins.track import ReviewCriterion
from consult.submissions.models import Submission
from consult.submissions.paging import PAGE, Page


@dataclass(frozen=True, slots=True)
class Found:
    """What one reviewer found; by the `letter` that stands for them beside this text. Nothing of it before it was handed in."""

    id: uuid.UUID
    letter: str
    reviewer: int
    due_on: date | None
    handed_in_at: datetime | None
    scores: Mapping[str, int]
    recommendation: str
    inside: str
    to_author: str
    language: str


def found_of(submission: uuid.UUID, revision: int) -> Sequence[Found]:
    """Return what the reviewers of a revision found, in the order of their letters (1 query)."""
    return found_of_many([submission], {submission: revision})[submission]


def found_of_many(
    texts: Collection[uuid.UUID], revisions: Mapping[uuid.UUID, int]
) -> Mapping[uuid.UUID, Sequence[Found]]:
    """Return the same for some texts, each of one revision (1 query)."""
    rows = session.execute(
        sa.select(Assessment, Reviewer.number)
        .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
        .where(Assessment.submission_id.in_(list(texts)))
        .order_by(Assessment.letter)
    )
    found: defaultdict[uuid.UUID, list[Found]] = defaultdict(list)
    for row, number in rows:
        if row.revision == revisions[row.submission_id]:
            found[row.submission_id].append(_found(row, number))
    return found


def _found(row: Assessment, number: int) -> Found:
    shown: tuple[Any, ...] = ({}, "", "", "", "")
    if row.handed_in_at is not None:
        shown = (row.scores, row.recommendation, row.inside, row.to_author, row.language)
    return Found(row.id, row.letter, number, row.due_on, row.handed_in_at, *shown)


def means_of(found: Sequence[Found], criteria: Sequence[ReviewCriterion]) -> Mapping[str, Fraction]:
    """Return the weighted mean of each reviewer who has handed in, by letter."""
    means = {one.letter: weighted_mean(one.scores, criteria) for one in found if one.handed_in_at is not None}
    return {letter: mean for letter, mean in means.items() if mean is not None}


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text that waits for a decision, with how many were asked and what they found so far."""

    number: str
    title: str
    language: str
    track: str
    asked: int
    done: int
    spread: Spread | None
    recommendations: Sequence[str]


def judged_texts(
    consultation: uuid.UUID,
    criteria: Mapping[str, Sequence[ReviewCriterion]],
    *,
    which: sa.ColumnElement[bool],
    after: str = "",
) -> Page[JudgedText]:
    """Return the texts that were given to reviewers and wait for a decision, by receipt number (2 queries).

    `criteria` are those of each track; `which` is a condition on submissions that says what the reader may see.
    """
    given = sa.exists().where(Assessment.submission_id == Submission.id, Assessment.revision == Submission.revision)
    texts = session.scalars(
        sa.select(Submission)
        .where(Submission.consultation_id == consultation, WAITS, given, which, Submission.number > after)
        .order_by(Submission.number)
        .limit(PAGE + 1)
    ).all()
    more, texts = len(texts) > PAGE, texts[:PAGE]
    found = found_of_many([one.id for one in texts], {one.id: one.revision for one in texts})
    rows = [_judged(one, found[one.id], criteria.get(one.track, ())) for one in texts]
    return Page(rows, older=rows[-1].number if more else None)


def _judged(row: Submission, found: Sequence[Found], criteria: Sequence[ReviewCriterion]) -> JudgedText:
    done = [one for one in found if one.handed_in_at is not None]
    return JudgedText(
        row.number,
        row.title,
        row.language,
        row.track,
        len(found),
        len(done),
        spread_of(list(means_of(found, criteria).values())),
        [one.recommendation for one in done],
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said; `letter` stands for a reviewer, "" for whoever decides or a reviewer who judges it no more."""

    letter: str
    by_reviewer: bool
    text: str
    language: str
    at: datetime


def notes_of(submission: uuid.UUID, revision: int) -> Sequence[Note]:
    """Return the discussion of a revision, the first note first (1 query)."""
    same = sa.and_(
        Assessment.submission_id == ReviewNote.submission_id,
        Assessment.revision == ReviewNote.revision,
        Assessment.reviewer_id == ReviewNote.reviewer_id,
    )
    rows = session.execute(
        sa.select(ReviewNote, Assessment.letter)
        .outerjoin(Assessment, same)
        .where(ReviewNote.submission_id == submission, ReviewNote.revision == revision)
        .order_by(ReviewNote.id)
    )
    return [Note(letter or "", row.reviewer_id is not None, row.text, row.language, row.at) for row, letter in rows]


@dataclass(frozen=True, slots=True)
class Asked:
    """How many judge a text, and how many of them have handed in."""

    done: int
    total: int


def count_asked(submission: Submission) -> Asked:
    """Return how many judge the present revision of a text (1 query)."""
    of_text = (Assessment.submission_id == submission.id, Assessment.revision == submission.revision)
    counts = sa.select(sa.func.count(Assessment.handed_in_at), sa.func.count()).where(*of_text)
    return Asked(*session.execute(counts.select_from(Assessment)).one())


@dataclass(frozen=True, slots=True)
class ToAuthor:
    """What a reviewer wrote to the author; the letter is all that is told of who it was."""

    letter: str
    text: str
    language: str


def words_to_author(submission: Submission) -> Sequence[ToAuthor]:
    """Return what the reviewers of the present revision wrote to its author, nothing before it was decided on (1 query)."""
    if submission.decided_at is None or submission.look_over:
        return []
    found = found_of(submission.id, submission.revision)
    return [ToAuthor(one.letter, one.to_author, one.language) for one in found if one.to_author]
