"""What the visitor agreed to, in every consultation they take part in, with all they answered before."""

from __future__ import annotations

from flask import render_template

from consult.consent.queries import answers_of, asked_in, stands
from consult.consent.uses import USES
from consult.consultations.queries import staff_consultations
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import consultations_of, me
from consult.web.guards import requires


@blueprint.get("/account/purposes")
@requires("account.use")
def purposes() -> str:
    """Show the visitor's answers by consultation; each is changed on the page of its consultation."""
    found = staff_consultations(consultations_of(me()))
    asked = asked_in([row.id for row in found])
    answers = answers_of(me(), [one.id for one in asked]) if asked else {}
    return render_template(
        "account/purposes.html",
        parts=[(row, own) for row in found if (own := [one for one in asked if one.consultation == row.id])],
        answers=answers,
        standing={one.id: stands(one, answers.get(one.id, ())) for one in asked},
        uses=USES,
    )
