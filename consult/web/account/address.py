"""Another e-mail address: asked for, and confirmed with the codes from two letters."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.address import NOTHING_WAITS, AddressCodes, waiting_address
from consult.accounts.queries import person
from consult.accounts.services import ask_address, confirm_address, drop_address
from consult.errors import Conflict, Rejected, TooManyTries
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.forms import L_, Form, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.visitor import actor

_CODE = {"spellcheck": "false", "autocapitalize": "characters"}


class AddressForm(Form):
    """The new address."""

    email = StringField(
        L_("New e-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("A letter with a code goes there, and another to your present address."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )


class CodesForm(Form):
    """The codes from the two letters."""

    old = StringField(L_("Code from the letter to your present address"), filters=[clean_line], render_kw=_CODE)
    new = StringField(
        L_("Code from the letter to the new address"),
        [required(N_("Write the code."))],
        filters=[clean_line],
        render_kw=_CODE,
    )


def _page(form: Form) -> str:
    row = waiting_address(me())
    return render_template("account/address.html", form=form, waiting=row, present=person(me()).email)


@blueprint.get("/account/address")
@requires("account.use")
@recently_proven()
def address() -> str:
    """Ask for the new address, or for the codes where they were sent."""
    return _page(CodesForm() if waiting_address(me()) else AddressForm())


@blueprint.post("/account/address")
@requires("account.use")
@recently_proven()
def ask_for_address() -> Response | tuple[str, int]:
    """Send the codes."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        ask_address(form.email.data or "", actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    except TooManyTries as waiting:
        form.problems.append(say(waiting.message))
        return _page(form), 429
    return redirect(url_for("account.address"), 303)


@blueprint.post("/account/address/confirm")
@requires("account.use")
@recently_proven()
def confirm_new_address() -> Response | tuple[str, int]:
    """Take the codes."""
    form = CodesForm()
    if waiting_address(me()) is None:
        flash(say(NOTHING_WAITS), "no")
        return redirect(url_for("account.address"), 303)
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        confirm_address(AddressCodes(form.old.data or "", form.new.data or ""), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    except TooManyTries as waiting:
        form.problems.append(say(waiting.message))
        return _page(form), 429
    except Conflict as refused:
        flash(say(refused.message), "no")
        return redirect(url_for("account.address"), 303)
    flash(say(N_("Your e-mail address is changed.")), "ok")
    return redirect(url_for("account.account"), 303)


@blueprint.post("/account/address/drop")
@requires("account.use")
def keep_address() -> Response:
    """Leave the address as it is."""
    try:
        drop_address(actor=actor())
        flash(say(N_("Your address stays as it is.")), "ok")
    except Conflict as refused:
        flash(say(refused.message), "no")
    return redirect(url_for("account.account"), 303)
