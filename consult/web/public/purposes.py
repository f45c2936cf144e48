"""What people are asked to agree to: every present text with its earlier versions, and, for who takes part, their answers."""

from __future__ import annotations

from flask import render_template

from consult.accounts.access import allowed
from consult.consent.queries import answers_of, asked_in, stands
from consult.consent.uses import USES
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/purposes/")
@requires("public.read")
def purposes() -> str:
    """Show what is asked; who takes part says yes or no here, and sees what they said before."""
    here, who = consultation(), actor()
    asked = asked_in([here.id])
    may_answer = allowed(who, "consent.give", here)
    answers = answers_of(who.person, [one.id for one in asked]) if who.person and asked else {}
    return render_template(
        "public/purposes.html",
        asked=asked,
        answers=answers,
        standing={one.id: stands(one, answers.get(one.id, ())) for one in asked},
        uses=USES,
        may_answer=may_answer,
    )
