"""The trace as templates show it: steps with words in the page's language and addresses of this site."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from consult.outcomes.trace import Place, Step, paragraph_step, place_of_version, what_became
from consult.recommendations.queries import VersionRead
from consult.submissions.models import Submission
from consult.web.context import local
from consult.web.language import current_language


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What `ui.trace` wants: words, an address or "", a note or "", the state."""

    title: Markup | str
    href: str
    note: Markup | str
    state: str


def steps_for_submission(submission: Submission) -> list[ShownStep]:
    """Return what became of a submission, from its passages to the outcome document (3 queries)."""
    return shown_steps(what_became([submission.id], current_language().code)[submission.id])


def step_of_version(version: VersionRead) -> ShownStep:
    """Return where the newest edition prints a version of a recommendation, or that none does yet (1 query)."""
    place: Place | None = place_of_version(version.id, current_language().code)
    return shown_steps([paragraph_step(place)])[0]


def shown_steps(steps: Iterable[Step]) -> list[ShownStep]:
    """Return steps with their words and addresses."""
    home = url_for("public.consultation")
    return [
        ShownStep(
            title=local(step.title),
            href=home + step.path if step.path and not step.path.startswith("#") else step.path,
            note=local(step.note),
            state=step.state.value,
        )
        for step in steps
    ]
