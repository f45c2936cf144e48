"""What the civil-society track hooks into."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from consult.sdk import Actor, Consultation, Event, NavigationLink, Permission, Recorded, ReportSection, Track, hookimpl
from consult_cso import services, views
from consult_cso.track import CsoTrack


@hookimpl
def consult_track() -> Track:
    """The civil-society track."""
    return CsoTrack()


@hookimpl
def consult_blueprints() -> Iterable[Blueprint]:
    """The organisation's own page about its registration."""
    return [views.blueprint]


@hookimpl
def consult_permissions() -> Iterable[Permission]:
    """Who may open that page: the organisation itself."""
    return [views.KEEPS_REGISTRATION]


@hookimpl
def consult_event_types() -> Iterable[type[Event]]:
    """The plugin's own event."""
    return [services.CsoRegistrationNoted]


@hookimpl
def consult_navigation(viewer: Actor, consultation: Consultation) -> Iterable[NavigationLink]:
    """A link to the registration page, for organisations only."""
    return views.links(viewer, consultation)


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """What is handed in, and what is corrected."""
    return ["SubmissionReceived", "SubmissionCorrected"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Note kind and coverage of an organisation that wrote, anew when it corrected its text."""
    services.note_voice(event)


@hookimpl
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:
    """Organisations that wrote, by coverage and by kind, as far as numbers tell nobody."""
    return services.report_sections(consultation)
