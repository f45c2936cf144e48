"""Asking for the floor, from the session's page."""

from __future__ import annotations

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from consult.db import session
from consult.errors import Conflict
from consult.i18n import N_
from consult.sessions import services
from consult.sessions.models import Speech
from consult.sessions.queries import list_of_speakers, session_by_number
from consult.web.forms import say
from consult.web.guards import requires, visible
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.post("/c/<slug>/sessions/<int:number>/floor/")
@requires("session.speak")
def ask_floor(number: int) -> Response:
    """Put the visitor on the list of speakers; pressing twice is told, not punished."""
    sitting = visible("session.read", session_by_number(consultation().id, number))
    try:
        services.ask_floor(sitting, actor=actor())
        flash(say(N_("You are on the list of speakers.")), "ok")
    except Conflict as refused:
        flash(say(refused.message), "wait")
    return redirect(url_for("public.session", number=number), 303)


@blueprint.post("/c/<slug>/sessions/<int:number>/floor/withdraw/")
@requires("session.speak")
def withdraw_floor(number: int) -> Response:
    """Take the visitor's own request off the list."""
    sitting = visible("session.read", session_by_number(consultation().id, number))
    mine = {membership.member for membership in actor().memberships_in(consultation().id)}
    waiting = next((speech.id for speech in list_of_speakers(sitting.id) if speech.member_id in mine), None)
    if waiting is not None:
        services.withdraw_request(session.get_one(Speech, waiting), actor=actor())
    flash(say(N_("You are no longer on the list of speakers.")), "ok")
    return redirect(url_for("public.session", number=number), 303)
