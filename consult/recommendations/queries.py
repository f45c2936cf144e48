"""Reading recommendations. One page of one recommendation is three queries, whatever it holds."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.clauses import permitted
from consult.consultations.models import Topic
from consult.db import prepared, read, session
from consult.i18n import Localized
from consult.paging import PAGE, Page, numbered_page
from consult.recommendations.clauses import ClauseText
from consult.recommendations.models import Clause, Recommendation, Source, Version
from consult.recommendations.states import VOTABLE, RecommendationState


@dataclass(frozen=True, slots=True)
class ListedRecommendation:
    """A recommendation as a line of a list."""

    id: uuid.UUID
    number: int
    state: RecommendationState
    titles: Localized
    topic: Localized | None
    version: int
    due: date | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRead:
    """A version: `clauses` only where they were asked for."""

    id: uuid.UUID
    number: int
    titles: Localized
    reason: str
    at: datetime
    clauses: tuple[ClauseText, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A recommendation with all its versions, newest first, and the clauses of those that were asked for."""

    id: uuid.UUID
    consultation_id: uuid.UUID
    number: int
    state: RecommendationState
    titles: Localized
    authoritative: str
    topic: Localized | None
    topic_id: uuid.UUID | None
    responsible: tuple[str, ...]
    due: date | None
    version: int
    decided_at: datetime | None
    versions: tuple[VersionRead, ...]

    def at(self, number: int) -> VersionRead | None:
        """Return a version by its number."""
        return next((version for version in self.versions if version.number == number), None)

    @property
    def present(self) -> VersionRead:
        """The current version."""
        return next(version for version in self.versions if version.number == self.version)


def recommendations_page(
    consultation: uuid.UUID,
    *,
    actor: Actor = ANONYMOUS,
    state: RecommendationState | None = None,
    topic: uuid.UUID | None = None,
    below: int | None = None,
    above: int | None = None,
    limit: int = PAGE,
) -> Page[ListedRecommendation]:
    """Return a page of the recommendations that the actor may read (1 query): those with numbers `below` one, or `above` one."""
    query = _listed(consultation, actor, state=state, topic=topic)
    return numbered_page(query, Recommendation.number, _as_listed, below=below, above=above, limit=limit)


_LINE: tuple[Any, ...] = (
    Recommendation.id,
    Recommendation.number,
    Recommendation.state,
    Recommendation.titles,
    Topic.names,
    Recommendation.version,
    Recommendation.due,
    Recommendation.decided_at,
)
_LISTED: sa.Select[Any] = sa.select(*_LINE).outerjoin(Topic, Topic.id == Recommendation.topic_id)


def _as_listed(row: Any) -> ListedRecommendation:
    id_, number, state, *rest = row
    return ListedRecommendation(id_, number, RecommendationState(state), *rest)


def _listed(
    consultation: uuid.UUID, actor: Actor, *, state: RecommendationState | None, topic: uuid.UUID | None
) -> sa.Select[Any]:
    query = _LISTED.where(permitted(actor, "recommendation.read", consultation))
    if state is not None:
        query = query.where(Recommendation.state == state)
    return query if topic is None else query.where(Recommendation.topic_id == topic)


def recommendation_by_number(consultation: uuid.UUID, number: int) -> Recommendation | None:
    """Return a recommendation by the number people see."""
    return session.scalars(
        sa.select(Recommendation).where(Recommendation.consultation_id == consultation, Recommendation.number == number)
    ).first()


def read_dossier(consultation: uuid.UUID, number: int, *, clauses_of: Collection[int] | None = None) -> Dossier | None:
    """Return a recommendation, its versions, and the clauses of the current one or of those named (1 query)."""
    if clauses_of is None:
        rows = read(*_with_present_clauses(consultation, number)).all()
    else:
        rows = read(*_with_clauses(consultation, number, list(clauses_of))).all()
    if not rows:
        return None
    head = rows[0]
    return Dossier(
        id=head.id,
        consultation_id=head.consultation_id,
        number=head.number,
        state=RecommendationState(head.state),
        titles=head.titles,
        authoritative=head.authoritative,
        topic=head.topic_names,
        topic_id=head.topic_id,
        responsible=tuple(head.responsible),
        due=head.due,
        version=head.version,
        decided_at=head.decided_at,
        versions=tuple(_versions(rows)),
    )


