"""From codes to answers and recommendations: passages of a theme that have no answer of their own, and what may cite them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.clauses import permitted
from consult.coding.board_queries import QuoteFilter, passages_in_theme
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.answer_conditions import OWN
from consult.recommendations.answers import MOST_AT_ONCE
from consult.recommendations.models import Recommendation
from consult.recommendations.states import WRITABLE
from consult.submissions.keys import text_key


def unanswered_in_theme(
    consultation: uuid.UUID, theme: uuid.UUID | None, wanted: QuoteFilter, actor: Actor
) -> Sequence[str]:
    """Return keys of a theme's passages that a filter asks for and that have no answer of their own, of texts that the actor may answer (1 query).

    At most as many as one act may answer. A key is what the desk of answers takes. Nothing is among them that the list with the same filter would not show.
    """
    query = passages_in_theme(consultation, theme, wanted).where(sa.not_(OWN))
    rows = session.execute(query.where(permitted(actor, "answer.give", consultation)).limit(MOST_AT_ONCE))
    return [text_key(receipt, revision, number) for receipt, number, _, revision in rows]


def recommendations_in_writing(consultation: uuid.UUID) -> Sequence[tuple[int, Localized]]:
    """Return numbers and titles of the recommendations that may still take sources, at most 500 (1 query)."""
    rows = session.execute(
        sa.select(Recommendation.number, Recommendation.titles)
        .where(Recommendation.consultation_id == consultation, Recommendation.state.in_(WRITABLE))
        .order_by(Recommendation.number)
        .limit(500)
    )
    return [(number, titles) for number, titles in rows]
