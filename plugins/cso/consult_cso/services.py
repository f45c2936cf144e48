"""What the plugin keeps and counts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from consult.sdk import (
    N_,
    NN_,
    Actor,
    Consultation,
    Event,
    Forbidden,
    Localized,
    Mapped,
    Message,
    Recorded,
    Rejected,
    ReportSection,
    ReportTable,
    Submission,
    SubmissionState,
    clean_answers,
    clock,
    demand,
    record,
    revision_of,
    session,
    transaction,
)
from consult_cso.counting import shown_counts
from consult_cso.models import CsoRegistration, CsoVoice
from consult_cso.track import COVERAGE, CsoTrack, kinds

Labels = Mapping[str, Message | Localized]
NOT_SAID = N_("Not said")
NOT_SHOWN = N_("not shown")


@dataclass(frozen=True, slots=True)
class CsoRegistrationNoted(Event):
    """An organisation noted, changed or took back what it says of its registration: neither which one, nor what it says."""


@dataclass(frozen=True, slots=True)
class RegistrationDraft:
    """What an organisation says of its registration: answers to the track's `registration_questions`, none to forget it."""

    answers: Mapping[str, Any] = field(default_factory=dict)


def membership_of(actor: Actor, consultation: Consultation) -> uuid.UUID | None:
    """Return as which member of this track somebody takes part, None if they do not."""
    return next((m.member for m in actor.memberships_in(consultation.id) if m.track == CsoTrack.key), None)


def registration(member: uuid.UUID) -> CsoRegistration | None:
    """Return what an organisation has noted."""
    return session.get(CsoRegistration, member)


def note_registration(draft: RegistrationDraft, *, consultation: Consultation, actor: Actor) -> CsoRegistration | None:
    """Keep what an organisation says of its registration; with no answer at all, forget what was kept and return None.

    Raises Forbidden for anybody else and Rejected, each problem at its field. The event names nobody.
    """
    with transaction():
        demand(actor, "cso.registration", consultation)
        member = membership_of(actor, consultation)
        if member is None:
            raise Forbidden
        answers, problems = clean_answers(CsoTrack().registration_questions(), draft.answers)
        if problems:
            raise Rejected(problems)
        row = session.get(CsoRegistration, member)
        if not answers:
            if row is not None:
                session.delete(row)
        else:
            row = row or CsoRegistration(member_id=member)
            session.add(row)
            row.authorities, row.number = answers.get("authorities", []), answers.get("number", "")
            row.noted_at = clock.now()
        record(CsoRegistrationNoted(), stream=consultation.id, actor=None)
        return row if answers else None


def note_voice(event: Recorded) -> None:
    """Remember kind and coverage as they now are; the same event again changes nothing."""
    submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
    if submission is None or submission.track != CsoTrack.key:
        return
    revision = revision_of(submission.id, submission.revision)
    answers = revision.private_answers if revision is not None else {}
    voice = session.get(CsoVoice, submission.id)
    if voice is None:
        voice = CsoVoice(submission_id=submission.id, consultation_id=event.stream)
        session.add(voice)
    voice.kind, voice.coverage = answers.get("kind", ""), answers.get("coverage", "")


def voices_by(column: Mapped[str], consultation: uuid.UUID, labels: Labels) -> Mapping[str, int]:
    """Return how many accepted submissions came from organisations of each kind or coverage, "" for what was not said."""
    rows = session.execute(
        sa.select(column, sa.func.count())
        .join(Submission, Submission.id == CsoVoice.submission_id)
        .where(CsoVoice.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
        .group_by(column)
    )
    found = dict(rows.all())
    return {**dict.fromkeys(labels, 0), **found}


def report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Yield the sections of the outcome document: organisations by coverage, and by kind where that can be shown."""
    coverage = voices_by(CsoVoice.coverage, consultation.id, COVERAGE)
    yield ReportSection(
        track=CsoTrack.key,
        key="coverage",
        title=N_("Organisations that wrote"),
        paragraphs=(
            NN_("%(count)s submission was accepted.", "%(count)s submissions were accepted.", sum(coverage.values())),
            N_("Small numbers are not shown, nor others from which they could be told."),
        ),
        table=_table(
            N_("Accepted submissions by where the organisation works"), N_("Where it works"), coverage, COVERAGE
        ),
    )
    labels = {choice.key: choice.label for choice in kinds()}
    kinds_counted = voices_by(CsoVoice.kind, consultation.id, labels)
    caption = N_("Accepted submissions by kind of organisation")
    if table := _table(caption, N_("Kind of organisation"), kinds_counted, labels):
        yield ReportSection(track=CsoTrack.key, key="kinds", title=N_("Kinds of organisation"), table=table)


def _table(caption: Message, heading: Message, counts: Mapping[str, int], labels: Labels) -> ReportTable | None:
    shown = shown_counts(counts)
    if shown is None:
        return None
    return ReportTable(
        caption=caption,
        headings=(heading, N_("Submissions")),
        rows=tuple(
            (labels.get(key, key) if key else NOT_SAID, NOT_SHOWN if count is None else count)
            for key, count in shown.items()
        ),
    )
