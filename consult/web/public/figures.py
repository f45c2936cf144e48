"""The consultation in figures: counted from the tables, kept until something happens.

Counting a hundred thousand submissions takes longer than the rest of the page. So figures are kept with the number of
the newest event: while it is the same, nothing can have changed. Where counting took long and things happen all the
time, figures may be a minute old, and the page says when they were counted.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Member, Seat, Topic
from consult.db import session
from consult.events.stream import current_seq
from consult.i18n import Localized
from consult.outcomes.models import Edition
from consult.recommendations.models import Recommendation
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.states import PUBLIC_STATES

#: Counting that took longer than this many seconds is not done again at every event.
COSTLY_SECONDS = 0.02
KEPT_FOR = timedelta(minutes=1)
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class TopicFigure:
    """A topic and how many published submissions are about it."""

    slug: str
    names: Localized
    submissions: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, by track or state, and when."""

    seats: Mapping[str, int]
    bodies: Mapping[str, int]
    submissions: Mapping[str, int]
    recommendations: Mapping[str, int]
    edition: int
    topics: Sequence[TopicFigure]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    costly: bool
    figures: Figures


_kept: dict[uuid.UUID, _Kept] = {}


def figures(consultation: uuid.UUID) -> Figures:
    """Return the figures of a consultation (1 query, and 2 more where they have to be counted)."""
    seq, kept = current_seq(consultation), _kept.get(consultation)
    if kept is not None and (kept.seq == seq or (kept.costly and clock.now() - kept.figures.at < KEPT_FOR)):
        return kept.figures
    begun = time.perf_counter()
    counted = _count(consultation)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[consultation] = _Kept(seq, time.perf_counter() - begun > COSTLY_SECONDS, counted)
    return counted


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
        at=clock.now(),
    )


def _counts(consultation: uuid.UUID) -> sa.CompoundSelect[Any]:
    """Return every count but that of topics as one statement: what, by what, how many."""

    def counted(what: str, key: Any, number: Any, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return sa.select(sa.literal(what), key, number).where(*where).group_by(key)

    everything = sa.func.count()
    return sa.union_all(
        counted("seats", Seat.track, everything, Seat.consultation_id == consultation),
        counted(
            "bodies",
            Member.track,
            sa.func.count(Member.body_id.distinct()),
            Member.consultation_id == consultation,
            Member.ended_at.is_(None),
        ),
        counted(
            "submissions",
            Submission.track,
            everything,
            Submission.consultation_id == consultation,
            Submission.state.in_(PUBLIC_STATES),
        ),
        counted("recommendations", Recommendation.state, everything, Recommendation.consultation_id == consultation),
        sa.select(sa.literal("edition"), sa.literal(""), sa.func.coalesce(sa.func.max(Edition.number), 0)).where(
            Edition.consultation_id == consultation
        ),
    )
