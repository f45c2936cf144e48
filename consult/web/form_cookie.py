"""The cookie that holds a form's token and the message of the last act: Flask's own, with its signer made once."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class FormCookie(SecureCookieSessionInterface):
    """Flask makes the signer anew for every request, although most visitors have no such cookie."""

    _signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of an application, whose key does not change while it runs."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer


def install(app: Flask) -> None:
    """Give an application its own signer."""
    app.session_interface = FormCookie()
