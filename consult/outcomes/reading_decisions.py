"""Reading recommendations and ballots for a document: what was proposed, from which passages, and how it was voted on."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Body
from consult.accounts.queries import names_of_bodies
from consult.ballots.frozen import frozen_rule
from consult.ballots.models import Ballot
from consult.ballots.report import report_of
from consult.ballots.states import BallotState
from consult.consultations.models import Topic
from consult.consultations.names import public_names
from consult.db import session
from consult.outcomes.material import (
    BallotFact,
    PassageFact,
    QuoteFact,
    RecommendationFact,
    ReservationFact,
    ResponseFact,
)
from consult.recommendations.clauses import ClauseText
from consult.recommendations.models import Clause, Recommendation, Source, Version
from consult.recommendations.reservation_models import Reservation
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_models import OfficialResponse, speaks
from consult.recommendations.response_queries import whose
from consult.recommendations.states import DECIDED, RecommendationState
from consult.submissions.authors import public_author
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState
from consult.testimony.models import Quote


def read_ballots(consultation: uuid.UUID) -> tuple[BallotFact, ...]:
    """Return the ballots that were opened, by number (1 query)."""
    rows = session.scalars(
        sa.select(Ballot)
        .where(Ballot.consultation_id == consultation, Ballot.opened_at.is_not(None))
        .order_by(Ballot.number)
    )
    return tuple(_ballot(row) for row in rows)


def _ballot(row: Ballot) -> BallotFact:
    rule = frozen_rule(row)
    return BallotFact(
        id=row.id,
        number=row.number,
        state=BallotState(row.state),
        questions=row.questions,
        recommendation=row.recommendation_id,
        version=row.version,
        session=row.session_id,
        rule_name=rule.name,
        rule_source=rule.source,
        roll_hash=row.roll_hash,
        round=row.round,
        closed_at=row.closed_at,
        report=report_of(row),
        ruling=dict(row.ruling),
    )


def read_recommendations(consultation: uuid.UUID, ballots: Sequence[BallotFact]) -> tuple[RecommendationFact, ...]:
    """Return the recommendations that were proposed, by number (at most 9 queries)."""
    rows = session.execute(
        sa.select(
            Recommendation.id,
            Recommendation.number,
            Recommendation.state,
            Recommendation.authoritative,
            Topic.names.label("topic"),
            Recommendation.version,
            Recommendation.responsible,
            Recommendation.due,
        )
        .outerjoin(Topic, Topic.id == Recommendation.topic_id)
        .where(Recommendation.consultation_id == consultation, Recommendation.state != RecommendationState.DRAFT)
        .order_by(Recommendation.number)
    ).all()
    of_ballots: dict[uuid.UUID, list[BallotFact]] = defaultdict(list)
    for ballot in ballots:
        if ballot.recommendation is not None:
            of_ballots[ballot.recommendation].append(ballot)
    shown = {row.id: _version_shown(row, of_ballots[row.id]) for row in rows}
    versions, clauses = _versions(shown)
    passages, reservations = _passages(shown), _reservations(shown)
    responses, quotes = _responses(shown), _quotes(shown)
    bodies = names_of_bodies({key for row in rows for key in row.responsible})
    return tuple(
        RecommendationFact(
            id=row.id,
            number=row.number,
            state=RecommendationState(row.state),
            titles=versions[row.id].titles,
            authoritative=row.authoritative,
            topic=row.topic,
            version=shown[row.id],
            version_id=versions[row.id].id,
            clauses=tuple(clauses.get(versions[row.id].id, ())),
            responsible=tuple(bodies[key] for key in row.responsible if key in bodies),
            due=row.due,
            passages=tuple(passages.get(row.id, ())),
            reservations=tuple(reservations.get(row.id, ())),
            ballots=tuple(of_ballots[row.id]),
            responses=tuple(responses.get(row.id, ())),
            quotes=tuple(quotes.get(row.id, ())),
        )
        for row in rows
    )


def _version_shown(row: Any, ballots: Sequence[BallotFact]) -> int:
    """Return the version the document prints: of a decided recommendation the one that was voted on."""
    standing = next((ballot for ballot in reversed(ballots) if ballot.counts), None)
    if row.state in DECIDED and standing is not None and standing.version is not None:
        return standing.version
    present: int = row.version
    return present


def _versions(shown: Mapping[uuid.UUID, int]) -> tuple[Mapping[uuid.UUID, Any], Mapping[uuid.UUID, list[ClauseText]]]:
    """Return the version of each recommendation that is printed, and the clauses by version."""
    rows = session.execute(
        sa.select(Version.id, Version.recommendation_id, Version.number, Version.titles).where(
            Version.recommendation_id.in_(shown)
        )
    )
    versions = {row.recommendation_id: row for row in rows if shown[row.recommendation_id] == row.number}
    clauses: dict[uuid.UUID, list[ClauseText]] = defaultdict(list)
    for row in session.execute(
        sa.select(Clause.version_id, Clause.key, Clause.texts, Clause.stale)
        .where(Clause.version_id.in_([version.id for version in versions.values()]))
        .order_by(Clause.version_id, Clause.position)
    ):
        clauses[row.version_id].append(ClauseText(row.key, row.texts, tuple(row.stale)))
    return versions, clauses


def _passages(recommendations: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[PassageFact]]:
    """Return the passages drafted from; a submission that is no longer public is not cited."""
    found: dict[uuid.UUID, list[PassageFact]] = defaultdict(list)
    rows = session.execute(
        sa.select(
            Source.recommendation_id,
            Passage.id,
            Submission.id.label("submission"),
            Submission.number.label("receipt"),
            Passage.number,
            Submission.track,
            Submission.state,
            Submission.author,
            Submission.withheld,
            Body.names,
        )
        .join(Passage, Passage.id == Source.passage_id)
        .join(Submission, Submission.id == Source.submission_id)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(Source.recommendation_id.in_(list(recommendations)), Submission.state == SubmissionState.ACCEPTED)
        .order_by(Submission.number, Passage.number)
    )
    for recommendation, id_, submission, receipt, number, track, state, author, withheld, body in rows:
        by = public_author(state, withheld=withheld, body=body, author=author)
        found[recommendation].append(PassageFact(id_, submission, receipt, number, track, by))
    return found


def _quotes(recommendations: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[QuoteFact]]:
    """Return the quotes drafted from; one that its author took back is not cited."""
    found: dict[uuid.UUID, list[QuoteFact]] = defaultdict(list)
    rows = session.execute(
        sa.select(Source.recommendation_id, Quote.id, Quote.number)
        .join(Quote, Quote.id == Source.quote_id)
        .where(Source.recommendation_id.in_(list(recommendations)), Quote.withdrawn.is_(False))
        .order_by(Quote.number)
    )
    for recommendation, id_, number in rows:
        found[recommendation].append(QuoteFact(id_, number))
    return found


def _reservations(recommendations: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[ReservationFact]]:
    """Return the reservations that stand; one that was withdrawn keeps its number, so that no other gets it."""
    one = Reservation
    rows = session.execute(
        sa.select(one.recommendation_id, one.member_id, one.text, one.language, one.withdrawn_at, Body.names)
        .outerjoin(Body, Body.id == one.body_id)
        .where(one.recommendation_id.in_(list(recommendations)))
        .order_by(one.at, one.id)
    ).all()
    names = public_names({row.member_id for row in rows if row.member_id is not None})
    found: dict[uuid.UUID, list[ReservationFact]] = defaultdict(list)
    numbers: Counter[uuid.UUID] = Counter()
    for row in rows:
        numbers[row.recommendation_id] += 1
        if row.withdrawn_at is None:
            by = row.names or names[row.member_id].official
            fact = ReservationFact(numbers[row.recommendation_id], row.text, row.language, by)
            found[row.recommendation_id].append(fact)
    return found


def _responses(recommendations: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[ResponseFact]]:
    """Return the official responses in force, the oldest first."""
    row, asked = OfficialResponse, aliased(Body)
    columns: tuple[Any, ...] = (row.recommendation_id, Body.names, asked.names)
    columns = (*columns, row.kind, row.text, row.language, row.until)
    rows = session.execute(
        sa.select(*columns)
        .select_from(row)
        .join(Body, Body.id == speaks())
        .outerjoin(asked, sa.and_(asked.id == row.body_id, row.responder_id.is_not(None)))
        .where(
            row.recommendation_id.in_(list(recommendations)), row.published_at.is_not(None), row.replaced_at.is_(None)
        )
        .order_by(row.published_at, row.id)
    )
    found: dict[uuid.UUID, list[ResponseFact]] = defaultdict(list)
    for recommendation, names, instead_of, kind, *said in rows:
        found[recommendation].append(ResponseFact(whose(names, instead_of), RESPONSE_LABELS[kind], *said))
    return found
