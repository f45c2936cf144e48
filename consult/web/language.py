"""The language of a page: it stands in the path, and decides direction, words, digits and dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel import Locale
from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from consult.i18n import DEFAULT_LANGUAGE, LANGUAGES, Language


def current_language() -> Language:
    """Return the language of the present page; outside of one, Arabic."""
    return LANGUAGES[g.get("language", DEFAULT_LANGUAGE)]


def current_locale() -> Locale:
    """Return the Babel locale of the present page."""
    return current_language().locale


def install(app: Flask) -> None:
    """Take `lang` out of every address, and put it into every address that is built."""

    @app.before_request
    def refuse_nul() -> None:
        if "\0" in request.path or b"%00" in request.query_string or b"\0" in request.query_string:
            abort(404)  # no text of ours has it, and PostgreSQL refuses it in any question

    @app.url_value_preprocessor
    def take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        code = (values or {}).pop("lang", None)
        if code is not None and code not in LANGUAGES:
            abort(404)
        g.language = code or _language_of_path()

    @app.url_defaults
    def put(endpoint: str, values: dict[str, Any]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = g.get("language", DEFAULT_LANGUAGE)

    @app.get("/")
    def root() -> Response:
        best = request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE
        response = redirect(url_for("public.home", lang=best), 302)
        response.vary.add("Accept-Language")
        return response

    root.__dict__["consult_permission"] = "public.read"


def readable_above(path: str) -> str:
    """Return the address of what was asked if it is a page too, else the nearest page above: there stands its form."""
    pages, asked = current_app.url_map.bind("localhost"), request.url_rule
    for at in _upwards(path):
        try:
            page, _ = pages.match(at, "GET", return_rule=True)
        except HTTPException:
            continue
        # A word that stands for itself here may be taken for a part of another page's address: `/write/<draft>/newer/`.
        if at != path or asked is None or page.rule == asked.rule:
            return at
    return "/"


def _upwards(path: str) -> Iterator[str]:
    yield path
    while above := path.rstrip("/").rpartition("/")[0]:
        yield from (f"{above}/", above)
        path = above


def _language_of_path() -> str:
    first = request.path.lstrip("/").partition("/")[0]
    return first if first in LANGUAGES else DEFAULT_LANGUAGE


def same_page_in(code: str) -> str:
    """Return the address of the present page in another language (its home where there is no such page).

    What answers a form at an address that only takes forms is shown again on the page where the form stands.
    """
    path = request.path if request.method in ("GET", "HEAD") else readable_above(request.path)
    head, _, rest = path.lstrip("/").partition("/")
    if head not in LANGUAGES:
        return f"/{code}/"
    query = request.query_string.decode("ascii", "replace")
    return f"/{code}/{rest}" + (f"?{query}" if query and request.method == "GET" else "")
