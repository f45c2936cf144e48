"""Closing an account with two people: what waits for another administrator."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.four_eyes import waiting_acts
from consult.accounts.queries import person
from consult.accounts.services import confirm_closing, withdraw_closing
from consult.i18n import N_
from consult.web.administer.blueprint import blueprint
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.second_look import pressed, shown_act
from consult.web.visitor import actor


@blueprint.get("/administer/accounts/second/")
@requires("account.close")
def second_look() -> str:
    """Show the accounts that wait to be closed: whose, why, who asked."""
    acts = [shown_act(asked) for asked in waiting_acts(None)]
    return render_template("administer/second_look.html", acts=[(act, person(act.subject)) for act in acts])


@blueprint.post("/administer/accounts/second/")
@requires("account.close")
@recently_proven()
def decide_second() -> Response:
    """Close the account, or withdraw what was asked for."""
    button, act = pressed()
    if button == "withdraw":
        withdraw_closing(act, actor=actor())
        flash(say(N_("It is withdrawn. Nothing happened.")), "ok")
    else:
        confirm_closing(act, actor=actor())
        flash(say(N_("The account is closed, and its person is told by mail.")), "ok")
    return redirect(url_for("administer.second_look"), 303)
