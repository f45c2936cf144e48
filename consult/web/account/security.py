"""How one signs in, on one page: password, code from an app, passkeys, recovery codes, devices."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import ROLE_LABELS
from consult.accounts.queries import factors_of, handed_links, open_sign_ins, person
from consult.accounts.services import (
    confirm_app,
    end_other_sign_ins,
    end_sign_in,
    new_recovery_codes,
    remove_app,
)
from consult.accounts.signing_in.authenticator import AppOffer, offer_app, same_offer
from consult.accounts.signing_in.factors import RECOVERY_CODES
from consult.accounts.signing_in.identities import identities_of
from consult.accounts.signing_in.second_step_reset import resets_of
from consult.consultations.queries import staff_consultations
from consult.errors import Rejected, TooManyTries
from consult.i18n import N_, Message
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.account.provider_settings import is_configured
from consult.web.forms import L_, Form, HiddenField, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.letters import square
from consult.web.proof import keep_token, recently_proven
from consult.web.visitor import actor, clear_sign_in_cookie, settings

#: How a sign-in is named in the list of devices.
METHODS: Mapping[str, Message] = {
    "invitation": N_("Signed in with an invitation"),
    "link": N_("Signed in with a link from the mail"),
    "password": N_("Signed in with a password"),
    "card": N_("Signed in with a card from the hall"),
    "passkey": N_("Signed in with a passkey"),
    "registration": N_("Signed in when registering"),
    "provider": N_("Signed in with an account elsewhere"),
}
FACTORS: Mapping[str, Message] = {
    "app": N_("and a code from the app"),
    "recovery": N_("and a recovery code"),
    "passkey": N_("and a passkey"),
}
BROWSERS: Mapping[str, Message] = {
    "firefox": N_("Firefox"),
    "chrome": N_("Chrome"),
    "edge": N_("Edge"),
    "opera": N_("Opera"),
    "safari": N_("Safari"),
    "samsung": N_("Samsung Internet"),
}
SYSTEMS: Mapping[str, Message] = {
    "android": N_("Android"),
    "iphone": N_("iPhone"),
    "ipad": N_("iPad"),
    "windows": N_("Windows"),
    "mac": N_("Mac"),
    "linux": N_("Linux"),
    "chromeos": N_("Chromebook"),
}


def device_name(kind: str) -> Message:
    """Return how a kind of device (`firefox android`) is called."""
    browser, _, system = kind.partition(" ")
    if browser in BROWSERS and system in SYSTEMS:
        return N_("%(browser)s on %(system)s", browser=BROWSERS[browser], system=SYSTEMS[system])
    return BROWSERS.get(browser) or SYSTEMS.get(system) or N_("Another browser")


class AppForm(Form):
    """The first code of an app, and the secret that was offered, sealed."""

    sealed = HiddenField()
    code = StringField(
        L_("Code"),
        [required(N_("Write the code."))],
        description=L_("The six digits that the app shows now."),
        filters=[clean_line],
        render_kw={"inputmode": "numeric", "spellcheck": "false"},
    )


@blueprint.get("/account/security")
@requires("account.use")
def security() -> str:
    """Show how one signs in and where one is signed in."""
    handed = handed_links(me())
    asked = [link.consultation for link in handed if link.consultation]
    return render_template(
        "account/security.html",
        person=person(me()),
        factors=factors_of(me()),
        codes=RECOVERY_CODES,
        devices=open_sign_ins(me()),
        device_name=device_name,
        handed=handed,
        resets=resets_of(me()),
        consultations={row.id: row.names for row in staff_consultations(asked)} if asked else {},
        methods=METHODS,
        with_factor=FACTORS,
        identities=identities_of(me()) if is_configured() else (),
        provider=settings().oidc_name if is_configured() else "",
        unproved=actor().unproved,
        anew_until=person(me()).second_step_until,
        held_back=sorted({ROLE_LABELS[held.role].text: ROLE_LABELS[held.role] for held in actor().held_back}.items()),
    )


@blueprint.get("/account/security/app")
@requires("account.use")
@recently_proven()
def app() -> str | Response:
    """Show the square to scan and ask for the first code; nothing is kept until it is right."""
    if factors_of(me()).app_since is not None:
        return redirect(url_for("account.security"), 303)
    return _app_page(AppForm(), offer_app(person(me())))


def _app_page(form: AppForm, offer: AppOffer) -> str:
    form.sealed.data = offer.sealed
    in_fours = " ".join(offer.secret[at : at + 4] for at in range(0, len(offer.secret), 4))
    return render_template("account/app.html", form=form, offer=offer, secret=in_fours, qr=square(offer.address))


@blueprint.post("/account/security/app")
@requires("account.use")
@recently_proven()
def add_app() -> Response | tuple[str, int]:
    """Keep the app because its code is right, and show the recovery codes, this once."""
    form, who = AppForm(), person(me())
    offer = same_offer(who, form.sealed.data or "")
    if offer is None:
        form.problems.append(say(N_("This page was open for too long. Scan the new square, please.")))
        return _app_page(form, offer_app(who)), 422
    if not form.validate_on_submit():
        return _app_page(form, offer), 422
    try:
        added = confirm_app(offer.sealed, form.code.data or "", actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _app_page(form, offer), 422
    except TooManyTries as waiting:
        form.problems.append(say(waiting.message))
        return _app_page(form, offer), 429
    flash(say(N_("The app is set up. You are asked for its code whenever you sign in.")), "ok")
    keep_token(added.renewed)
    return codes_page(added.recovery_codes)


def codes_page(codes: tuple[str, ...]) -> Response:
    """Show recovery codes, which nobody can show again; without new ones, go back to the page."""
    if not codes:
        return redirect(url_for("account.security"), 303)
    response: Response = make_response(render_template("account/recovery_codes.html", recovery_codes=codes))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/account/security/app/remove")
@requires("account.use")
def confirm_remove_app() -> str | Response:
    """Ask once more before the app is removed."""
    factors = factors_of(me())
    if factors.app_since is None:
        return redirect(url_for("account.security"), 303)
    return render_template("account/remove_app.html", last=not factors.passkeys)


@blueprint.post("/account/security/app/remove")
@requires("account.use")
@recently_proven()
def end_app() -> Response:
    """Remove the app."""
    remove_app(actor=actor())
    flash(say(N_("The app is removed. Delete the entry in the app too.")), "ok")
    return redirect(url_for("account.security"), 303)


@blueprint.get("/account/security/recovery-codes")
@requires("account.use")
def confirm_recovery_codes() -> str | Response:
    """Ask once more before the codes from before become worthless."""
    factors = factors_of(me())
    if not factors.any:
        return redirect(url_for("account.security"), 303)
    return render_template("account/new_codes.html", left=factors.recovery_codes)


@blueprint.post("/account/security/recovery-codes")
@requires("account.use")
@recently_proven()
def make_recovery_codes() -> Response:
    """Make the recovery codes anew and show them, this once."""
    return codes_page(new_recovery_codes(actor=actor()))


@blueprint.post("/account/devices/<uuid:device>/sign-out")
@requires("account.use")
@recently_proven()
def end_device(device: uuid.UUID) -> Response:
    """Sign out of one device; of somebody else's nothing happens."""
    end_sign_in(device, actor=actor())
    flash(say(N_("That device is signed out.")), "ok")
    here = device == actor().sign_in
    response = redirect(url_for("public.home" if here else "account.security"), 303)
    if here:
        clear_sign_in_cookie(response)
    return response


@blueprint.post("/account/devices/others/sign-out")
@requires("account.use")
@recently_proven()
def end_other_devices() -> Response:
    """Sign out of every device but this one."""
    end_other_sign_ins(actor=actor())
    flash(say(N_("Every other device is signed out.")), "ok")
    return redirect(url_for("account.security"), 303)
