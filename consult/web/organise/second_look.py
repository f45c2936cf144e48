"""Publishing, and opening names, with two people: what waits to be confirmed, and whether two are needed."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.four_eyes import Asked, Kind, kind_of_act, needs_two, waiting_acts
from consult.accounts.two_people import nobody_else
from consult.errors import Conflict, Rejected
from consult.i18n import LANGUAGES, N_
from consult.outcomes.publishing import content_of_now
from consult.outcomes.services import Silence, confirm_act, need_one_person, need_two_people, withdraw_act
from consult.submissions.review.blind import names_have_changed
from consult.submissions.tracks import track_label
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.proof import recently_proven
from consult.web.second_look import pressed, shown_act
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/document/second/")
@requires("outcome.publish")
def second_look() -> str:
    """Show what waits for a second person, and whether publishing needs one."""
    waiting = waiting_acts(consultation().id)
    return render_template(
        "organise/second_look.html",
        acts=[(shown_act(asked), _changed(asked)) for asked in waiting],
        needed=needs_two(consultation().id),
        alone=nobody_else(consultation().id, actor=actor()),
        track_label=track_label,
        switching=any(asked.kind is Kind.SWITCH_OFF for asked in waiting),
        languages=LANGUAGES,
    )


def _changed(asked: Asked) -> bool:
    """Tell whether an edition, or the names, would no longer be what was asked for."""
    if asked.kind is Kind.OPEN_NAMES:
        return names_have_changed(asked.details["track"], asked.digest, consultation=consultation())
    if asked.kind is not Kind.PUBLISH:
        return False
    silence = Silence(asked.details.get("reason", ""), asked.details.get("language", ""))
    try:
        return content_of_now(consultation(), silence).digest != asked.digest
    except (Conflict, Rejected):
        return True


@blueprint.post("/c/<slug>/organise/document/second/")
@requires("outcome.publish")
@recently_proven()
def decide_second() -> Response:
    """Confirm or withdraw what waits."""
    button, act = pressed()
    if button == "withdraw":
        withdraw_act(act, consultation=consultation(), actor=actor())
        flash(say(N_("It is withdrawn. Nothing happened.")), "ok")
        return redirect(url_for("organise.second_look"), 303)
    kind = kind_of_act(act, consultation().id)
    edition = confirm_act(act, consultation=consultation(), actor=actor())
    if kind is Kind.OPEN_NAMES:
        flash(say(N_("The names are open.")), "ok")
        return redirect(url_for("organise.peer_review"), 303)
    if edition is None:
        flash(say(N_("From now on one person publishes alone.")), "ok")
        return redirect(url_for("organise.second_look"), 303)
    flash(say(N_("Edition %(number)s is published and sealed.", number=edition.number)), "ok")
    return redirect(url_for("public.edition", number=edition.number), 303)


@blueprint.post("/c/<slug>/organise/document/second/switch")
@requires("outcome.publish")
@recently_proven()
def switch_second() -> Response:
    """Ask for two people from now on, or ask to do without, which another confirms."""
    wanted = request.form.get("needed")
    if wanted not in ("two", "one"):
        abort(400)
    if wanted == "two":
        need_two_people(consultation=consultation(), actor=actor())
        flash(say(N_("From now on publishing needs two people.")), "ok")
    else:
        need_one_person(consultation=consultation(), actor=actor())
        flash(say(N_("This waits now for another organiser, who confirms it.")), "ok")
    return redirect(url_for("organise.second_look"), 303)