_HEAD = (
    Recommendation.id,
    Recommendation.consultation_id,
    Recommendation.number,
    Recommendation.state,
    Recommendation.titles,
    Recommendation.authoritative,
    Recommendation.topic_id,
    Recommendation.responsible,
    Recommendation.due,
    Recommendation.version,
    Recommendation.decided_at,
)
_VERSION = (
    Version.id.label("version_id"),
    Version.number.label("version_number"),
    Version.titles.label("version_titles"),
    Version.reason,
    Version.at,
)
_CLAUSE = (Clause.key, Clause.texts, Clause.stale)


def _dossier(wanted: sa.ColumnElement[bool], consultation: uuid.UUID, number: int) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (*_HEAD, Topic.names.label("topic_names"), *_VERSION, *_CLAUSE)
    return (
        sa.select(*columns)
        .join(Version, Version.recommendation_id == Recommendation.id)
        .outerjoin(Clause, sa.and_(Clause.version_id == Version.id, wanted))
        .outerjoin(Topic, Topic.id == Recommendation.topic_id)
        .where(Recommendation.consultation_id == consultation, Recommendation.number == number)
        .order_by(Version.number.desc(), Clause.position)
    )


@prepared
def _with_present_clauses(consultation: uuid.UUID, number: int) -> sa.Select[Any]:
    return _dossier(Version.number == Recommendation.version, consultation, number)


@prepared
def _with_clauses(consultation: uuid.UUID, number: int, versions: Sequence[int]) -> sa.Select[Any]:
    return _dossier(Version.number.in_(versions), consultation, number)


def _versions(rows: Iterable[Any]) -> Iterator[VersionRead]:
    """Put the rows of each version together; they come in order, one for each clause."""
    for _, group in groupby(rows, key=attrgetter("version_id")):
        of_version = list(group)
        head = of_version[0]
        yield VersionRead(
            head.version_id,
            head.version_number,
            head.version_titles,
            head.reason,
            head.at,
            tuple(ClauseText(row.key, row.texts, tuple(row.stale)) for row in of_version if row.key is not None),
        )


def listed_recommendation(recommendation: uuid.UUID) -> ListedRecommendation:
    """Return one recommendation as a line of a list (1 query)."""
    return _as_listed(session.execute(_LISTED.where(Recommendation.id == recommendation)).one())


def proposed_recommendations(consultation: uuid.UUID) -> Mapping[int, Localized]:
    """Return the titles of what was proposed, whatever became of it, by number (1 query)."""
    rows = session.execute(
        sa.select(Recommendation.number, Recommendation.titles)
        .where(Recommendation.consultation_id == consultation, Recommendation.state != RecommendationState.DRAFT)
        .order_by(Recommendation.number)
    )
    return dict(rows.all())


def votable_recommendations(consultation: uuid.UUID) -> Sequence[ListedRecommendation]:
    """Return the recommendations on which a ballot can be prepared, newest number first, at most 200 (1 query)."""
    query = _LISTED.where(Recommendation.consultation_id == consultation, Recommendation.state.in_(VOTABLE))
    return [_as_listed(row) for row in session.execute(query.order_by(Recommendation.number.desc()).limit(200))]


def passages_cited(recommendation: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the passages that are already sources."""
    cited = sa.select(Source.passage_id).where(Source.recommendation_id == recommendation)
    return frozenset(one for one in session.scalars(cited) if one is not None)


def recommendations_citing(submission: uuid.UUID, *, drafts: bool = False) -> Sequence[ListedRecommendation]:
    """Return the proposed recommendations that a submission is a source of, with `drafts` those too (1 query): what became of a text."""
    cited = sa.select(Source.recommendation_id).where(Source.submission_id == submission)
    query = _LISTED.where(Recommendation.id.in_(cited))
    if not drafts:
        query = query.where(Recommendation.state != RecommendationState.DRAFT)
    return [_as_listed(row) for row in session.execute(query.order_by(Recommendation.number))]


def recommendations_quoting(quotes: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[ListedRecommendation]]:
    """Return the proposed recommendations that draw on each of these quotes, by number (1 query)."""
    query = (
        _LISTED.add_columns(Source.quote_id)
        .join(Source, Source.recommendation_id == Recommendation.id)
        .where(Source.quote_id.in_(list(quotes)), Recommendation.state != RecommendationState.DRAFT)
        .order_by(Recommendation.number)
    )
    found: dict[uuid.UUID, list[ListedRecommendation]] = {}
    for *line, quote in session.execute(query):
        found.setdefault(quote, []).append(_as_listed(line))
    return found
