"""What the desk of answers offers: what an answer can name, which texts are answered together, which answers to look at again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.clauses import permitted
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.answer_conditions import of_campaign, unanswered
from consult.recommendations.answer_lists import MOST_PROPOSED
from consult.recommendations.answer_queries import clause_gone, present_version
from consult.recommendations.models import Clause, Disposition, Recommendation, Version
from consult.recommendations.states import RecommendationState
from consult.submissions.dispositions import DispositionKind
from consult.submissions.keys import text_key
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class Answerable:
    """The texts of a confirmed campaign that can be answered together: keys of the next lot, and how many there are in all."""

    keys: Sequence[str]
    total: int


def answerable(consultation: uuid.UUID, campaign: uuid.UUID, actor: Actor) -> Answerable:
    """Return the texts of a campaign without an answer that the actor may answer, the oldest first (2 queries)."""
    query = unanswered(consultation).where(of_campaign(campaign), permitted(actor, "answer.give", consultation))
    lot = query.with_only_columns(Submission.number, Submission.revision)
    rows = session.execute(lot.order_by(Submission.received_at, Submission.id).limit(MOST_PROPOSED))
    keys = [text_key(receipt, revision) for receipt, revision in rows]
    total = session.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    return Answerable(keys, total)


@dataclass(frozen=True, slots=True)
class Offered:
    """What an answer can name: a recommendation, or with `clause` and its words one clause of its present version."""

    number: int
    titles: Localized
    clause: str = ""
    texts: Localized = Localized()


def what_answers_name(consultation: uuid.UUID) -> Sequence[Offered]:
    """Return the recommendations that everybody reads, each before its clauses, by number, at most 500 of them (1 query)."""
    some = (
        sa.select(Recommendation.id)
        .where(Recommendation.consultation_id == consultation, Recommendation.state != RecommendationState.DRAFT)
        .order_by(Recommendation.number)
        .limit(500)
    )
    rows = session.execute(
        sa.select(Recommendation.number, Recommendation.titles, Clause.key, Clause.texts)
        .outerjoin(Version, present_version())
        .outerjoin(Clause, Clause.version_id == Version.id)
        .where(Recommendation.id.in_(some))
        .order_by(Recommendation.number, Clause.position)
    )
    found: list[Offered] = []
    for number, titles, key, texts in rows:
        if not found or found[-1].number != number:
            found.append(Offered(number, titles))
        if key is not None:
            found.append(Offered(number, titles, key, texts))
    return found


#: Answers that say that a recommendation takes something up.
_TAKEN = (DispositionKind.TAKEN_UP, DispositionKind.PARTLY)


@dataclass(frozen=True, slots=True)
class DoubtfulAnswer:
    """An answer that no longer holds as it stands; `gone` where its clause is in the present version no more, else its
    recommendation was rejected. `passage` is the passage's number, 0 for the whole text."""

    receipt: str
    revision: int
    passage: int
    title: str
    language: str
    number: int
    titles: Localized
    clause: str
    gone: bool

    @property
    def key(self) -> str:
        """How forms name what it answers."""
        return text_key(self.receipt, self.revision, self.passage)


def _doubtful(consultation: uuid.UUID, *columns: Any) -> sa.Select[Any]:
    gone = clause_gone()
    rejected = sa.and_(Recommendation.state == RecommendationState.REJECTED, Disposition.kind.in_(_TAKEN))
    return (
        sa.select(*columns, sa.case((gone, 1), else_=0))
        .select_from(Disposition)
        .join(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .join(Submission, Submission.id == Disposition.submission_id)
        .outerjoin(Passage, Passage.id == Disposition.passage_id)
        .where(
            Disposition.consultation_id == consultation,
            Disposition.replaced_at.is_(None),
            Submission.state == SubmissionState.ACCEPTED,
            sa.or_(Disposition.passage_id.is_(None), Passage.revision == Submission.revision),
            sa.or_(gone, rejected),
        )
    )


def doubtful_answers(consultation: uuid.UUID, *, limit: int = MOST_PROPOSED) -> Sequence[DoubtfulAnswer]:
    """Return the answers whose clause is gone or whose recommendation was rejected, by recommendation and text (1 query)."""
    place = sa.func.coalesce(Passage.number, 0)
    columns: tuple[Any, ...] = (
        Submission.number,
        Submission.revision,
        place,
        Submission.title,
        Submission.language,
    )
    query = _doubtful(consultation, *columns, Recommendation.number, Recommendation.titles, Disposition.clause)
    rows = session.execute(query.order_by(Recommendation.number, Submission.number, place).limit(limit))
    found: list[Any] = [list(row) for row in rows]
    return [DoubtfulAnswer(*[*named, bool(gone)]) for *named, gone in found]


def count_doubtful(consultation: uuid.UUID) -> int:
    """Count them (1 query)."""
    return session.execute(sa.select(sa.func.count()).select_from(_doubtful(consultation).subquery())).scalar_one()
