"""Signing in with a password or a mailed link, and signing out."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField

from consult.accounts.services import end_all_sign_ins, end_sign_in, request_sign_in_link, sign_in_with_password
from consult.accounts.signing_in.passkeys import options_to_sign_in, site
from consult.errors import Rejected, TooManyTries
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import ArrivalForm, keep_request, local_address, signed_in
from consult.web.account.provider_settings import is_configured
from consult.web.forms import L_, HiddenField, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, clear_sign_in_cookie, device, known_mark, settings


class SignInForm(ArrivalForm):
    """An address, and a password if there is one; without it a link is mailed."""

    email = StringField(
        L_("E-mail address"),
        [required(N_("Write the e-mail address to which you were invited."))],
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    password = PasswordField(L_("Password"), description=L_("Leave it empty if you have none: a link comes by mail."))
    next = HiddenField()


def sign_in_page(form: SignInForm) -> str:
    """Return the sign-in page, with what a browser needs for a passkey where there can be one."""
    options = options_to_sign_in() if site() else ""
    provider = settings().oidc_name if is_configured(settings()) else ""
    return render_template("account/sign_in.html", form=form, passkey_options=options, provider=provider)


@blueprint.get("/sign-in")
@requires("public.read")
def sign_in() -> str | Response:
    """Show the form; whoever is signed in goes on."""
    wanted = local_address(request.args.get("next"))
    if actor().signed_in:
        return redirect(wanted or url_for("account.account"), 303)
    return sign_in_page(SignInForm(next=wanted))


@blueprint.post("/sign-in")
@requires("public.read")
def open_sign_in() -> Response | tuple[str, int]:
    """Sign in with a password, or note that a link is wanted; the second looks the same for everybody."""
    form = SignInForm()
    if not form.validate_on_submit():
        return sign_in_page(form), 422
    address, origin = form.email.data or "", request.remote_addr or ""
    try:
        if not form.password.data:
            keep_request(request_sign_in_link(address, origin=origin, mark=known_mark()), form.next.data)
            return redirect(url_for("account.link_sent"), 303)
        opened = sign_in_with_password(
            address,
            form.password.data,
            origin=origin,
            actor=actor(),
            shared=form.shared.data,
            device=device(),
            mark=known_mark(),
        )
    except Rejected as refused:
        note_refusal("sign-in")
        form.take(refused)
        return sign_in_page(form), 422
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return sign_in_page(form), 429
    return signed_in(opened, form.next.data)


@blueprint.post("/sign-out")
@requires("public.read")
def sign_out() -> Response:
    """End this sign-in; a cookie kept by somebody else opens nothing afterwards."""
    if (here := actor().sign_in) is not None:
        end_sign_in(here, actor=actor())
    return _signed_out(say(N_("You are signed out.")))


@blueprint.post("/sign-out/everywhere")
@requires("account.use")
def sign_out_everywhere() -> Response:
    """End every sign-in of the actor's."""
    end_all_sign_ins(actor=actor())
    return _signed_out(say(N_("You are signed out on every device.")))


def _signed_out(words: str) -> Response:
    session.clear()
    flash(words, "ok")
    response = redirect(url_for("public.home"), 303)
    clear_sign_in_cookie(response)
    response.headers["Clear-Site-Data"] = '"storage"'  # what drafts left in the browser; the script does it too
    return response
