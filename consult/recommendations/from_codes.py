"""From codes to answers and recommendations: passages with a code that have no answer of their own, and what may cite them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult.coding.models import Code, CodedText, FinalCoding
from consult.coding.queries import LIVE
from consult.coding.settling import COUNTS_FOR
from consult.coding.states import TextState
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.answers import MOST_AT_ONCE
from consult.recommendations.models import Disposition, Recommendation
from consult.recommendations.states import WRITABLE
from consult.submissions.models import Passage, Submission


def unanswered_with_code(consultation: uuid.UUID, codes: Sequence[uuid.UUID]) -> Sequence[str]:
    """Return keys of passages with one of these codes and no answer of their own, as many as one act may answer (1 query).

    A key is the receipt number and the passage's number after a point, as the desk of answers takes them.
    """
    own = sa.exists().where(Disposition.passage_id == Passage.id, Disposition.replaced_at.is_(None))
    rows = session.execute(
        sa.select(Submission.number, Passage.number)
        .select_from(FinalCoding)
        .join(CodedText, CodedText.id == FinalCoding.text_id)
        .join(Submission, Submission.id == CodedText.submission_id)
        .join(Passage, Passage.id == FinalCoding.passage_id)
        .join(Code, Code.id == FinalCoding.code_id)
        .where(
            CodedText.consultation_id == consultation,
            CodedText.state == TextState.SETTLED,
            LIVE,
            COUNTS_FOR.in_(codes),
            sa.not_(own),
        )
        .distinct()
        .order_by(Submission.number, Passage.number)
        .limit(MOST_AT_ONCE)
    )
    return [f"{receipt}.{number}" for receipt, number in rows]


def recommendations_in_writing(consultation: uuid.UUID) -> Sequence[tuple[int, Localized]]:
    """Return numbers and titles of the recommendations that may still take sources, at most 500 (1 query)."""
    rows = session.execute(
        sa.select(Recommendation.number, Recommendation.titles)
        .where(Recommendation.consultation_id == consultation, Recommendation.state.in_(WRITABLE))
        .order_by(Recommendation.number)
        .limit(500)
    )
    return [(number, titles) for number, titles in rows]
