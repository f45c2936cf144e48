"""Signing in with an account at the configured provider, and joining such an account with one's own here.

The way back from the provider is a GET, so it only shows a button; the button does what is to be done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from flask import flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.services import (
    join_identity,
    part_identity,
    request_sign_in_link,
    sign_in_with_identity,
)
from consult.accounts.signing_in.identities import ProvedIdentity
from consult.consent.uses import USES
from consult.errors import Conflict, Rejected, TooManyTries
from consult.i18n import N_, Message
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import (
    JOIN,
    PROVIDER_WANTED,
    ArrivalForm,
    consultations_of,
    keep_request,
    local_address,
    me,
    signed_in,
)
from consult.web.account.provider_settings import ProviderRefused, ProviderTrouble, is_configured
from consult.web.account.sign_in import SignInForm, sign_in_page
from consult.web.forms import HiddenField, say
from consult.web.guards import requires
from consult.web.joining import asks_for, take_ticked
from consult.web.proof import recently_proven
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, device, settings

View = TypeVar("View", bound=Callable[..., Any])
#: How long somebody has to sign in here after they came from the provider, to be asked whether to join the two.
JOIN_WITHIN = timedelta(hours=1)
TROUBLE = N_("Signing in with %(provider)s does not work now. Choose another way here, or try again later.")
REFUSED = N_("%(provider)s did not sign you in. Try again, or choose another way here.")


class BackForm(ArrivalForm):
    """What the provider sent along, and whether the phone is shared."""

    code = HiddenField()
    state = HiddenField()
    iss = HiddenField()


class Pending(NamedTuple):
    """An account elsewhere that was proved in this browser and waits to be joined, until a moment in ISO 8601."""

    issuer: str
    subject: str
    until: str


def with_provider(view: View) -> View:
    """Let a view act where there is a provider; elsewhere the browser goes to the sign-in page."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if is_configured() else redirect(url_for("account.sign_in"), 303)

    return asked  # type: ignore[return-value]


@blueprint.get("/sign-in/provider")
@requires("public.read")
@with_provider
def provider() -> Response | tuple[str, int]:
    """Go to the provider; who is signed in goes there to join the two accounts."""
    session[PROVIDER_WANTED] = local_address(request.args.get("next"))
    back = settings().base_url.rstrip("/") + url_for("account.provider_back")
    from consult.web.account.provider_client import begin  # late: Authlib is large, and few instances have a provider

    try:
        return begin(back)
    except ProviderTrouble as trouble:
        return _no_way(trouble)


@blueprint.get("/sign-in/provider/back")
@requires("public.read")
@with_provider
def provider_back() -> Response | tuple[str, int]:
    """Show the button that signs in: nothing is used up by opening the address."""
    if error := request.args.get("error"):
        return _no_way(ProviderRefused(error) if error == "access_denied" else ProviderTrouble("error"))
    sent = {name: request.args.get(name, "")[:2000] for name in ("code", "state", "iss")}
    if not (sent["code"] and sent["state"]):
        return _no_way(ProviderTrouble("no code"))
    page = render_template(
        "account/provider_back.html", form=BackForm(**sent), provider=settings().oidc_name, joins=actor().signed_in
    )
    response: Response = make_response(page)
    response.headers["Cache-Control"], response.headers["Referrer-Policy"] = "no-store", "no-referrer"
    return response


@blueprint.post("/sign-in/provider/back")
@requires("public.read")
@with_provider
def come_back() -> Response | tuple[str, int]:
    """Take the provider's answer: sign in who has joined the two accounts, and ask who is signed in whether to join them."""
    from consult.web.account.provider_client import proved  # late, as above

    form = BackForm()
    try:
        found = proved(form.iss.data or "")
        if actor().signed_in:
            _keep(found)
            return redirect(url_for("account.join"), 303)
        opened = sign_in_with_identity(
            found,
            origin=request.remote_addr or "",
            actor=actor(),
            shared=bool(form.shared.data),
            device=device(),
        )
    except ProviderTrouble as trouble:
        return _no_way(trouble)
    except (Conflict, TooManyTries) as refused:
        return _page_with(refused.message, 429 if isinstance(refused, TooManyTries) else 409)
    if opened is None:
        return _unknown(found)
    return signed_in(opened, session.get(PROVIDER_WANTED))


def _unknown(found: ProvedIdentity) -> Response | tuple[str, int]:
    """Say the same to everybody whose account there is joined with none here; mail a link where the provider knows an address."""
    try:
        if found.email:
            keep_request(
                request_sign_in_link(found.email, origin=request.remote_addr or ""), session.get(PROVIDER_WANTED)
            )
    except Rejected:
        pass  # what the provider calls an address is none here
    except TooManyTries as waiting:
        return _page_with(waiting.message, 429)
    note_refusal("provider, not joined")
    _keep(found)
    return redirect(url_for("account.provider_unknown"), 303)


@blueprint.get("/sign-in/provider/unknown")
@requires("public.read")
@with_provider
def provider_unknown() -> str:
    """Say what to do the first time: sign in here once, in this browser, and join the two."""
    return render_template("account/provider_unknown.html", provider=settings().oidc_name)


def _keep(found: ProvedIdentity) -> None:
    session[JOIN] = list(Pending(found.issuer, found.subject, (clock.now() + JOIN_WITHIN).isoformat()))


def _pending() -> ProvedIdentity | None:
    kept = session.get(JOIN)
    if not kept:
        return None
    issuer, subject, until = Pending(*kept)
    return ProvedIdentity(issuer, subject) if datetime.fromisoformat(until) > clock.now() else None


@blueprint.get("/account/join")
@requires("account.use")
def join() -> str | Response:
    """Ask whether to join the account elsewhere that was just shown with the visitor's own."""
    if _pending() is None:
        return redirect(url_for("account.security"), 303)
    asks = asks_for(me(), consultations_of(me()))
    return render_template("account/join.html", provider=settings().oidc_name, asks=asks, uses=USES)


@blueprint.post("/account/join")
@requires("account.use")
@recently_proven()
def join_accounts() -> Response:
    """Join the two, or leave it."""
    found = _pending()
    session.pop(JOIN, None)
    if found is not None and request.form.get("then") != "leave":
        try:
            join_identity(found, actor=actor())
            take_ticked(me(), consultations_of(me()))
            flash(say(N_("You can sign in with %(provider)s from now on.", provider=settings().oidc_name)), "ok")
        except Conflict as refused:
            flash(say(refused.message), "no")
    return redirect(url_for("account.security", _anchor="provider"), 303)


@blueprint.post("/account/identities/<uuid:identity>/part")
@requires("account.use")
@recently_proven()
def part(identity: uuid.UUID) -> Response:
    """Part an account elsewhere from the visitor's own."""
    part_identity(identity, actor=actor())
    flash(say(N_("The two accounts are parted.")), "ok")
    return redirect(url_for("account.security", _anchor="provider"), 303)


def _no_way(trouble: ProviderTrouble) -> tuple[str, int]:
    """Say on the sign-in page that it did not work; the log gets a word of ours, never what the provider wrote."""
    note_refusal("provider refused" if isinstance(trouble, ProviderRefused) else "provider trouble")
    refused = isinstance(trouble, ProviderRefused)
    words = REFUSED if refused else TROUBLE
    return _page_with(Message(words.text, {"provider": settings().oidc_name}), 403 if refused else 502)


def _page_with(message: Message, status: int) -> tuple[str, int]:
    form = SignInForm(next=session.get(PROVIDER_WANTED, ""))
    form.problems.append(say(message))
    return sign_in_page(form), status
