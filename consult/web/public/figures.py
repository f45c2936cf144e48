"""The consultation in figures, as everybody sees them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member, Seat, Topic
from consult.db import session
from consult.i18n import Localized
from consult.outcomes.models import Edition
from consult.recommendations.models import Recommendation
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.states import PUBLIC_STATES
from consult.web.kept import Kept, counted


@dataclass(frozen=True, slots=True)
class TopicFigure:
    """A topic and how many published submissions are about it."""

    slug: str
    names: Localized
    submissions: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, by track or state; bodies are those that take part under their own name."""

    seats: Mapping[str, int]
    bodies: Mapping[str, int]
    submissions: Mapping[str, int]
    recommendations: Mapping[str, int]
    edition: int
    topics: Sequence[TopicFigure]


def figures_of(consultation: uuid.UUID) -> Kept[Figures]:
    """Return what a consultation's page and its organisers' desk show (2 queries where it has to be counted)."""
    return counted(("figures", consultation), lambda: _count(consultation), lambda it: sum(it.submissions.values()))


def _count(consultation: uuid.UUID) -> Figures:
    counts: dict[str, dict[str, int]] = {}
    for what, key, number in session.execute(_counts(consultation)):
        counts.setdefault(what, {})[key] = number
    topics = session.execute(
        sa.select(Topic.scheme, Topic.code, Topic.names, sa.func.count(Submission.id))
        .select_from(Topic)
        .outerjoin(SubmissionTopic, SubmissionTopic.topic_id == Topic.id)
        .outerjoin(
            Submission, sa.and_(Submission.id == SubmissionTopic.submission_id, Submission.state.in_(PUBLIC_STATES))
        )
        .where(Topic.consultation_id == consultation)
        .group_by(Topic.id)
        .order_by(Topic.position)
    )
    return Figures(
        seats=counts.get("seats", {}),
        bodies=counts.get("bodies", {}),
        submissions=counts.get("submissions", {}),
        recommendations=counts.get("recommendations", {}),
        edition=counts.get("edition", {}).get("", 0),
        topics=[TopicFigure(f"{scheme}-{code}", names, number) for scheme, code, names, number in topics],
    )


def _counts(consultation: uuid.UUID) -> sa.CompoundSelect[Any]:
    """Return every count but that of topics as one statement: what, by what, how many."""

    def by(what: str, key: Any, number: Any, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return sa.select(sa.literal(what), key, number).where(*where).group_by(key)

    everything = sa.func.count()
    return sa.union_all(
        by("seats", Seat.track, everything, Seat.consultation_id == consultation),
        by(
            "bodies",
            Member.track,
            sa.func.count(Member.body_id.distinct()),
            Member.consultation_id == consultation,
            takes_part(Member, clock.now()),
        ),
        by(
            "submissions",
            Submission.track,
            everything,
            Submission.consultation_id == consultation,
            Submission.state.in_(PUBLIC_STATES),
        ),
        by("recommendations", Recommendation.state, everything, Recommendation.consultation_id == consultation),
        sa.select(sa.literal("edition"), sa.literal(""), sa.func.coalesce(sa.func.max(Edition.number), 0)).where(
            Edition.consultation_id == consultation
        ),
    )
