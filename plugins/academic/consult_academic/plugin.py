"""What the academic track hooks into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from consult.sdk import Consultation, Recorded, ReportSection, Track, hookimpl, piece
from consult_academic import services
from consult_academic.track import AcademicTrack


@hookimpl
def consult_track() -> Track:
    """The academic track."""
    return AcademicTrack()


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
    """Show declared interests beside the text of a paper."""
    submission = context.get("submission")
    if slot != "submission.aside" or submission is None or submission.track != AcademicTrack.key:
        return None
    return piece("academic/interests.html", interests=submission.answers.get("interests", ""), lang=submission.language)


@hookimpl
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Papers by discipline."""
    return [services.report_section(consultation)]
