"""What the plugin keeps, counts and checks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from consult.sdk import (
    N_,
    NN_,
    Consultation,
    ExportColumn,
    Problem,
    Recorded,
    ReportSection,
    ReportTable,
    Submission,
    SubmissionDraft,
    SubmissionState,
    session,
)
from consult_academic.models import AcademicPaper
from consult_academic.track import DISCIPLINES, AcademicTrack


def affiliation_problems(submission: SubmissionDraft) -> Iterable[Problem]:
    """Yield that the affiliation is missing: whoever does not take part for an institution names it."""
    if submission.track == AcademicTrack.key and submission.body is None and not submission.answers.get("affiliation"):
        yield Problem("affiliation", N_("Name your institution: you do not take part for one of the list."))


def note_discipline(event: Recorded) -> None:
    """Remember the discipline of a paper as it now is; the same event again changes nothing."""
    submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
    if submission is None or submission.track != AcademicTrack.key:
        return
    discipline = submission.answers.get("discipline", "other")
    paper = session.get(AcademicPaper, submission.id)
    if paper is None:
        session.add(AcademicPaper(submission_id=submission.id, consultation_id=event.stream, discipline=discipline))
    else:
        paper.discipline = discipline


def papers_by_discipline(consultation: uuid.UUID) -> dict[str, int]:
    """Return how many accepted papers there are of each discipline, most first."""
    count = sa.func.count()
    rows = session.execute(
        sa.select(AcademicPaper.discipline, count)
        .join(Submission, Submission.id == AcademicPaper.submission_id)
        .where(AcademicPaper.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
        .group_by(AcademicPaper.discipline)
        .order_by(count.desc(), AcademicPaper.discipline)
    )
    return dict(rows.all())


def report_section(consultation: Consultation) -> ReportSection:
    """Return the section of the outcome document: papers by discipline."""
    found = papers_by_discipline(consultation.id)
    return ReportSection(
        track=AcademicTrack.key,
        key="disciplines",
        title=N_("Papers by discipline"),
        paragraphs=(NN_("%(count)s paper was accepted.", "%(count)s papers were accepted.", sum(found.values())),),
        table=ReportTable(
            caption=N_("Accepted papers by discipline"),
            headings=(N_("Discipline"), N_("Papers")),
            rows=tuple((DISCIPLINES.get(key, key), number) for key, number in found.items()),
        ),
    )


def discipline_column(submissions: Sequence[uuid.UUID]) -> ExportColumn:
    """Return the discipline of these papers (one query)."""
    rows = session.execute(
        sa.select(AcademicPaper.submission_id, AcademicPaper.discipline).where(
            AcademicPaper.submission_id.in_(submissions)
        )
    )
    return ExportColumn("academic_discipline", dict(rows.all()))
