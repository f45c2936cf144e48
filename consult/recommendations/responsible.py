"""Which recommendations a body answers for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from consult.db import session
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.states import RecommendationState


@dataclass(frozen=True, slots=True)
class Answerable:
    """A recommendation that bodies are to carry out, until when, and the codes of all it names."""

    number: int
    titles: Localized
    state: str
    due: date | None
    named: Sequence[str]


def recommendations_for(consultation: uuid.UUID, bodies: Collection[str]) -> Sequence[Answerable]:
    """Return the recommendations that name one of these bodies (by code) as responsible, drafts left out (1 query)."""
    named = [sa.cast(Recommendation.responsible, sa.Text()).contains(f'"{key}"', autoescape=True) for key in bodies]
    rows = session.execute(
        sa.select(
            Recommendation.number,
            Recommendation.titles,
            Recommendation.state,
            Recommendation.due,
            Recommendation.responsible,
        )
        .where(
            Recommendation.consultation_id == consultation,
            Recommendation.state != RecommendationState.DRAFT,
            sa.or_(*named),
        )
        .order_by(Recommendation.number)
    )
    return [Answerable(*row) for row in rows]
