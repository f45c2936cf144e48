"""The hooks a plugin may implement. Each says when it runs, whether it may write, and what an exception does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy
from markupsafe import Markup

from consult.errors import Problem
from consult.events.types import Event, Recorded
from consult.i18n import Message
from consult.plugins.track import Track

if TYPE_CHECKING:
    import uuid

    import click
    from flask import Blueprint

    from consult.accounts.access import Actor, Permission
    from consult.ballots.models import Ballot
    from consult.ballots.rules.model import DecisionRule
    from consult.consultations.models import Consultation, Member
    from consult.outcomes.sections import ReportSection
    from consult.submissions.models import Submission
    from consult.submissions.services import SubmissionDraft, Transition

hookspec = pluggy.HookspecMarker("consult")
hookimpl = pluggy.HookimplMarker("consult")


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link a plugin adds to the sections of a consultation: its label and the address within this site."""

    label: Message
    href: str


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column a plugin adds to an export: `key` is its heading, `values` maps the id of a row to its cell."""

    key: str
    values: dict[uuid.UUID, Any]


@hookspec
def consult_track() -> Track:  # type: ignore[empty-body]
    """Return the plugin's track. Runs once at start; may not read the database; an exception stops the start."""


@hookspec
def consult_blueprints() -> Iterable[Blueprint]:  # type: ignore[empty-body]
    """Return Flask blueprints. Runs once at start; every route declares its permission or the start is refused."""


@hookspec
def consult_commands() -> Iterable[click.Command]:  # type: ignore[empty-body]
    """Return commands for the `consult` program. Runs once at start; may not read the database."""


@hookspec
def consult_permissions() -> Iterable[Permission]:  # type: ignore[empty-body]
    """Return the permissions the plugin's own routes need. Runs once at start; names begin with the plugin's name."""


@hookspec
def consult_event_types() -> Iterable[type[Event]]:  # type: ignore[empty-body]
    """Return the plugin's own declared event types. Runs once at start."""


@hookspec
def consult_review_submission(submission: SubmissionDraft, actor: Actor) -> Iterable[Problem]:  # type: ignore[empty-body]
    """Return what is wrong with a submission about to be handed in, empty or None for nothing.

    Runs in the transaction of the hand-in and may read, never write. An exception refuses nothing: it is logged and
    shown to administrators, and the hand-in goes on.
    """


@hookspec
def consult_review_transition(change: Transition) -> Iterable[Problem]:  # type: ignore[empty-body]
    """Return what speaks against a change of state of a submission. Same conditions as consult_review_submission."""


@hookspec
def consult_check_eligibility(ballot: Ballot, member: Member) -> Iterable[Problem]:  # type: ignore[empty-body]
    """Return why a member may not stand on a ballot's roll. Runs when the ballot is opened; may read, never write.

    An exception leaves the member on the roll, because a crashing plugin must not take a vote away.
    """


@hookspec
def consult_decision_rules() -> Iterable[DecisionRule]:  # type: ignore[empty-body]
    """Return decision rules beyond the shipped ones. Runs once at start."""


@hookspec
def consult_event(event: Recorded) -> None:
    """React to what happened. Runs after the commit, in the worker, in a transaction that also marks the delivery done.

    May write the plugin's own tables. An exception rolls the reaction back and is retried later, with growing waits;
    nobody else is held up. The same event never takes effect twice.
    """


@hookspec
def consult_reacts_to() -> Iterable[str]:  # type: ignore[empty-body]
    """Return the names of the event types that consult_event is to get; a plugin without this hook gets every event.

    Runs once at start. Naming them keeps the table of deliveries small.
    """


@hookspec
def consult_slot(slot: str, context: dict[str, Any]) -> Markup | None:
    """Return a piece of HTML for a named place of a page, None for nothing. May read, never write.

    Slots: `submission.aside` (context: submission, consultation, viewer), `organise.overview` (consultation, viewer),
    `consultation.aside` (consultation, viewer). An exception leaves the place empty, is logged, and is shown to
    administrators.
    """


@hookspec
def consult_navigation(viewer: Actor, consultation: Consultation) -> Iterable[NavigationLink]:  # type: ignore[empty-body]
    """Return links for the sections of a consultation. May read, never write; an exception adds none."""


@hookspec
def consult_report_sections(consultation: Consultation) -> Iterable[ReportSection]:  # type: ignore[empty-body]
    """Return sections for the outcome document's chapter of this track. May read, never write; an exception adds none."""


@hookspec
def consult_export_columns(dataset: str, ids: Sequence[uuid.UUID]) -> Iterable[ExportColumn]:  # type: ignore[empty-body]
    """Return columns for an export of `dataset` ("submissions", "bodies"), their keys beginning with the plugin's name.

    Called for some rows at a time, and first without any, which gives the headings. Nothing private, and nothing that tells
    a withheld name. May read, never write; an exception adds none.
    """


@hookspec(firstresult=True)
def consult_translate(text: str, source: str, target: str) -> str | None:
    """Return a text translated by machine, None for what the plugin does not translate; `source` and `target` are BCP 47 tags.

    Runs in the worker, outside of any transaction, for one part of a submission at a time (a title, a passage, an answer) and
    only for texts that everybody may read. The first plugin that answers is heard. An exception counts as no answer and is shown to
    administrators. What it gives is marked as a machine's wherever it is shown.
    """


@hookspec
def consult_demo(consultation: Consultation) -> None:
    """Add the plugin's part of the sample consultation, through services. Runs when the sample is loaded.

    An exception stops the loading.
    """


__all__ = ["ExportColumn", "NavigationLink", "Submission", "hookimpl", "hookspec"]
