"""What the municipal track hooks into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint
from markupsafe import Markup

from consult.sdk import Consultation, Permission, Recorded, ReportSection, Track, hookimpl
from consult_municipal import services, views
from consult_municipal.track import MunicipalTrack


@hookimpl
def consult_track() -> Track:
    """The municipal track."""
    return MunicipalTrack()


@hookimpl
def consult_blueprints() -> Iterable[Blueprint]:
    """The page of which municipalities have answered."""
    return [views.blueprint]


@hookimpl
def consult_permissions() -> Iterable[Permission]:
    """Who may see that page."""
    return [views.SEES_ANSWERS]


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """Only what is handed in."""
    return ["SubmissionReceived"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Note that a municipality has answered."""
    services.note_answer(event)


@hookimpl
def consult_slot(slot: str, context: dict[str, Any]) -> Markup | None:
    """Tell organisers how many municipalities have not yet answered."""
    if slot != "organise.overview" or context["consultation"] is None:
        return None
    return views.overview(context["consultation"])


@hookimpl
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Seats and answers by region."""
    return [services.report_section(consultation)]
