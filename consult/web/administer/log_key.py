"""The key of the log: which signed when, and giving one up that was lost or stolen, by two administrators."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.four_eyes import Kind, waiting_acts
from consult.accounts.log_key import ask_replacement, confirm_replacement, withdraw_replacement
from consult.errors import Conflict
from consult.events.log_keys import LOST, STOLEN, public_keys
from consult.i18n import N_
from consult.runtime import runtime
from consult.web.administer.blueprint import blueprint
from consult.web.forms import L_, Form, RadioField, required, say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.second_look import pressed, shown_act
from consult.web.visitor import actor


class LogKeyForm(Form):
    """Why a key is given up."""

    why = RadioField(
        L_("What happened to its private half"),
        [required(N_("Choose one of the two."))],
        choices={
            LOST: L_("It is lost: nobody has it any more"),
            STOLEN: L_("It is stolen: somebody else has it, or may have it"),
        },
    )


@blueprint.get("/administer/log-key/")
@requires("log_key.replace")
def log_key() -> str:
    """Show the keys, what waits, and the form."""
    return _page(LogKeyForm(formdata=None))


@blueprint.post("/administer/log-key/")
@requires("log_key.replace")
@recently_proven()
def give_up_log_key() -> Response | tuple[str, int]:
    """Ask another administrator to confirm that the key is given up."""
    form = LogKeyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        ask_replacement(str(form.why.data), actor=actor())
    except Conflict as refused:
        form.why.errors = [say(refused.message)]
        return _page(form), 422
    flash(say(N_("It waits for another administrator.")), "ok")
    return redirect(url_for("administer.log_key"), 303)


@blueprint.post("/administer/log-key/second/")
@requires("log_key.replace")
@recently_proven()
def decide_log_key() -> Response:
    """Begin the new key that another asked for, or withdraw it."""
    button, act = pressed()
    if button == "withdraw":
        withdraw_replacement(act, actor=actor())
        flash(say(N_("It is withdrawn. Nothing happened.")), "ok")
    else:
        new = confirm_replacement(act, actor=actor())
        flash(
            say(
                N_(
                    "Key %(number)s signs the log from now on. Every log says where the chain is broken.",
                    number=new.number,
                )
            ),
            "ok",
        )
    return redirect(url_for("administer.log_key"), 303)


def _page(form: LogKeyForm) -> str:
    keys = public_keys()
    return render_template(
        "administer/log_key.html",
        keys=keys,
        there=bool(keys) and runtime().signer.of(keys[-1].public) is not None,
        acts=[shown_act(asked) for asked in waiting_acts(None, Kind.LOG_KEY)],
        form=form,
    )
