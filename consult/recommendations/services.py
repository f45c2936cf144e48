"""What is done with recommendations: drafted from passages, written, proposed; and the verbs of the files beside."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.recommendations.answers import Answer, Target, answer, answer_sources
from consult.recommendations.checks import (
    clause_problems,
    details_problems,
    reason_problems,
    title_problems,
)
from consult.recommendations.clauses import ClauseDraft, ClauseText, changed, next_clauses
from consult.recommendations.events import (
    RecommendationDetailsChanged,
    RecommendationDrafted,
    RecommendationProposed,
    VersionWritten,
)
from consult.recommendations.models import Clause, Recommendation, Version
from consult.recommendations.quoting import choose_quotes, remove_quote
from consult.recommendations.reservations import record_reservation
from consult.recommendations.sources import add_source, add_sources, choose_passages, remove_source, take_source
from consult.recommendations.states import WRITABLE, RecommendationState, may_become

__all__ = [
    "Answer",
    "ClauseDraft",
    "DetailsDraft",
    "RecommendationDraft",
    "Target",
    "VersionDraft",
    "add_source",
    "add_sources",
    "answer",
    "answer_sources",
    "change_details",
    "choose_passages",
    "choose_quotes",
    "draft_recommendation",
    "propose",
    "record_reservation",
    "remove_quote",
    "remove_source",
    "write_version",
]


@dataclass(frozen=True, slots=True)
class DetailsDraft:
    """What stands beside the text: topic, keys of the bodies that are to carry it out, and until when."""

    topic: uuid.UUID | None = None
    responsible: tuple[str, ...] = ()
    due: date | None = None


@dataclass(frozen=True, slots=True)
class RecommendationDraft:
    """A new recommendation: titles by language, the language of record, and the passages it is drafted from."""

    titles: Localized
    authoritative: str = "ar"
    details: DetailsDraft = DetailsDraft()
    passages: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A text as written; `base` is the version it was written on, so that nobody writes over what they have not seen."""

    titles: Localized
    clauses: tuple[ClauseDraft, ...]
    reason: str = ""
    base: uuid.UUID | None = None


