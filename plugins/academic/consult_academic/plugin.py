"""What the academic track hooks into."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from consult.sdk import (
    Actor,
    Consultation,
    ExportColumn,
    Problem,
    Recorded,
    ReportSection,
    SubmissionDraft,
    Track,
    allowed,
    hookimpl,
    piece,
)
from consult_academic import services
from consult_academic.track import AcademicTrack


@hookimpl
def consult_track() -> Track:
    """The academic track."""
    return AcademicTrack()


@hookimpl
def consult_review_submission(submission: SubmissionDraft, actor: Actor) -> Iterable[Problem]:
    """Whoever does not take part for an institution says where they work."""
    return services.affiliation_problems(submission)


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """What is handed in, and what is corrected."""
    return ["SubmissionReceived", "SubmissionCorrected"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Note the discipline of a paper, anew when it was corrected."""
    services.note_discipline(event)


@hookimpl
def consult_slot(slot: str, context: dict[str, Any]) -> Markup | None:
    """Show declared interests beside the text of a paper, to whoever may read the text."""
    submission = context.get("submission")
    if slot != "submission.aside" or submission is None or submission.track != AcademicTrack.key:
        return None
    if not allowed(context["viewer"], "submission.read", submission):
        return None
    return piece("academic/interests.html", interests=submission.answers.get("interests", ""), lang=submission.language)


@hookimpl
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Papers by discipline."""
    return [services.report_section(consultation)]


@hookimpl
def consult_export_columns(dataset: str, ids: Sequence[uuid.UUID]) -> Iterable[ExportColumn]:
    """The discipline of each paper."""
    return [services.discipline_column(ids)] if dataset == "submissions" else []
