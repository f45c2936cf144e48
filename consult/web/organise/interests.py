"""Interests that were declared by mistake: organisers lift them, or say why they stay."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.peer_review.interest_queries import AskedInterest, asked_interests
from consult.peer_review.policies import Mended
from consult.peer_review.services import keep_interest, lift_interest
from consult.web.forms import L_, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.peer_review.forms import because_form
from consult.web.visitor import actor, consultation


def may_mend(asked: AskedInterest) -> bool:
    """Tell whether the visitor may answer this: it is not their own, and they have no interest in the text."""
    return allowed(actor(), "peer_review.mend", Mended(asked.text, asked.row.person_id))


@blueprint.get("/c/<slug>/organise/peer-review/interests/")
@requires("peer_review.organise")
def interests() -> str:
    """Show the interests that their people ask to have lifted."""
    rows = [one for one in asked_interests(consultation().id) if may_mend(one)]
    return render_template("organise/interests.html", rows=rows)


@blueprint.route("/c/<slug>/organise/peer-review/interests/<uuid:interest>/", methods=["GET", "POST"])
@requires("peer_review.organise")
def lift(interest: uuid.UUID) -> str | Response | tuple[str, int]:
    """Lift an interest or leave it, with a reason that its person reads."""
    here = consultation()
    asked = next((one for one in asked_interests(here.id) if one.row.id == interest and may_mend(one)), None)
    if asked is None:
        raise NotFound
    form, lifts = because_form(L_("Reason")), request.form.get("then") != "stay"
    if form.validate_on_submit():
        try:
            verb = lift_interest if lifts else keep_interest
            verb(interest, form.because.data or "", consultation=here, actor=actor())
            flash(say(N_("The interest is lifted.") if lifts else N_("The interest stays.")), "ok")
            return redirect(url_for("organise.interests"), 303)
        except Rejected as error:
            form.take(error)
    page = render_template("organise/interest.html", asked=asked, form=form)
    return page, 422 if form.is_submitted() else 200
