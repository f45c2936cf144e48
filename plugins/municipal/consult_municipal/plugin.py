"""What the municipal track hooks into."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint
from markupsafe import Markup

from consult.sdk import (
    Actor,
    Ballot,
    Consultation,
    ExportColumn,
    Member,
    NavigationLink,
    Permission,
    Problem,
    Recorded,
    ReportSection,
    SubmissionDraft,
    Track,
    hookimpl,
)
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
def consult_navigation(viewer: Actor, consultation: Consultation) -> Iterable[NavigationLink]:
    """A link to that page, for organisers and moderators."""
    return views.links(viewer, consultation)


@hookimpl
def consult_review_submission(submission: SubmissionDraft, actor: Actor) -> Iterable[Problem]:
    """The council cannot have endorsed a position tomorrow."""
    return services.endorsement_problems(submission)


@hookimpl
def consult_check_eligibility(ballot: Ballot, member: Member) -> Iterable[Problem]:
    """One vote a municipality."""
    return services.eligibility_problems(member)


@hookimpl
def consult_reacts_to() -> Iterable[str]:
    """What is handed in, and what is taken back."""
    return ["SubmissionReceived", "SubmissionWithdrawn"]


@hookimpl
def consult_event(event: Recorded) -> None:
    """Note whether a municipality has answered."""
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


@hookimpl
def consult_export_columns(dataset: str, ids: Sequence[uuid.UUID]) -> Iterable[ExportColumn]:
    """Region and district of each submission of a municipality."""
    return services.place_columns(ids) if dataset == "submissions" else []
