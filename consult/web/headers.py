"""The headers of every answer: nothing inline, nothing from elsewhere, nothing framed, nothing kept that is private."""

from __future__ import annotations

from flask import Flask, g
from werkzeug.wrappers import Response

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: For a year no browser that came by https comes without it. The proxy of `consult nginx` says the same.
HSTS = "max-age=31536000; includeSubDomains"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}


def headers_of_every_answer(app: Flask) -> list[tuple[str, str]]:
    """Return the headers that every answer has."""
    always = dict(HEADERS)
    if not app.config["CONSULT"].insecure_http:
        always["Strict-Transport-Security"] = HSTS
    return list(always.items())


def install(app: Flask) -> None:
    """Add the headers; what does not say otherwise may not be kept by any cache."""
    always = headers_of_every_answer(app)

    @app.after_request
    def add(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, value) for name, value in always if name.lower() not in given])
        if "cache-control" not in given:
            response.headers["Cache-Control"] = "no-store" if g.get("visit") else "no-cache"
        return response
