"""Reading the answers to one text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.db import prepared, read
from consult.i18n import Localized
from consult.recommendations.models import Clause, Disposition, Recommendation, Version
from consult.recommendations.states import RecommendationState
from consult.submissions.dispositions import DispositionKind
from consult.submissions.models import Passage


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer: `passage` is the passage's number, 0 for the whole text; `replaced_at` is set once it is no longer in force.

    `number`, `titles` and `state` are those of the recommendation it names, if it names one. `gone` tells that its clause is in
    the present version no more.
    """

    passage: int
    kind: DispositionKind
    recommendation: uuid.UUID | None
    number: int | None
    titles: Localized | None
    state: RecommendationState | None
    gone: bool
    clause: str
    reason: str
    language: str
    at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a text: those in force by number of the passage (0 is the whole), and those that were replaced."""

    in_force: dict[int, GivenAnswer]
    replaced: Sequence[GivenAnswer]

    def to(self, passage: int) -> GivenAnswer | None:
        """Return the answer that a passage has: its own, else that to the whole text."""
        return self.in_force.get(passage) or self.in_force.get(0)

    def said_at(self, passage: int, moment: datetime) -> GivenAnswer | None:
        """Return the answer that a passage, or the whole (0), had of its own at a moment, where another has replaced it since."""
        return next(
            (
                one
                for one in self.replaced
                if one.passage == passage and one.at <= moment and one.replaced_at and one.replaced_at > moment
            ),
            None,
        )

    @property
    def newest(self) -> datetime | None:
        """The moment of the newest answer, None where there is none."""
        return max((one.at for one in self.in_force.values()), default=None)


def answers_to(submission: uuid.UUID, revision: int) -> Answers:
    """Return the answers to a text in its present revision, the newest of the replaced ones first (1 query)."""
    given = [_given(row) for row in read(*_answers(submission, revision))]
    return Answers(
        {one.passage: one for one in given if one.replaced_at is None},
        [one for one in given if one.replaced_at is not None],
    )


@prepared
def _answers(submission: uuid.UUID, revision: int) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        sa.func.coalesce(Passage.number, 0).label("passage"),
        Disposition.kind,
        Disposition.recommendation_id,
        Recommendation.number,
        Recommendation.titles,
        Recommendation.state,
        sa.case((clause_gone(), 1), else_=0),
        Disposition.clause,
        Disposition.reason,
        Disposition.language,
        Disposition.at,
        Disposition.replaced_at,
    )
    return (
        sa.select(*columns)
        .outerjoin(Passage, Passage.id == Disposition.passage_id)
        .outerjoin(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .where(
            Disposition.submission_id == submission,
            sa.or_(Disposition.passage_id.is_(None), Passage.revision == revision),
        )
        .order_by(Disposition.at.desc(), Disposition.id.desc())
    )


def _given(row: Any) -> GivenAnswer:
    passage, kind, recommendation, number, titles, state, gone, *rest = row
    known = None if state is None else RecommendationState(state)
    return GivenAnswer(passage, DispositionKind(kind), recommendation, number, titles, known, bool(gone), *rest)


def present_version() -> sa.ColumnElement[bool]:
    """Return the condition that a version is the present one of its recommendation."""
    return sa.and_(Version.recommendation_id == Recommendation.id, Version.number == Recommendation.version)


def clause_gone() -> sa.ColumnElement[bool]:
    """Return, as a condition on answers and the recommendations they name, that the present version has their clause no more."""
    present = sa.select(Version.id).where(present_version()).correlate(Recommendation).scalar_subquery()
    there = (
        sa.exists()
        .where(Clause.version_id == present, Clause.key == Disposition.clause)
        .correlate(Disposition, Recommendation)
    )
    return sa.and_(Disposition.clause != "", sa.not_(there))
