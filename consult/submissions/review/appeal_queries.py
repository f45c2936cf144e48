"""Reading appeals: what an author may still do, what waits for whom, and what the public is told, which is numbers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.clauses import clause, permitted
from consult.db import as_id, session
from consult.paging import PAGE, Page
from consult.submissions.belonging import office_of, own_texts
from consult.submissions.models import Appeal, ReviewDecision, Submission
from consult.submissions.states import AFTER_DECISION, APPEALABLE, AppealState, Decision

#: The shares of cases within which the published times lie.
HALF, NINETY = Fraction(1, 2), Fraction(9, 10)


@dataclass(frozen=True, slots=True)
class AppealCase:
    """An appeal as its policy sees it: whose text it is about, and everybody who decided on that text before, or entered it from paper.

    `office` is body and track of a text that its body signed off, which is that body's too; None of every other.
    """

    appeal: uuid.UUID
    consultation: uuid.UUID
    author: uuid.UUID | None
    moderators: frozenset[uuid.UUID]
    submission: uuid.UUID
    office: tuple[uuid.UUID, str] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an author stands to the latest decision on their text: until when they may appeal, and their appeal if there is one."""

    decision: uuid.UUID
    until: datetime | None
    appeal: Appeal | None
    state: str

    @property
    def may_appeal(self) -> bool:
        """Tell whether an appeal can be made now."""
        return self.appeal is None and self.until is not None and clock.now() < self.until


