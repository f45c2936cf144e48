"""Reading the material of a document: a fixed number of queries, whatever a consultation holds."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member, Topic
from consult.db import session
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.outcomes.material import (
    BodyFact,
    FloorFact,
    ItemFact,
    Material,
    OpeningFact,
    PhaseFact,
    RemarkFact,
    SessionFact,
    TakingPart,
    TopicFact,
    TrackFact,
    WritingFact,
)
from consult.outcomes.reading_decisions import read_ballots, read_recommendations
from consult.recommendations.models import Recommendation
from consult.runtime import runtime
from consult.sessions.minutes import WRITTEN
from consult.sessions.models import AgendaItem, MinutesEntry, Session, Speech
from consult.sessions.states import KIND_LABELS, SessionKind, SessionState
from consult.submissions.models import Submission, SubmissionTopic
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import track_label


def read_material(consultation: Consultation) -> Material:
    """Return what the documents of a consultation are made of (18 queries and those of the plugins' sections)."""
    enabled = consultation.enabled_tracks()
    ballots = read_ballots(consultation.id)
    return Material(
        consultation_id=consultation.id,
        slug=consultation.slug,
        names=consultation.names,
        titles=consultation.titles,
        summaries=consultation.summaries,
        timezone=consultation.timezone,
        public=consultation.public,
        phases=tuple(PhaseFact(p.names, p.opens_at, p.closes_at, frozenset(p.rights)) for p in consultation.phases),
        tracks=tuple(TrackFact(t.key, track_label(t.key), t.seats) for t in consultation.tracks if t.enabled),
        topics=_topics(consultation.id),
        writing=_writing(consultation.id),
        recommendations=read_recommendations(consultation.id, ballots),
        ballots=ballots,
        sessions=_sessions(consultation.id),
        taking_part=_taking_part(consultation.id),
        sections=tuple(runtime().hooks.scoped(enabled).report_sections(consultation)),
    )


def _topics(consultation: uuid.UUID) -> tuple[TopicFact, ...]:
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    rows = session.execute(
        sa.select(SubmissionTopic.topic_id, Submission.track, sa.func.count())
        .join(Submission, Submission.id == SubmissionTopic.submission_id)
        .where(Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
        .group_by(SubmissionTopic.topic_id, Submission.track)
    )
    for topic, track, count in rows:
        counts[topic][track] = count
    topics = session.execute(
        sa.select(Topic.id, Topic.names).where(Topic.consultation_id == consultation).order_by(Topic.position)
    )
    return tuple(TopicFact(names, counts.get(id_, {})) for id_, names in topics)


def _writing(consultation: uuid.UUID) -> WritingFact:
    tracks: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    hidden = 0
    rows = session.execute(
        sa.select(Submission.state, Submission.track, Submission.language, sa.func.count())
        .where(
            Submission.consultation_id == consultation,
            Submission.state.in_((SubmissionState.ACCEPTED, SubmissionState.HIDDEN)),
        )
        .group_by(Submission.state, Submission.track, Submission.language)
    )
    for state, track, language, count in rows:
        if state == SubmissionState.HIDDEN:
            hidden += count
        else:
            tracks[track] += count
            languages[language] += count
    bodies = session.execute(
        sa.select(Submission.track, sa.func.count(Submission.body_id.distinct()).label("bodies"))
        .where(
            Submission.consultation_id == consultation,
            Submission.state == SubmissionState.ACCEPTED,
            Submission.body_id.is_not(None),
        )
        .group_by(Submission.track)
    )
    return WritingFact(tracks, languages, hidden, {row.track: row.bodies for row in bodies})


def _sessions(consultation: uuid.UUID) -> tuple[SessionFact, ...]:
    rows = session.execute(
        sa.select(
            Session.id,
            Session.number,
            Session.kind,
            Session.names,
            Session.venues,
            Session.starts_at,
            Session.state,
            Session.minutes_approved_at,
        )
        .where(Session.consultation_id == consultation)
        .order_by(Session.starts_at, Session.number)
    ).all()
    items, openings = _items(consultation), _openings(consultation)
    floor, remarks = _floor(consultation), _remarks(consultation)
    return tuple(
        SessionFact(
            id=row.id,
            number=row.number,
            kind=KIND_LABELS[SessionKind(row.kind)],
            names=row.names,
            venues=row.venues,
            starts_at=row.starts_at,
            state=SessionState(row.state),
            minutes_approved=row.minutes_approved_at is not None,
            items=tuple(items.get(row.id, ())),
            opening=openings.get(row.id),
            floor=floor.get(row.id, {}),
            remarks=tuple(remarks.get(row.id, ())),
        )
        for row in rows
    )


def _items(consultation: uuid.UUID) -> Mapping[uuid.UUID, list[ItemFact]]:
    """Return the items of every agenda; a recommendation that is still a draft is not named."""
    proposed = sa.and_(Recommendation.id == AgendaItem.recommendation_id, Recommendation.state != "draft")
    rows = session.execute(
        sa.select(AgendaItem.session_id, AgendaItem.titles, Recommendation.number)
        .join(Session, Session.id == AgendaItem.session_id)
        .outerjoin(Recommendation, proposed)
        .where(Session.consultation_id == consultation)
        .order_by(AgendaItem.session_id, AgendaItem.position)
    )
    return _grouped((sitting, ItemFact(titles, number)) for sitting, titles, number in rows)


def _openings(consultation: uuid.UUID) -> Mapping[uuid.UUID, OpeningFact]:
    facts = session.scalars(
        sa.select(EventRow.facts)
        .where(EventRow.stream_id == consultation, EventRow.type == "SessionOpened")
        .order_by(EventRow.seq)
    )
    return {
        uuid.UUID(said["session"]): OpeningFact(said["seats"], said["present"], said["needed"])
        for said in facts
        if said is not None
    }


def _floor(consultation: uuid.UUID) -> Mapping[uuid.UUID, Mapping[str, FloorFact]]:
    found: dict[uuid.UUID, dict[str, FloorFact]] = defaultdict(dict)
    rows = session.execute(
        sa.select(Speech.session_id, Member.track, Speech.given_at, Speech.ended_at)
        .join(Member, Member.id == Speech.member_id)
        .where(Member.consultation_id == consultation, Speech.given_at.is_not(None), Speech.ended_at.is_not(None))
        .order_by(Speech.session_id, Member.track)
    )
    for sitting, track, given, ended in rows:
        before = found[sitting].get(track, FloorFact(0, 0))
        seconds = int((ended - given).total_seconds())  # type: ignore[operator]  # both are there: see the query
        found[sitting][track] = FloorFact(before.speeches + 1, before.seconds + seconds)
    return found


def _remarks(consultation: uuid.UUID) -> Mapping[uuid.UUID, list[RemarkFact]]:
    rows = session.execute(
        sa.select(MinutesEntry.session_id, MinutesEntry.text, MinutesEntry.language)
        .join(Session, Session.id == MinutesEntry.session_id)
        .where(
            Session.consultation_id == consultation,
            Session.minutes_approved_at.is_not(None),
            MinutesEntry.kind == WRITTEN,
            MinutesEntry.hidden.is_(sa.false()),
        )
        .order_by(MinutesEntry.at, MinutesEntry.id)
    )
    return _grouped((sitting, RemarkFact(text, language)) for sitting, text, language in rows)


def _taking_part(consultation: uuid.UUID) -> TakingPart:
    """Return who takes part; where a name is withheld, so is the body, and only the number is told."""
    alone: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    bodies: dict[tuple[str, uuid.UUID], Localized] = {}
    rows: Iterable[Any] = session.execute(
        sa.select(Member.track, Member.withheld, Body.id, Body.names)
        .outerjoin(Body, Body.id == Member.body_id)
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()))
        .order_by(Body.search_names, Member.number)
    )
    for track, is_withheld, body, names in rows:
        if is_withheld:
            withheld[track] += 1
        elif body is None:
            alone[track] += 1
        else:
            bodies[track, body] = names
    return TakingPart(tuple(BodyFact(track, names) for (track, _), names in bodies.items()), alone, withheld)


def _grouped(pairs: Iterable[tuple[uuid.UUID, Any]]) -> Mapping[uuid.UUID, list[Any]]:
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
