"""A link from a letter: shown by GET, so that no mail scanner uses it up, and consumed by the button."""

from __future__ import annotations

import uuid

from flask import make_response, render_template, session
from werkzeug.wrappers import Response

from consult.accounts.services import consume_link
from consult.accounts.signing_in.asked_links import code_to_type
from consult.accounts.signing_in.links import LinkView, Purpose, read_link
from consult.consent.uses import USES
from consult.consultations.names import withheld_alias
from consult.consultations.queries import staff_consultations
from consult.errors import LinkSpent
from consult.i18n import Localized, Message
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import WANTED, ArrivalForm, asked, signed_in
from consult.web.guards import requires
from consult.web.joining import asks_for, take_agreed
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, device


class InvitationForm(ArrivalForm):
    """The button, and whether the phone is shared."""


@blueprint.get("/invitation/<token>")
@requires("public.read")
def invitation(token: str) -> Response:
    """Show whose link it is and what it opens; nothing is used up. One that another browser asked for shows its code."""
    try:
        link = read_link(token)
    except LinkSpent:
        return _spent()
    if code := code_to_type(token, asked()):
        return _elsewhere(link, code, 200)
    known = staff_consultations([link.consultation]) if link.consultation else []
    page = render_template(
        "account/invitation.html",
        form=InvitationForm(),
        token=token,
        name=_name(link),
        link=link,
        invited_to=known[0] if known else None,
        invited=link.purpose is Purpose.INVITATION,
        asks=asks_for(link.person, _invited_to(link)),
        uses=USES,
    )
    return _private(page, 200)


@blueprint.post("/invitation/<token>")
@requires("public.read")
def accept_invitation(token: str) -> Response:
    """Use the link up and sign in."""
    wanted = session.get(WANTED) if asked() else None
    try:
        if code := code_to_type(token, asked()):
            return _elsewhere(read_link(token), code, 409)
        link, shared = read_link(token), bool(InvitationForm().shared.data)
        opened = consume_link(token, asked=asked(), actor=actor(), shared=shared, device=device())
    except LinkSpent:
        return _spent()
    answer = signed_in(opened, wanted)
    take_agreed(opened, _invited_to(link))
    return answer


def _elsewhere(link: LinkView, code: str, status: int) -> Response:
    page = render_template("account/link_elsewhere.html", name=_name(link), code=code, link=link)
    return _private(page, status)


def _name(link: LinkView) -> Localized | Message | str:
    hidden = withheld_alias(link.person)
    return hidden.who if hidden else link.name


def _invited_to(link: LinkView) -> list[uuid.UUID]:
    """Return the consultation that somebody joins with a link; a link to sign in joins none."""
    return [link.consultation] if link.purpose is Purpose.INVITATION and link.consultation else []


def _spent() -> Response:
    note_refusal("link spent")
    return _private(render_template("account/spent.html"), 410)


def _private(page: str, status: int) -> Response:
    """Keep the address, which opens an account, out of every cache and every referrer."""
    response: Response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
