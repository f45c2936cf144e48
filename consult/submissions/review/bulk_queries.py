"""Reading decisions on many texts at once: those that are held, what each would do, what became of each text."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import session
from consult.submissions.models import BulkDecision, BulkText, Submission
from consult.submissions.review.bulk_states import BulkState, Outcome
from consult.submissions.states import Decision


@dataclass(frozen=True, slots=True)
class ShownAct:
    """An act in a list: what is decided, on how many texts, how many of them were skipped, and when it takes effect."""

    row: BulkDecision
    texts: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text of an act, and what became of it."""

    number: str
    title: str
    language: str
    outcome: Outcome


def recent_acts(
    consultation: uuid.UUID, *, which: sa.ColumnElement[bool] | None = None, limit: int = 5
) -> Sequence[ShownAct]:
    """Return the acts that are held, and the latest others, newest first (1 query); all, or `which`."""
    skipped = sa.case((BulkText.outcome.in_((Outcome.MOVED, Outcome.REFUSED)), 1), else_=0)
    rows = session.execute(
        sa.select(BulkDecision, sa.func.count(), sa.func.sum(skipped))
        .join(BulkText, BulkText.act_id == BulkDecision.id)
        .where(BulkDecision.consultation_id == consultation, sa.true() if which is None else which)
        .group_by(BulkDecision.id)
        .order_by(
            sa.case((BulkDecision.state == BulkState.HELD, 0), else_=1), BulkDecision.made_at.desc(), BulkDecision.id
        )
        .limit(limit)
    )
    return [ShownAct(row, texts, skipped or 0) for row, texts, skipped in rows]


def act_by_id(consultation: uuid.UUID, act: uuid.UUID) -> BulkDecision | None:
    """Return an act of a consultation."""
    return session.scalars(
        sa.select(BulkDecision).where(BulkDecision.id == act, BulkDecision.consultation_id == consultation)
    ).first()


def texts_of_act(act: uuid.UUID, *, readable: sa.ColumnElement[bool] | None = None) -> Sequence[ShownText]:
    """Return the texts of an act by receipt number, with what became of each (1 query); without a title those not `readable`."""
    title: Any = Submission.title if readable is None else sa.case((readable, Submission.title), else_="")
    rows = session.execute(
        sa.select(Submission.number, title, Submission.language, BulkText.outcome)
        .join(Submission, Submission.id == BulkText.submission_id)
        .where(BulkText.act_id == act)
        .order_by(Submission.number)
    )
    return [ShownText(number, said, language, Outcome(outcome)) for number, said, language, outcome in rows]


def held_until(submission: uuid.UUID) -> tuple[datetime, Decision] | None:
    """Return until when a text is held in an act, and the decision, None where it is in none (1 query)."""
    found = session.execute(
        sa.select(BulkDecision.due_at, BulkDecision.decision)
        .join(BulkText, BulkText.act_id == BulkDecision.id)
        .where(BulkText.submission_id == submission, BulkText.outcome == Outcome.WAITING)
    ).first()
    return None if found is None else (found[0], Decision(found[1]))


def held(submission: object = Submission.id) -> sa.Exists:
    """Return, as part of a query of submissions, that a text is held in an act."""
    return sa.exists().where(BulkText.submission_id == submission, BulkText.outcome == Outcome.WAITING)


def chosen_for_act(consultation: uuid.UUID, chosen: Mapping[str, int]) -> Sequence[tuple[Submission, bool]]:
    """Return the texts with these receipt numbers, and whether each is held already (1 query)."""
    rows = session.execute(
        sa.select(Submission, held())
        .where(Submission.consultation_id == consultation, Submission.number.in_(list(chosen)))
        .order_by(Submission.received_at, Submission.id)
    )
    return [(row, bool(is_held)) for row, is_held in rows]
