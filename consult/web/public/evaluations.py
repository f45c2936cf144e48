"""What independent evaluators wrote of a consultation, and what its organisers say to it."""

from __future__ import annotations

from flask import render_template

from consult.accounts.access import allowed
from consult.evaluation.queries import published_evaluations
from consult.i18n import Localized
from consult.web.conditional import conditional
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.markdown import render
from consult.web.public.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/evaluation/")
@conditional
@requires("public.read")
def evaluations() -> str:
    """Show every evaluation, the newest first, each with the organisers' answer."""
    here = consultation()
    return render_template(
        "public/evaluations.html",
        evaluations=published_evaluations(here.id),
        rendered=lambda texts: render(Localized(texts).for_language(current_language().code)),
        may_answer=allowed(actor(), "evaluation.answer", here),
    )
