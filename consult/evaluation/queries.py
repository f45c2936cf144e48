"""Reading evaluations: the draft of one person, and what was published with its answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.db import session
from consult.evaluation.models import Evaluation, EvaluationAnswer, EvaluationDraft
from consult.i18n import Localized


@dataclass(frozen=True, slots=True)
class PublishedEvaluation:
    """An evaluation as everybody reads it; `by` is the name it was published under, "" for none; `answer` the organisers'."""

    number: int
    by: str
    texts: Localized
    at: datetime
    answer: Localized | None
    answered_at: datetime | None


def draft_of(consultation: uuid.UUID, person: uuid.UUID | None) -> EvaluationDraft | None:
    """Return what somebody is writing of a consultation (1 query)."""
    return None if person is None else session.get(EvaluationDraft, (consultation, person))


def evaluation_by_number(consultation: uuid.UUID, number: int) -> Evaluation | None:
    """Return a published evaluation (1 query)."""
    here = (Evaluation.consultation_id == consultation, Evaluation.number == number)
    return session.scalars(sa.select(Evaluation).where(*here)).first()


def published_evaluations(consultation: uuid.UUID) -> Sequence[PublishedEvaluation]:
    """Return the evaluations of a consultation with their answers, the newest first (1 query)."""
    rows = session.execute(
        sa.select(
            Evaluation.number,
            sa.case((Evaluation.signed, Person.name), else_=""),
            Evaluation.texts,
            Evaluation.published_at,
            EvaluationAnswer.texts,
            EvaluationAnswer.answered_at,
        )
        .join(Person, Person.id == Evaluation.written_by)
        .outerjoin(EvaluationAnswer, EvaluationAnswer.evaluation_id == Evaluation.id)
        .where(Evaluation.consultation_id == consultation)
        .order_by(Evaluation.number.desc())
    )
    return [PublishedEvaluation(*row) for row in rows]
