"""Saying yes or no to what one is asked to agree to. A no is as easy as a yes: the same page, the same button."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from consult.consent.services import answer_purpose
from consult.consent.uses import use_of
from consult.errors import Conflict, NotFound
from consult.i18n import N_
from consult.typed_numbers import as_number
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.post("/c/<slug>/purposes/<use>/")
@requires("consent.give")
def answer(use: str) -> Response:
    """Take an answer to the text that the page showed."""
    named, version, said = use_of(use), request.form.get("version", ""), request.form.get("answer", "")
    if named is None:
        raise NotFound
    shown = as_number(version, 0)
    if said not in ("yes", "no"):
        flash(say(N_("Choose yes or no.")), "no")
        return redirect(url_for("public.purposes", _anchor=named.value), 303)
    try:
        answer_purpose(named, shown, said == "yes", consultation=consultation(), actor=actor())
        flash(say(N_("Kept. You can change it here at any time.")), "ok")
    except Conflict as refused:
        flash(say(refused.message), "no")
    return redirect(url_for("public.purposes", _anchor=named.value), 303)
