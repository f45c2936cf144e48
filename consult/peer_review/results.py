"""What reviewers found: text by text with mean and spread, one text whole, and what its author is told."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

import sqlalchemy as sa

from consult.db import session
from consult.paging import PAGE, Page
from consult.peer_review.assigning import WAITS
from consult.peer_review.earlier import earlier_of
from consult.peer_review.models import Assessment, EarlierAssessment, Reviewer, ReviewNote
from consult.peer_review.scores import Spread, spread_of, weighted_mean
from consult.plugins.track import ReviewCriterion
from consult.submissions.models import ReviewDecision, Submission
from consult.submissions.states import BY_RULE


@dataclass(frozen=True, slots=True)
class Found:
    """What one reviewer found; by the `letter` that stands for them beside this text. Nothing of it before it was handed in.

    `open_again` tells that an organiser opened it again: until it is handed in anew, what was handed in before stands.
    `earlier` is what stood before, the latest first.
    """

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
    open_again: bool = False
    earlier: Sequence[EarlierAssessment] = ()


def found_of(submission: uuid.UUID, revision: int) -> Sequence[Found]:
    """Return what the reviewers of a revision found, in the order of their letters (2 queries)."""
    return found_of_many([submission], {submission: revision})[submission]


def found_of_many(
    texts: Collection[uuid.UUID], revisions: Mapping[uuid.UUID, int]
) -> Mapping[uuid.UUID, Sequence[Found]]:
    """Return the same for some texts, each of one revision (2 queries)."""
    rows = session.execute(
        sa.select(Assessment, Reviewer.number)
        .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
        .where(Assessment.submission_id.in_(list(texts)))
        .order_by(Assessment.letter)
    )
    before = earlier_of(texts)
    found: defaultdict[uuid.UUID, list[Found]] = defaultdict(list)
    for row, number in rows:
        if row.revision == revisions[row.submission_id]:
            found[row.submission_id].append(
                _found(row, number, before.get((row.submission_id, row.revision, row.reviewer_id), ()))
            )
    return found


def _found(row: Assessment, number: int, earlier: Sequence[EarlierAssessment]) -> Found:
    open_again = row.handed_in_at is None and bool(earlier)
    stands = earlier[0] if open_again else row
    told = stands.handed_in_at is not None
    return Found(
        row.id,
        row.letter,
        number,
        row.due_on,
        stands.handed_in_at,
        stands.scores if told else {},
        stands.recommendation if told else "",
        stands.inside if told else "",
        stands.to_author if told else "",
        stands.language if told else "",
        open_again,
        earlier[1:] if open_again else earlier,
    )


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
    """Return the texts that were given to reviewers and wait for a decision, by receipt number (3 queries).

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
    """What a reviewer wrote to the author, and when; the letter is all that is told of who it was."""

    letter: str
    text: str
    language: str
    at: datetime


def words_to_author(submission: Submission) -> Mapping[int, Sequence[ToAuthor]]:
    """Return what the reviewers of each revision wrote to its author, nothing before somebody decided on it (3 queries)."""
    decided = set(
        session.scalars(
            sa.select(ReviewDecision.revision).where(
                ReviewDecision.submission_id == submission.id, ReviewDecision.ground != BY_RULE
            )
        )
    )
    if submission.decided_at is None or submission.look_over:
        decided.discard(submission.revision)
    if not decided:
        return {}
    before = earlier_of([submission.id])
    rows = session.scalars(
        sa.select(Assessment)
        .where(Assessment.submission_id == submission.id, Assessment.revision.in_(decided))
        .order_by(Assessment.revision, Assessment.letter)
    )
    found: defaultdict[int, list[ToAuthor]] = defaultdict(list)
    for row in rows:
        one = _found(row, 0, before.get((row.submission_id, row.revision, row.reviewer_id), ()))
        if one.to_author and one.handed_in_at is not None:
            found[row.revision].append(ToAuthor(one.letter, one.to_author, one.language, one.handed_in_at))
    return found
