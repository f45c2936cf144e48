"""The texts one keeps away from, and the way to say that an interest was declared by mistake."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.peer_review.interest_queries import OwnInterest, own_interests
from consult.peer_review.services import ask_to_lift
from consult.peer_review.states import INTEREST_LABELS
from consult.web.forms import L_, say
from consult.web.guards import requires
from consult.web.peer_review.blueprint import blueprint
from consult.web.peer_review.forms import because_form
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/interests/")
@requires("peer_review.enter")
def interests() -> str:
    """Show the texts in which the visitor declared an interest, by number: they do not see more of them."""
    rows = own_interests(consultation().id, actor().person)
    return render_template("peer_review/interests.html", rows=rows, labels=INTEREST_LABELS)


def _own(number: str) -> OwnInterest:
    found = next((one for one in own_interests(consultation().id, actor().person) if one.number == number), None)
    if found is None:
        raise NotFound
    return found


@blueprint.route("/c/<slug>/interests/<number>/", methods=["GET", "POST"])
@requires("peer_review.enter")
def mistake(number: str) -> str | Response | tuple[str, int]:
    """Ask why an interest was a mistake, then ask the organisers to lift it."""
    own = _own(number)
    form = because_form(L_("What was the mistake?"), own.row.asked_because)
    if form.validate_on_submit():
        try:
            ask_to_lift(form.because.data or "", number=number, consultation=consultation(), actor=actor())
            flash(say(N_("The organisers are asked. Until they answer you keep away from it.")), "ok")
            return redirect(url_for("peer_review.interests"), 303)
        except Rejected as error:
            form.take(error)
    page = render_template("peer_review/mistake.html", own=own, form=form)
    return page, 422 if form.is_submitted() else 200
