"""What a visitor sees when something is wrong: plain words, in their language, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import NoResultFound, SQLAlchemyError
from werkzeug.exceptions import BadHost, BadRequest, HTTPException, InternalServerError, SecurityError
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from consult.errors import (
    Busy,
    Conflict,
    ConsultError,
    Forbidden,
    LinkSpent,
    NotFound,
    Rejected,
    SecondFactorNeeded,
    TooManyTries,
    TooMuchReading,
)
from consult.i18n import N_, Message
from consult.web.forms import say
from consult.web.reading import seconds_left
from consult.web.security_log import note_refusal
from consult.web.visitor import actor

#: status -> title, what happened and what to do
WORDS: dict[int, tuple[Message, Message]] = {
    400: (
        N_("The page could not be read"),
        N_("Something in the address or the form was not as it should be. Go back and try again."),
    ),
    401: (N_("Sign in first"), N_("This page is for people who are signed in.")),
    403: (
        N_("This is not open to you"),
        N_(
            "You are signed in, and this page needs a right that you do not have. If you think you should have it, ask the organisers."
        ),
    ),
    404: (
        N_("There is nothing at this address"),
        N_("The page may have moved, or the address may be incomplete. Check it, or start from the first page."),
    ),
    405: (N_("This cannot be done here"), N_("Go back to the page you came from and use its buttons.")),
    409: (
        N_("This has changed meanwhile"),
        N_(
            "Somebody acted before you, or the time for this has passed. Nothing of yours was lost. Open the page again and decide anew."
        ),
    ),
    410: (
        N_("This link has been used or has expired"),
        N_("A sign-in link works once, for a limited time. Ask for a new one."),
    ),
    413: (
        N_("This is too large"),
        N_("What you sent is larger than this page takes. Go back, shorten it, and try again."),
    ),
    422: (
        N_("Some answers need mending"),
        N_("Go back: every answer is still there, with a note where something is missing."),
    ),
    429: (N_("Too many tries"), N_("Wait a little, then try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was half done: either all of it is kept or none. The fault has been noted. Try again in a moment."),
    ),
    503: (
        N_("The platform is busy or being looked after"),
        N_(
            "What you typed has not been saved. It is still on the page you came from: go back, keep the page open, and send it again in a minute."
        ),
    ),
}

STALE_FORM = N_(
    "This page was open for too long, or cookies are switched off. "
    "Go back, load the page again and send the form once more."
)
STALE_KEPT = N_(
    "This page was open for too long, or you signed in again meanwhile. What you typed is not lost: it is kept on this page."
)
ENDED_MEANWHILE = N_("Your sign-in has ended meanwhile. What you typed is not lost: it is kept on this page.")


#: Forms in which people write at length: where the sign-in has ended meanwhile, what they typed comes back with the answer.
WRITTEN_AT_LENGTH = frozenset(
    {
        "take_part.step",
        "take_part.begin",
        "take_part.reserve",
        "take_part.reservation",
        "take_part.response_part",
        "take_part.appeal",
        "facilitate.review",
        "facilitate.accreditation",
        "facilitate.together",
        "facilitate.appeal",
        "facilitate.assessed_note",
        "peer_review.text",
        "translate.text",
        "evaluate.write",
        "organise.write_message",
        *(f"paper.{name}" for name in ("enter_sheet", "assist_person", "settle_sheet")),
        *(f"organise.{name}" for name in ("new_section", "edit_section", "add_question", "edit_question")),
    }
)


#: Characters from which on a field was written at length: no choice, number or name.
LONG = 40

#: Addresses that a script of ours asks, of which it reads the status alone: on a slow line nothing else is sent.
ANSWERED_BRIEFLY = frozenset(
    {
        "take_part.autosave",
        "take_part.autosave_begun",
        "translate.autosave",
        "take_part.bring_in_pieces",
        "take_part.piece",
        "public.bring_application_file",
        "public.application_piece",
        "paper.bring_picture",
        "paper.picture_piece",
    }
)


def error_page(status: int, detail: Message | None = None, *, sent: Sequence[tuple[str, str]] = ()) -> tuple[str, int]:
    """Return the page for a status; `detail` replaces the general explanation, `sent` are the fields of a form to be kept.

    Where they cannot be sent again, what was written at length stands on the page, to be copied.
    """
    if request.endpoint in ANSWERED_BRIEFLY:
        return "", status
    title, words = WORDS.get(status, WORDS[400 if status < 500 else 500])
    if isinstance(request.routing_exception, BadHost | SecurityError):
        return f"{title}\n", status  # without a host the links of a page lead nowhere
    g.setdefault("consultation", None)
    said = {"status": status, "title": title, "words": detail or words, "sent": sent, "lost": _lost(status)}
    return render_template("errors/error.html", **said), status


def _lost(status: int) -> list[str]:
    """Return what somebody wrote at length and may no longer, or cannot now, hand in: their role ended while a form was open."""
    if status not in (403, 404, 409) or request.endpoint not in WRITTEN_AT_LENGTH or not is_from_here():
        return []
    return [value for _name, value in _typed() if len(value) > LONG]


def forbidden(_error: Forbidden) -> Response | tuple[str, int]:
    """Send a visitor who is not signed in to the sign-in page, and back here afterwards."""
    if actor().signed_in:
        note_refusal("forbidden")
        return error_page(403)
    if request.method == "GET":
        return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")), 303)
    note_refusal("not signed in")
    if request.endpoint not in WRITTEN_AT_LENGTH:
        return error_page(401)
    return error_page(401, ENDED_MEANWHILE, sent=_typed())


def _typed() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]


def second_factor_needed(error: SecondFactorNeeded) -> Response | tuple[str, int]:
    """Send whose role, or whose name among readers, waits for a second factor to the page where it is set up or shown."""
    if request.method == "GET":
        if not actor().held_back:  # of roles that wait the page itself speaks
            flash(say(error.message), "wait")
        return redirect(url_for("account.security"), 303)
    return error_page(403, error.message)


def not_found(_error: NotFound) -> tuple[str, int]:
    """Say that there is nothing here, whether it never was or may not be known."""
    return error_page(404)


def conflict(error: Conflict) -> tuple[str, int]:
    """Say what has changed meanwhile."""
    return error_page(409, error.message)


def rejected(error: Rejected) -> tuple[str, int]:
    """Say what is wrong, for the few acts that have no form to show it in."""
    return error_page(422, error.message)


def link_spent(_error: LinkSpent) -> tuple[str, int]:
    """Say that a link works once, and how to get another."""
    note_refusal("link spent")
    return error_page(410)


def too_many_tries(error: TooManyTries) -> tuple[str, int]:
    """Say that one has to wait."""
    note_refusal("too many tries")
    return error_page(429, error.message)


def too_much_reading(error: TooMuchReading) -> tuple[str, int, dict[str, str]]:
    """Say that one has to wait for the next minute."""
    return *error_page(429, error.message), {"Retry-After": str(seconds_left())}


def busy(error: Busy) -> tuple[str, int]:
    """Say that the machine has too much to do."""
    return error_page(503, error.message)


def other(error: ConsultError) -> tuple[str, int]:
    """Say what happened."""
    return error_page(400, error.message)


def csrf(_error: CSRFError) -> tuple[str, int]:
    """Say how to go on when the form's token is missing or old: whoever signed in again beside a page has an old one there.

    What was typed at length comes back with a new one, if it comes from here.
    """
    note_refusal("form token")
    if _comes_back() and is_from_here():
        return error_page(400, STALE_KEPT, sent=_typed())
    return error_page(400, STALE_FORM)


def _comes_back() -> bool:
    """Tell whether what was sent is kept on the page: it was long, or somebody had to show in between who they are."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.endpoint in WRITTEN_AT_LENGTH or hasattr(view, "consult_proven")


