"""Sources: passages of accepted submissions that a recommendation is drafted from."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.recommendations.events import SourceAdded, SourceRemoved
from consult.recommendations.models import Recommendation, Source
from consult.recommendations.states import WRITABLE
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState


def add_source(passage: uuid.UUID, *, recommendation: Recommendation, actor: Actor) -> Source:
    """Make a passage of an accepted submission a source, from the present version on; adding it twice changes nothing."""
    with transaction():
        row = writable(recommendation.id, actor)
        return take_source(row, passage, actor)


def add_sources(passages: Collection[uuid.UUID], *, recommendation: Recommendation, actor: Actor) -> int:
    """Make passages of several submissions sources, all or none; return how many are new. Raises Rejected, Conflict."""
    with transaction():
        row = writable(recommendation.id, actor)
        known = set(session.scalars(sa.select(Source.passage_id).where(Source.recommendation_id == row.id)))
        fresh = [passage for passage in dict.fromkeys(passages) if passage not in known]
        if not passages:
            raise Rejected(N_("Tick at least one passage."), "passages")
        for passage in fresh:
            take_source(row, passage, actor)
        return len(fresh)


def remove_source(passage: uuid.UUID, *, recommendation: Recommendation, actor: Actor) -> None:
    """Take a passage off the sources, until the recommendation is put to the vote."""
    with transaction():
        row = writable(recommendation.id, actor)
        found = _source(row, passage)
        if found is None or found.submission_id is None:
            raise Conflict(N_("This passage is not among the sources."))
        submission = found.submission_id
        session.delete(found)
        record(SourceRemoved(row.id, row.number, submission, passage), stream=row.consultation_id, actor=actor.person)


def choose_passages(
    passages: Collection[uuid.UUID], *, submission: uuid.UUID, recommendation: Recommendation, actor: Actor
) -> None:
    """Let exactly these passages of a submission be sources: what is new is added, what was left out is removed.

    A passage of an earlier revision that was cited stays, because the text that cites it does.
    """
    with transaction():
        row = writable(recommendation.id, actor)
        cited = session.scalars(
            sa.select(Passage.id)
            .select_from(Source)
            .join(Passage, Passage.id == Source.passage_id)
            .join(Submission, Submission.id == Passage.submission_id)
            .where(
                Source.recommendation_id == row.id,
                Source.submission_id == submission,
                Passage.revision == Submission.revision,
            )
        ).all()
        for passage in cited:
            if passage not in passages:
                remove_source(passage, recommendation=row, actor=actor)
        for passage in passages:
            take_source(row, passage, actor)


def take_source(row: Recommendation, passage: uuid.UUID, actor: Actor) -> Source:
    """Add a source inside the caller's transaction; raises Rejected for a passage that may not be cited."""
    found = _source(row, passage)
    if found is not None:
        return found
    submission = session.execute(
        sa.select(Submission.id)
        .join(Passage, Passage.submission_id == Submission.id)
        .where(
            Passage.id == passage,
            Passage.revision == Submission.revision,
            Submission.consultation_id == row.consultation_id,
            Submission.state == SubmissionState.ACCEPTED,
        )
    ).scalar_one_or_none()
    if submission is None:
        raise Rejected(N_("Choose passages of submissions that were accepted in this consultation."), "passages")
    made = Source(
        id=new_id(),
        recommendation_id=row.id,
        submission_id=submission,
        passage_id=passage,
        version=row.version,
        added_at=clock.now(),
    )
    session.add(made)
    session.flush()
    record(SourceAdded(row.id, row.number, submission, passage), stream=row.consultation_id, actor=actor.person)
    return made


def _source(row: Recommendation, passage: uuid.UUID) -> Source | None:
    return session.scalars(
        sa.select(Source).where(Source.recommendation_id == row.id, Source.passage_id == passage)
    ).first()


def writable(recommendation: uuid.UUID, actor: Actor) -> Recommendation:
    """Return a recommendation, locked, for whoever may change it; Conflict once it was put to the vote."""
    row = session.get_one(Recommendation, recommendation, with_for_update=True, populate_existing=True)
    demand(actor, "recommendation.write", row)
    if row.state not in WRITABLE:
        raise Conflict(N_("What was put to the vote can no longer be changed."))
    return row
