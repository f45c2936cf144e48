"""What waits for another administrator: closing an account, erasing a person."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.four_eyes import Kind, kind_of_act, waiting_acts
from consult.accounts.queries import person
from consult.accounts.services import confirm_closing, withdraw_closing
from consult.erasure.services import confirm_erasure_of, contacts_that_go, withdraw_erasure_of
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
    """Show what waits: for whose account, why, who asked."""
    acts = [shown_act(asked) for asked in waiting_acts(None)]
    shown = [
        (act, person(act.subject), contacts_that_go(act.details, act.subject) if act.kind is Kind.ERASE else ())
        for act in acts
    ]
    return render_template("administer/second_look.html", acts=shown)


@blueprint.post("/administer/accounts/second/")
@requires("account.close")
@recently_proven()
def decide_second() -> Response:
    """Do what was asked for, or withdraw it."""
    button, act = pressed()
    erases = kind_of_act(act, None) is Kind.ERASE
    if button == "withdraw":
        (withdraw_erasure_of if erases else withdraw_closing)(act, actor=actor())
        flash(say(N_("It is withdrawn. Nothing happened.")), "ok")
    elif erases:
        confirm_erasure_of(act, actor=actor())
        flash(say(N_("The person is told by mail, and erased when the time to stop it is over.")), "ok")
    else:
        confirm_closing(act, actor=actor())
        flash(say(N_("The account is closed, and its person is told by mail.")), "ok")
    return redirect(url_for("administer.second_look"), 303)
