"""Reading what waits for review, and the public register of decisions."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.db import as_id, session
from consult.i18n import Localized
from consult.paging import COUNTED, PAGE, Page
from consult.submissions.edges import edge_at
from consult.submissions.models import ReviewDecision, Revision, Submission
from consult.submissions.review.bulk_queries import held
from consult.submissions.states import REGISTERED, Decision, SubmissionState, told_in_public

#: Which submissions, as a policy says it (`consult.submissions.policies.in_queue`); None for all.
Which = sa.ColumnElement[bool] | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that waits for review; `since` is when its current revision was handed in."""

    number: str
    title: str
    language: str
    track: str
    revision: int
    since: datetime
    author: str
    withheld: bool
    body: Localized | None


def latest_decision_on(submission: uuid.UUID) -> ReviewDecision | None:
    """Return the latest decision on a submission (1 query)."""
    query = sa.select(ReviewDecision).where(ReviewDecision.submission_id == submission)
    return session.scalars(query.order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc()).limit(1)).first()


def review_queue(
    consultation: uuid.UUID,
    *,
    which: Which = None,
    track: str = "",
    language: str = "",
    after: str = "",
    limit: int = PAGE,
    look_over: bool = False,
) -> Page[Waiting]:
    """Return submissions that wait for review, the oldest first, from after a receipt number on (1 query); all, or `which`.

    With `look_over`, those that were published at once and wait to be looked over.
    """
    query = (
        sa.select(
            Submission.number,
            Submission.title,
            Submission.language,
            Submission.track,
            Submission.revision,
            Revision.at,
            Submission.author,
            Submission.withheld,
            Body.names,
        )
        .join(Revision, sa.and_(Revision.submission_id == Submission.id, Revision.number == Submission.revision))
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(Submission.consultation_id == consultation, waits(look_over=look_over))
        .order_by(Submission.received_at, Submission.id)
        .limit(limit + 1)
    )
    if which is not None:
        query = query.where(which)
    if track:
        query = query.where(Submission.track == track)
    if language:
        query = query.where(Submission.language == language)
    if after:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > edge_at(consultation, after))
    rows = [Waiting(*row) for row in session.execute(query)]
    more, rows = len(rows) > limit, rows[:limit]
    return Page(rows, older=rows[-1].number if more else None)


def waits(*, look_over: bool) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, what waits for somebody: nobody decided on it, and it is not held in a decision on many."""
    unread = Submission.look_over.is_(True) if look_over else Submission.state == SubmissionState.RECEIVED
    return sa.and_(unread, sa.not_(held()))


def count_waiting(consultation: uuid.UUID, which: Which = None, *, look_over: bool = False) -> Mapping[str, int]:
    """Return how many submissions wait for review in each track, at most COUNTED + 1 in all (1 query); all, or `which`."""
    waiting = (
        sa.select(Submission.track)
        .where(
            Submission.consultation_id == consultation,
            waits(look_over=look_over),
            sa.true() if which is None else which,
        )
        .limit(COUNTED + 1)
        .subquery()
    )
    rows = session.execute(sa.select(waiting.c.track, sa.func.count()).group_by(waiting.c.track))
    return dict(rows.all())


def waiting_languages(consultation: uuid.UUID, which: Which = None, *, look_over: bool = False) -> Sequence[str]:
    """Return the languages of the submissions that wait for review (1 query); all, or `which`."""
    waiting = (Submission.consultation_id == consultation, waits(look_over=look_over))
    query = sa.select(Submission.language).where(*waiting, sa.true() if which is None else which).distinct()
    return sorted(session.scalars(query))


@dataclass(frozen=True, slots=True)
class RegisteredDecision:
    """A decision as the public register shows it: neither who decided, nor whose text it was, nor what it said."""

    at: datetime
    number: str
    track: str
    revision: int
    decision: Decision
    ground: str
    key: str


def registered_decisions(consultation: uuid.UUID, *, before: str = "") -> Page[RegisteredDecision]:
    """Return a page of the decisions that kept a text from the public or gave it back, newest first (1 query)."""
    query = (
        sa.select(
            ReviewDecision.at,
            Submission.number,
            Submission.track,
            ReviewDecision.revision,
            ReviewDecision.decision,
            ReviewDecision.ground,
            ReviewDecision.id,
        )
        .join(Submission, Submission.id == ReviewDecision.submission_id)
        .where(ReviewDecision.consultation_id == consultation, ReviewDecision.decision.in_(REGISTERED))
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        edge = sa.select(ReviewDecision.at, ReviewDecision.id).where(ReviewDecision.id == as_id(before)).subquery()
        query = query.where(
            sa.tuple_(ReviewDecision.at, ReviewDecision.id)
            < sa.tuple_(sa.select(edge.c.at).scalar_subquery(), sa.select(edge.c.id).scalar_subquery())
        )
    rows = [
        RegisteredDecision(*row[:4], *told_in_public(Decision(row[4]), row[5]), str(row[6]))
        for row in session.execute(query)
    ]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=rows[-1].key if more else None)


def count_decisions(consultation: uuid.UUID) -> Sequence[tuple[Decision, str, int]]:
    """Return how often each of those decisions was taken on each ground, as the register tells them (1 query)."""
    rows = session.execute(
        sa.select(ReviewDecision.decision, ReviewDecision.ground, sa.func.count())
        .where(ReviewDecision.consultation_id == consultation, ReviewDecision.decision.in_(REGISTERED))
        .group_by(ReviewDecision.decision, ReviewDecision.ground)
    )
    found: Counter[tuple[Decision, str]] = Counter()
    for decision, ground, count in rows:
        found[told_in_public(Decision(decision), ground)] += count
    return [(decision, ground, count) for (decision, ground), count in sorted(found.items())]
