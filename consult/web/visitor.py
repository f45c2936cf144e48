"""Who visits: the sign-in cookie becomes an actor; the consultation in the address becomes a row."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.signing_in.devices import kind_of_device
from consult.accounts.signing_in.known_browsers import browser_mark
from consult.accounts.signing_in.sign_in import Visit, note_seen, visit_for_token
from consult.consultations.models import Consultation
from consult.consultations.queries import consultation_by_slug
from consult.errors import NotFound
from consult.events.stream import current_seq
from consult.settings import Settings
from consult.web.present import present

#: Methods that never write.
READING = frozenset({"GET", "HEAD"})
#: How long a browser is known in which somebody signed in.
KNOWN_SECONDS = 365 * 24 * 3600


def settings() -> Settings:
    """Return the settings of the running application."""
    found: Settings = current_app.config["CONSULT"]
    return found


def cookie_name(of: Settings | None = None) -> str:
    """Return the name of the sign-in cookie: `__Host-` needs https, so plain http in a hall has another."""
    return "consult-session" if (of or settings()).insecure_http else "__Host-consult-session"


def actor() -> Actor:
    """Return who acts in this request."""
    if "visit" not in g:
        token = request.cookies.get(cookie_name())
        g.visit = visit_for_token(token) if token else Visit(ANONYMOUS)
    visit: Visit = g.visit
    return visit.actor


def visit() -> Visit:
    """Return the visit of this request: the actor, unread notices, the visitor's own time zone."""
    actor()
    found: Visit = g.visit
    return found


def device() -> str:
    """Return the kind of browser and system of this request, as coarse as it is kept with a sign-in."""
    return kind_of_device(request.user_agent.string)


def consultation() -> Consultation:
    """Return the consultation of the address; NotFound where there is none."""
    if g.get("consultation") is None:
        slug = g.get("consultation_slug")
        found = _consultation(slug) if slug else None
        if found is None:
            raise NotFound
        g.consultation = found
    present: Consultation = g.consultation
    return present


def _consultation(slug: str) -> Consultation | None:
    """Return the consultation for reading, or, where something is going to be written, as a row of the session."""
    return take_present(slug) if request.method in READING else consultation_by_slug(slug)


def take_present(slug: str) -> Consultation | None:
    """Read the consultation of the page together with the newest number of its log, and keep both for the request."""
    found = present(slug)
    if found is None:
        return None
    g.consultation, g.log_number = found.consultation, found.seq
    return found.consultation


def log_number() -> int | None:
    """Return the newest number of the consultation's log as it was read with the consultation, None if it was not."""
    number: int | None = g.get("log_number")
    return number


def newest_number() -> int:
    """Return the newest number of the consultation's log (1 query where it was not read with the consultation)."""
    number = log_number()
    return current_seq(consultation().id) if number is None else number


def set_sign_in_cookie(response: Response, token: str, *, shared: bool = False) -> None:
    """Give the browser its sign-in token; the row decides how long it lives. On a shared phone it ends with the browser."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=None if shared else settings().session_hours * 3600,
        secure=not settings().insecure_http,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_sign_in_cookie(response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(cookie_name(), path="/", secure=not settings().insecure_http, httponly=True, samesite="Lax")


def known_cookie_name() -> str:
    """Return the name of the cookie by which a browser is known in which somebody signed in before."""
    return "consult-known" if settings().insecure_http else "__Host-consult-known"


def known_mark() -> str:
    """Return the mark that this browser keeps of the account that signed in here last, "" for none."""
    return request.cookies.get(known_cookie_name(), "")[:200]


def set_known_cookie(response: Response, address: str) -> None:
    """Let this browser be known as one of the account with this e-mail address, for a year."""
    response.set_cookie(
        known_cookie_name(),
        browser_mark(address),
        max_age=KNOWN_SECONDS,
        secure=not settings().insecure_http,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def begun_cookie_name() -> str:
    """Return the name of the cookie that leads to a text begun without an account: each consultation has its own."""
    return f"{'' if settings().insecure_http else '__Host-'}consult-begun-{consultation().slug}"


def begun_token() -> str:
    """Return the token of a text that was begun in this browser without an account, "" for none."""
    return request.cookies.get(begun_cookie_name(), "")


def install(app: Flask) -> None:
    """Take `slug` out of every address, put it into every address that is built, and note last-seen."""

    @app.url_value_preprocessor
    def take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.consultation_slug = (values or {}).pop("slug", None)

    @app.url_defaults
    def put(endpoint: str, values: dict[str, Any]) -> None:
        slug = g.get("consultation_slug")
        if slug and "slug" not in values and app.url_map.is_endpoint_expecting(endpoint, "slug"):
            values["slug"] = slug

    @app.after_request
    def seen(response: Response) -> Response:
        visit: Visit | None = g.get("visit")
        if visit is not None and visit.seen_due and visit.actor.sign_in is not None:
            try:
                note_seen(visit.actor.sign_in)
            except SQLAlchemyError as error:  # a full disk or a locked database keeps nobody from reading
                app.logger.warning("last-seen was not written: %s", type(error).__name__)
        return response
