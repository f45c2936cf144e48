"""Where a recommendation stands in the outcome document, as a step of the trace that templates show."""

from __future__ import annotations

from typing import Any

from consult.outcomes.trace import paragraph_step, place_of_version
from consult.recommendations.queries import VersionRead
from consult.web.language import current_language
from consult.web.submissions import trace_steps


def step_of_version(version: VersionRead) -> dict[str, Any]:
    """Return where the newest edition prints a version of a recommendation, or that none does yet (1 query)."""
    return trace_steps([paragraph_step(place_of_version(version.id, current_language().code))])[0]