def draft_recommendation(draft: RecommendationDraft, *, consultation: Consultation, actor: Actor) -> Recommendation:
    """Begin a recommendation: its number, a first version without clauses, and its sources."""
    with transaction():
        demand(actor, "recommendation.draft", consultation)
        problems = [
            *title_problems(draft.titles, draft.authoritative),
            *details_problems(draft.details.topic, draft.details.responsible, consultation.id),
        ]
        if problems:
            raise Rejected(problems)
        row = Recommendation(
            id=new_id(),
            consultation_id=consultation.id,
            number=next_number(consultation.id, "recommendation"),
            state=RecommendationState.DRAFT,
            titles=draft.titles,
            authoritative=draft.authoritative,
            topic_id=draft.details.topic,
            responsible=list(draft.details.responsible),
            due=draft.details.due,
            version=1,
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        _add_version(row, draft.titles, "", (), actor)
        record(RecommendationDrafted(row.id, row.number), stream=row.consultation_id, actor=actor.person)
        for passage in draft.passages:
            take_source(row, passage, actor)
    return row


def change_details(draft: DetailsDraft, *, recommendation: Recommendation, actor: Actor) -> Recommendation:
    """Change topic, responsible bodies and deadline, until the recommendation is put to the vote."""
    with transaction():
        row = _locked(recommendation.id)
        demand(actor, "recommendation.write", row)
        if row.state not in WRITABLE:
            raise Conflict(N_("What was put to the vote can no longer be changed."))
        problems = list(details_problems(draft.topic, draft.responsible, row.consultation_id))
        if problems:
            raise Rejected(problems)
        row.topic_id, row.responsible, row.due = draft.topic, list(draft.responsible), draft.due
        record(RecommendationDetailsChanged(row.id, row.number), stream=row.consultation_id, actor=actor.person)
    return row


def write_version(draft: VersionDraft, *, recommendation: Recommendation, actor: Actor) -> Version:
    """Write the next version; a draft's only version is written over, because nobody has read it yet.

    A decided recommendation whose text is written anew is under discussion again, unless a next round is to come.
    """
    with transaction():
        row = _locked(recommendation.id)
        demand(actor, "recommendation.write", row)
        if row.state not in WRITABLE:
            raise Conflict(N_("This text is being voted on or was adopted: it can no longer be changed."))
        present = present_version(row)
        clauses = _next(row, present, draft)
        first = row.state == RecommendationState.DRAFT
        if first:
            _remove_version(present)
        row.version = present.number if first else present.number + 1
        row.titles = draft.titles
        if row.state in {RecommendationState.REJECTED, RecommendationState.CONTESTED, RecommendationState.UNDECIDED}:
            row.state = RecommendationState.PROPOSED
        written = _add_version(row, draft.titles, draft.reason, clauses, actor)
        record(VersionWritten(row.id, row.number, row.version), stream=row.consultation_id, actor=actor.person)
    return written


def _next(row: Recommendation, present: Version, draft: VersionDraft) -> list[ClauseText]:
    """Return the clauses to write; raises Rejected when there is nothing new, something is missing, or it was overtaken."""
    if draft.base is not None and draft.base != present.id:
        raise Rejected(
            N_(
                "Somebody wrote version %(number)s while you were writing. Your text is below; compare it with theirs before you save.",
                number=present.number,
            )
        )
    before = [ClauseText(c.key, c.texts, tuple(c.stale)) for c in present.clauses]
    known = {clause.key for clause in before}
    problems = [
        *title_problems(draft.titles, row.authoritative),
        *clause_problems(draft.clauses, row.authoritative, known),
        *reason_problems(draft.reason),
    ]
    if problems:
        raise Rejected(problems)
    clauses = next_clauses(before, draft.clauses, row.authoritative, lambda: _new_key(row))
    if not changed(before, clauses) and draft.titles == present.titles:
        raise Rejected(N_("Nothing was changed: a new version says something new."))
    return clauses


def propose(recommendation: Recommendation, *, actor: Actor) -> Recommendation:
    """Open a draft for discussion: from now on everybody reads it, and every change is a new version."""
    with transaction():
        row = _locked(recommendation.id)
        demand(actor, "recommendation.propose", row)
        if not may_become(row.state, RecommendationState.PROPOSED) or row.state != RecommendationState.DRAFT:
            raise Conflict(N_("This recommendation is already under discussion."))
        if not present_version(row).clauses:
            raise Rejected(N_("Write at least one clause before you propose it."))
        row.state = RecommendationState.PROPOSED
        record(RecommendationProposed(row.id, row.number, row.version), stream=row.consultation_id, actor=actor.person)
    return row


def present_version(row: Recommendation) -> Version:
    """Return the current version of a recommendation with its clauses (2 queries)."""
    return session.scalars(
        sa.select(Version).where(Version.recommendation_id == row.id, Version.number == row.version)
    ).one()


def _locked(recommendation: uuid.UUID) -> Recommendation:
    """Return the recommendation as it is now, kept from others until the transaction ends."""
    return session.get_one(Recommendation, recommendation, with_for_update=True, populate_existing=True)


def _new_key(row: Recommendation) -> str:
    return f"{row.number}.{next_number(row.consultation_id, f'clause of {row.number}')}"


def _add_version(
    row: Recommendation, titles: Localized, reason: str, clauses: Sequence[ClauseText], actor: Actor
) -> Version:
    version = Version(
        id=new_id(),
        recommendation_id=row.id,
        number=row.version,
        titles=titles,
        reason=reason.strip(),
        written_by=actor.person,
        at=clock.now(),
    )
    session.add(version)
    session.flush()
    session.add_all(
        Clause(
            id=new_id(),
            version_id=version.id,
            key=clause.key,
            position=position,
            texts=clause.texts,
            stale=list(clause.stale),
        )
        for position, clause in enumerate(clauses, start=1)
    )
    session.flush()
    return version


def _remove_version(version: Version) -> None:
    session.execute(sa.delete(Clause).where(Clause.version_id == version.id))
    session.execute(sa.delete(Version).where(Version.id == version.id))