def is_from_here(*, sure: bool = False) -> bool:
    """Tell whether a browser says that a page of ours sent this; one that says nothing is believed unless it must be sure."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin") or (origin is not None and urlsplit(origin).netloc != request.host):
        return False
    return not sure or origin is not None


def ours_only(kind: str = "application/json") -> None:
    """Raise BadRequest unless a script of a page of ours asks, in place of a form's token, which takes a tenth of a kilobyte.

    Browsers name the page's origin with whatever a script posts, and let no other site send JSON or bytes here without asking first
    (which nothing answers). The cookie of the sign-in does not come along from elsewhere either.
    """
    if request.mimetype != kind or not is_from_here(sure=True):
        raise BadRequest


def database_trouble(error: SQLAlchemyError) -> tuple[str, int]:
    """Say that nothing was kept and nothing typed is lost; the log gets the kind of error, not its values.

    A row that an address or a form names and that is not there is not found.
    """
    if isinstance(error, NoResultFound):
        return error_page(404)
    current_app.logger.error("database error on %s %s: %s", request.method, request.endpoint, type(error).__name__)
    return error_page(503)


def http(error: HTTPException) -> Response | tuple[str, int]:
    """Give every other status its page; redirects pass."""
    if error.code is None or error.code < 400:
        return Response(error.get_body(), error.code or 500, error.get_headers())
    return error_page(error.code)


def broken(_error: InternalServerError) -> tuple[str, int]:
    """Say that the fault is ours; Flask has logged it."""
    return error_page(500)


HANDLERS: dict[type[Exception], Callable[..., Any]] = {
    Forbidden: forbidden,
    SecondFactorNeeded: second_factor_needed,
    NotFound: not_found,
    Conflict: conflict,
    Rejected: rejected,
    LinkSpent: link_spent,
    TooManyTries: too_many_tries,
    TooMuchReading: too_much_reading,
    Busy: busy,
    ConsultError: other,
    CSRFError: csrf,
    SQLAlchemyError: database_trouble,
    HTTPException: http,
    InternalServerError: broken,
}


def install(app: Flask) -> None:
    """Turn every error into its page; never a trace, never a swallowed fault."""
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, handler)
    app.after_request(stay_here)


def stay_here(response: Response) -> Response:
    """Put a forgotten slash without naming the host: it is what the request says, and that may be somebody else's."""
    if isinstance(error := request.routing_exception, RequestRedirect):
        whole = urlsplit(error.new_url)
        local = "/" + whole.path.lstrip("/\\") + (f"?{whole.query}" if whole.query else "")
        response.set_data(redirect(local, error.code).get_data())
        response.location = local
    return response
