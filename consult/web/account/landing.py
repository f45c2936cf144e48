"""Where somebody goes after signing in: back to where they came from, else to what is theirs."""

from __future__ import annotations

import uuid

from flask import flash, redirect, session, url_for
from werkzeug.wrappers import Response

from consult.accounts.sign_in import Opened, load_actor
from consult.consultations.queries import staff_consultations
from consult.errors import Forbidden
from consult.i18n import LANGUAGES, N_
from consult.web.forms import say
from consult.web.visitor import actor, set_sign_in_cookie

LONGEST_ADDRESS = 500


def local_address(wanted: str | None) -> str:
    """Return an address of this site as it stands, "" for any other: nobody is sent elsewhere after signing in."""
    if not wanted or len(wanted) > LONGEST_ADDRESS or not wanted.isprintable() or "\\" in wanted or "//" in wanted:
        return ""
    head = wanted[1:].split("/", 1)[0].split("?", 1)[0]
    return wanted if wanted.startswith("/") and head in LANGUAGES else ""


def signed_in(opened: Opened, wanted: str | None = None) -> Response:
    """Answer a successful sign-in: a new cookie, a fresh form token, and the way on."""
    session.clear()  # the token of the forms is as old as whoever was here before
    flash(say(N_("You are signed in.")), "ok")
    response = redirect(local_address(wanted) or _own_page(opened), 303)
    set_sign_in_cookie(response, opened.token, shared=opened.shared)
    return response


def _own_page(opened: Opened) -> str:
    """Return the address of the consultation somebody was invited to or belongs to; the first page if there are several."""
    found = consultations_of(opened.person) if opened.consultation is None else [opened.consultation]
    known = staff_consultations(found)
    return url_for("public.consultation", slug=known[0].slug) if len(known) == 1 else url_for("public.home")


def me() -> uuid.UUID:
    """Return whoever is signed in; Forbidden for nobody, which sends them to the sign-in page."""
    person = actor().person
    if person is None:
        raise Forbidden
    return person


def consultations_of(person: uuid.UUID) -> list[uuid.UUID]:
    """Return the consultations in which a person takes part or holds a role."""
    them = load_actor(person)
    found = [m.consultation for m in them.memberships] + [scope for _, scope in them.roles if scope is not None]
    return list(dict.fromkeys(found))
