"""Where somebody goes after signing in: back to where they came from, else to what is theirs."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, session, url_for
from werkzeug.wrappers import Response

from consult.accounts.queries import person
from consult.accounts.signing_in.asked_links import REQUESTS_KEPT
from consult.accounts.signing_in.sign_in import Halfway, Opened, load_actor, visit_for_token
from consult.consultations.queries import staff_consultations
from consult.errors import Forbidden, Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_
from consult.web.forms import L_, BooleanField, Form, say
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, set_known_cookie, set_sign_in_cookie

LONGEST_ADDRESS = 500


def local_address(wanted: str | None) -> str:
    """Return an address of this site as it stands, "" for any other: nobody is sent elsewhere after signing in."""
    if not wanted or len(wanted) > LONGEST_ADDRESS or not wanted.isprintable() or "\\" in wanted or "//" in wanted:
        return ""
    head = wanted[1:].split("/", 1)[0].split("?", 1)[0]
    return wanted if wanted.startswith("/") and head in LANGUAGES else ""


#: The form's cookie holds, between the two steps of a sign-in, the token of the first and where somebody wanted to go.
SECOND_STEP, WANTED = "second_step", "wanted"
#: The secrets of the sign-in links that this browser asked for; what they are for ends by itself.
ASKED = "asked"
#: An account at the provider that waits to be joined with the account of whoever signs in next, and where they wanted to go.
JOIN, PROVIDER_WANTED = "join", "provider_wanted"


class ArrivalForm(Form):
    """What every form asks through which somebody comes in: whether the phone is shared."""

    shared = BooleanField(
        L_("This phone is shared with others"),
        description=L_("You are signed out after an hour, or when the browser is closed."),
    )


def keep_request(secret: str, wanted: str | None) -> None:
    """Keep in this browser the secret of a link that it asked for, beside those of the last, and where somebody wanted to go."""
    session[ASKED] = [*asked(), secret][-REQUESTS_KEPT:]
    session[WANTED] = local_address(wanted)


def asked() -> list[str]:
    """Return the secrets of the links that this browser asked for."""
    return list(session.get(ASKED, ()))


def signed_in(result: Opened | Halfway, wanted: str | None = None) -> Response:
    """Answer a sign-in: a new cookie, a fresh form token, and the way on; halfway, to the second step, without a cookie."""
    joining = session.get(JOIN)
    session.clear()  # the token of the forms is as old as whoever was here before
    if joining:
        session[JOIN] = joining
    if isinstance(result, Halfway):
        session[SECOND_STEP], session[WANTED] = result.token, local_address(wanted)
        return redirect(url_for("account.second_step"), 303)
    flash(say(N_("You are signed in.")), "ok")
    response = redirect(url_for("account.join") if joining else _way_on(result, wanted), 303)
    set_sign_in_cookie(response, result.token, shared=result.shared)
    if not result.shared and (address := person(result.person).email):
        set_known_cookie(response, address)
    return response


def come_in_by_code(
    form: ArrivalForm, page: Callable[..., Response], consume: Callable[[], Opened | Halfway], *, noted: str
) -> Response:
    """Use up the code that was typed in a form, and sign in; else the page again, a refusal `noted` without the code."""
    wanted = session.get(WANTED)
    if not form.validate_on_submit():
        return page(form, 422)
    try:
        opened = consume()
    except Rejected as refused:
        note_refusal(noted)
        form.take(refused)
        return page(form, 422)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return page(form, 429)
    return signed_in(opened, wanted)


def _way_on(opened: Opened, wanted: str | None) -> str:
    """Return where somebody wanted to go or belongs; who has to set up a second step first goes where that is done."""
    who = visit_for_token(opened.token).actor
    if who.held_back or who.unproved:
        return url_for("account.security")
    return local_address(wanted) or _own_page(opened)


def _own_page(opened: Opened) -> str:
    """Return the address of the consultation somebody was invited to or belongs to; the first page if there are several."""
    found = consultations_of(opened.person) if opened.consultation is None else [opened.consultation]
    known = staff_consultations(found)
    return url_for("public.consultation", slug=known[0].slug) if len(known) == 1 else url_for("public.home")


def me() -> uuid.UUID:
    """Return whoever is signed in; Forbidden for nobody, which sends them to the sign-in page."""
    who = actor().person
    if who is None:
        raise Forbidden
    return who


def consultations_of(who: uuid.UUID) -> list[uuid.UUID]:
    """Return the consultations in which a person takes part or holds a role."""
    them = load_actor(who)
    found = [m.consultation for m in them.memberships] + [
        held.consultation for held in them.roles if held.consultation is not None
    ]
    return list(dict.fromkeys(found))
