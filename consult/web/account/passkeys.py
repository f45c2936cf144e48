"""Passkeys: adding one, removing one, and signing in with one."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.models import Passkey
from consult.accounts.queries import factors_of, person
from consult.accounts.services import add_passkey as add
from consult.accounts.services import remove_passkey, sign_in_with_passkey
from consult.accounts.signing_in import passkeys as of_accounts
from consult.accounts.signing_in.identities import identities_of
from consult.errors import Conflict, NotFound, Rejected, TooManyTries
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me, signed_in
from consult.web.account.security import codes_page
from consult.web.account.sign_in import SignInForm, sign_in_page
from consult.web.forms import L_, Form, HiddenField, StringField, at_most, clean_line, say
from consult.web.guards import requires
from consult.web.proof import keep_token, recently_proven
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, device


class PasskeyForm(Form):
    """What the browser made, and how its owner calls it."""

    passkey = HiddenField()
    name = StringField(
        L_("Name of the passkey"),
        [at_most(of_accounts.LONGEST_NAME)],
        description=L_("So that you know it again, for example: my phone."),
        filters=[clean_line],
    )


def _page(form: PasskeyForm) -> str:
    options = of_accounts.options_to_add(person(me())) if of_accounts.site() else ""
    return render_template("account/add_passkey.html", form=form, options=options)


@blueprint.get("/account/security/passkeys")
@requires("account.use")
@recently_proven()
def new_passkey() -> str:
    """Show what a passkey is, and the button that asks the browser for one."""
    return _page(PasskeyForm())


@blueprint.post("/account/security/passkeys")
@requires("account.use")
@recently_proven()
def add_passkey() -> Response | tuple[str, int]:
    """Keep the passkey that the browser made, and show the recovery codes if they are the first."""
    form = PasskeyForm()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        added = add(form.passkey.data or "", form.name.data or "", actor=actor())
    except (Rejected, Conflict) as refused:
        form.problems.append(say(refused.message))
        return _page(form), 422
    flash(say(N_("The passkey is added.")), "ok")
    keep_token(added.renewed)
    return codes_page(added.recovery_codes)


def _mine(passkey: uuid.UUID) -> tuple[Passkey, bool]:
    """Return a passkey of the visitor's own, and whether it is their last factor; NotFound for any other."""
    factors = factors_of(me())
    found = next((one for one in factors.passkeys if one.id == passkey), None)
    if found is None:
        raise NotFound
    return found, factors.app_since is None and len(factors.passkeys) == 1


@blueprint.get("/account/security/passkeys/<uuid:passkey>/remove")
@requires("account.use")
def confirm_remove_passkey(passkey: uuid.UUID) -> str:
    """Ask once more before a passkey is removed."""
    found, last = _mine(passkey)
    mailed = bool(person(me()).email)
    only = not mailed and len(factors_of(me()).passkeys) == 1 and not identities_of(me())
    return render_template("account/remove_passkey.html", passkey=found, last=last, only=only, mailed=mailed)


@blueprint.post("/account/security/passkeys/<uuid:passkey>/remove")
@requires("account.use")
@recently_proven()
def end_passkey(passkey: uuid.UUID) -> Response:
    """Remove a passkey."""
    remove_passkey(passkey, actor=actor())
    flash(say(N_("The passkey is removed. Delete it on the device too.")), "ok")
    return redirect(url_for("account.security"), 303)


@blueprint.post("/sign-in/passkey")
@requires("public.read")
def passkey_sign_in() -> Response | tuple[str, int]:
    """Sign in with a passkey: no address, no password, no second step."""
    form = SignInForm()
    answer, origin = request.form.get("passkey", ""), request.remote_addr or ""
    try:
        opened = sign_in_with_passkey(
            answer, origin=origin, actor=actor(), shared=bool(form.shared.data), device=device()
        )
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return sign_in_page(form), 429
    except (Rejected, Conflict) as refused:
        note_refusal("sign-in")
        form.problems.append(say(refused.message))
        return sign_in_page(form), 422
    return signed_in(opened, form.next.data)
