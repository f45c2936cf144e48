"""What the plugin keeps and counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.sdk import (
    N_,
    NN_,
    Actor,
    Consultation,
    Event,
    Forbidden,
    Problem,
    Recorded,
    Rejected,
    ReportSection,
    ReportTable,
    Submission,
    clock,
    record,
    session,
    transaction,
)
from consult_cso.models import CsoRegistration, CsoVoice
from consult_cso.track import COVERAGE, CsoTrack, authorities

#: A number under this is not shown: few enough that someone could be told by it.
SMALLEST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CsoRegistrationNoted(Event):
    """An organisation noted or changed what it says of its registration (never what it says)."""

    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class RegistrationDraft:
    """What the form gives: the authority's code and the number, which may be empty."""

    authority: str
    number: str


def membership_of(actor: Actor, consultation: Consultation) -> uuid.UUID | None:
    """Return as which member of this track somebody takes part, None if they do not."""
    return next((m.member for m in actor.memberships_in(consultation.id) if m.track == CsoTrack.key), None)


def registration(member: uuid.UUID) -> CsoRegistration | None:
    """Return what an organisation has noted."""
    return session.get(CsoRegistration, member)


def note_registration(draft: RegistrationDraft, *, consultation: Consultation, actor: Actor) -> CsoRegistration:
    """Keep what an organisation says of its registration. Raises Forbidden for others and Rejected for a wrong answer."""
    with transaction():
        member = membership_of(actor, consultation)
        if member is None:
            raise Forbidden
        problems = []
        if draft.authority not in {choice.key for choice in authorities()}:
            problems.append(Problem("authority", N_("Choose one of the answers.")))
        if len(draft.number) > 60:
            problems.append(Problem("number", N_("Write at most 60 characters.")))
        if problems:
            raise Rejected(problems)
        row = session.get(CsoRegistration, member)
        if row is None:
            row = CsoRegistration(member_id=member)
            session.add(row)
        row.authority, row.number, row.noted_at = draft.authority, draft.number, clock.now()
        record(CsoRegistrationNoted(member=member), stream=consultation.id, actor=actor.person)
        return row


def note_voice(event: Recorded) -> None:
    """Remember kind and coverage as they now are; the same event again changes nothing."""
    with transaction():
        submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
        if submission is None or submission.track != CsoTrack.key:
            return
        kind, coverage = submission.answers.get("kind", ""), submission.answers.get("coverage", "")
        voice = session.get(CsoVoice, submission.id)
        if voice is None:
            session.add(
                CsoVoice(submission_id=submission.id, consultation_id=event.stream, kind=kind, coverage=coverage)
            )
        else:
            voice.kind, voice.coverage = kind, coverage


def voices_by_coverage(consultation: uuid.UUID) -> dict[str, int]:
    """Return how many accepted submissions came from organisations of each coverage."""
    rows = session.execute(
        sa.select(CsoVoice.coverage, sa.func.count())
        .join(Submission, Submission.id == CsoVoice.submission_id)
        .where(CsoVoice.consultation_id == consultation, Submission.state == "accepted")
        .group_by(CsoVoice.coverage)
    )
    found = dict(rows.tuples().all())
    return {coverage: found.get(coverage, 0) for coverage in COVERAGE}


def report_section(consultation: Consultation) -> ReportSection:
    """Return the section of the outcome document; small numbers are not shown, so that nobody is told by them."""
    found = voices_by_coverage(consultation.id)
    return ReportSection(
        track=CsoTrack.key,
        key="coverage",
        title=N_("Organisations that wrote"),
        paragraphs=(
            NN_("%(count)s submission was accepted.", "%(count)s submissions were accepted.", sum(found.values())),
        ),
        table=ReportTable(
            caption=N_("Accepted submissions by where the organisation works"),
            headings=(N_("Where it works"), N_("Submissions")),
            rows=tuple(
                (
                    label,
                    found[key] if found[key] >= SMALLEST_SHOWN else N_("fewer than %(number)s", number=SMALLEST_SHOWN),
                )
                for key, label in COVERAGE.items()
            ),
        ),
    )