def standing_of(row: Submission) -> Standing | None:
    """Return how the author stands to the latest decision; None where it takes nothing from the public (1 query)."""
    found = session.execute(
        sa.select(ReviewDecision, Appeal)
        .outerjoin(Appeal, Appeal.decision_id == ReviewDecision.id)
        .where(ReviewDecision.submission_id == row.id)
        .order_by(ReviewDecision.at.desc(), ReviewDecision.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    decision, appeal = found
    taken = Decision(decision.decision)
    if taken not in APPEALABLE or row.state != AFTER_DECISION[taken]:
        return None
    return Standing(decision.id, decision.appeal_until, appeal, row.state)


def standings_of(rows: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[datetime | None, str]]:
    """Return until when the latest decision on each text may be appealed, and how its appeal stands, "" for none (1 query)."""
    found = session.execute(
        sa.select(ReviewDecision.submission_id, ReviewDecision.appeal_until, sa.func.coalesce(Appeal.state, ""))
        .outerjoin(Appeal, Appeal.decision_id == ReviewDecision.id)
        .where(ReviewDecision.submission_id.in_(rows))
        .order_by(ReviewDecision.at, ReviewDecision.id)
    )
    return {submission: (until, state) for submission, until, state in found}


@dataclass(frozen=True, slots=True)
class AnsweredAppeal:
    """What somebody answered to an author's appeal, about which revision, and when."""

    revision: int
    ground: str
    answer: str
    at: datetime


def answered_appeals(submission: uuid.UUID) -> Sequence[AnsweredAppeal]:
    """Return the appeals of an author that were decided with words for them, the first decided first (1 query)."""
    rows = session.execute(
        sa.select(ReviewDecision.revision, Appeal.ground, Appeal.answer, Appeal.decided_at)
        .join(ReviewDecision, ReviewDecision.id == Appeal.decision_id)
        .where(Appeal.submission_id == submission, Appeal.answer != "", Appeal.decided_at.is_not(None))
        .order_by(Appeal.decided_at)
    )
    return [AnsweredAppeal(revision, ground, answer, at) for revision, ground, answer, at in rows if at is not None]


def case_of(appeal: Appeal) -> AppealCase:
    """Return what the policy of an appeal asks about (2 queries)."""
    text = session.get_one(Submission, appeal.submission_id)
    who = session.scalars(
        sa.select(ReviewDecision.decided_by).where(ReviewDecision.submission_id == appeal.submission_id)
    )
    entered = {uuid.UUID(one) for one in text.hands.split(",") if one}
    moderators = frozenset(one for one in who if one is not None) | entered
    return AppealCase(
        appeal.id, appeal.consultation_id, text.member_id, moderators, appeal.submission_id, office_of(text)
    )


@dataclass(frozen=True, slots=True)
class WaitingAppeal:
    """An appeal in the list of those who may decide it."""

    id: uuid.UUID
    number: str
    title: str
    language: str
    track: str
    decision: Decision
    ground: str
    made_at: datetime
    due_at: datetime


def appeals_for(actor: Actor, consultation: uuid.UUID, *, after: str = "") -> Page[WaitingAppeal]:
    """Return a page of the open appeals that this actor may decide, the most urgent first (1 query)."""
    query = (
        sa.select(
            Appeal.id,
            Submission.number,
            Submission.title,
            Submission.language,
            Submission.track,
            ReviewDecision.decision,
            ReviewDecision.ground,
            Appeal.made_at,
            Appeal.due_at,
        )
        .join(Submission, Submission.id == Appeal.submission_id)
        .join(ReviewDecision, ReviewDecision.id == Appeal.decision_id)
        .where(Appeal.state == AppealState.OPEN, permitted(actor, "appeal.decide", consultation))
        .order_by(Appeal.due_at, Appeal.id)
        .limit(PAGE + 1)
    )
    if after:
        edge = as_id(after)
        due = sa.select(Appeal.due_at).where(Appeal.id == edge).scalar_subquery()
        query = query.where(sa.tuple_(Appeal.due_at, Appeal.id) > sa.tuple_(due, sa.literal(edge, sa.Uuid())))
    rows = [WaitingAppeal(*row[:5], Decision(row[5]), *row[6:]) for row in session.execute(query)]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=str(rows[-1].id) if more else None)


def count_appeals_for(actor: Actor, consultation: uuid.UUID) -> int:
    """Return how many open appeals this actor may decide (1 query)."""
    query = (
        sa.select(sa.func.count())
        .select_from(Appeal)
        .join(Submission, Submission.id == Appeal.submission_id)
        .where(Appeal.state == AppealState.OPEN, permitted(actor, "appeal.decide", consultation))
    )
    return session.execute(query).scalar_one()


@clause("appeal.decide", Appeal)
def decidable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `appeal.decide` as a condition on the appeals of a consultation: what it says of one, for a list of them."""
    if actor.person is None or not actor.staff(consultation):
        return sa.false()
    own = sa.exists().where(Submission.id == Appeal.submission_id, own_texts(actor, consultation))
    decided = sa.exists().where(
        ReviewDecision.submission_id == Appeal.submission_id, ReviewDecision.decided_by == actor.person
    )
    entered = sa.exists().where(Submission.id == Appeal.submission_id, Submission.hands.contains(str(actor.person)))
    kept_away = Appeal.submission_id.in_(actor.recused)
    not_theirs = (one.correlate(Appeal) for one in (own, decided, entered))
    return sa.not_(sa.or_(*not_theirs, kept_away))


def appeal_by_id(consultation: uuid.UUID, appeal: uuid.UUID) -> Appeal | None:
    """Return an appeal of a consultation."""
    return session.scalars(sa.select(Appeal).where(Appeal.id == appeal, Appeal.consultation_id == consultation)).first()


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took, in days: half of the cases at most `median`, nine in ten at most `ninety`; `cases` is how many.

    None where their number would tell what is hidden beside it.
    """

    cases: int | None
    median: float
    ninety: float


def decision_times(consultation: uuid.UUID) -> Times | None:
    """Return how long texts waited to be read, None where none was (3 queries)."""
    return times_of(ReviewDecision.waited, ReviewDecision.consultation_id == consultation)


def times_of(seconds: Any, of: sa.ColumnElement[bool]) -> Times | None:
    """Return how long it took where a condition holds, `seconds` being a column; None where there is no case (3 queries)."""
    cases = session.execute(sa.select(sa.func.count(seconds)).where(of)).scalar_one()
    if not cases:
        return None
    half, ninety = (_rank(seconds, of, cases, share) for share in (HALF, NINETY))
    return Times(cases, in_days(half), in_days(ninety))


def _rank(seconds: Any, of: sa.ColumnElement[bool], cases: int, share: Fraction) -> int:
    """Return a percentile by nearest rank, in seconds: the smallest value that at least this share of the cases do not exceed."""
    query = sa.select(seconds).where(of, seconds.is_not(None)).order_by(seconds)
    return int(session.execute(query.offset(place_of(share, cases)).limit(1)).scalar_one())


def place_of(share: Fraction, cases: int) -> int:
    """Return at which place, counted from 0, of so many ordered cases their nearest rank stands."""
    return ceil(share * cases) - 1


def in_days(seconds: int) -> float:
    """Return seconds as days."""
    return seconds / 86_400
