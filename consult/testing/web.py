"""A browser for tests that fills in forms as a person would: token and all."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Browser(FlaskClient):
    """A client whose every request has an application context of its own.

    Inside the context that a test holds, Flask would share `g` between the requests: the second visitor would be the first.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request as from outside."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def cost(client: FlaskClient, path: str) -> float:
    """Return the least CPU seconds that a page takes of three, to be compared with another page of the same run."""
    seconds = []
    for _ in range(3):
        begun = process_time()
        client.get(path).get_data()
        seconds.append(process_time() - begun)
    return min(seconds)


def form_token(client: FlaskClient, path: str) -> str:
    """Return the token of the form on a page."""
    page = client.get(path).get_data(as_text=True)
    found = _TOKEN.search(page)
    if found is None:
        raise AssertionError(f"there is no form on {path}")
    return found[1]


def post(client: FlaskClient, path: str, fields: dict[str, Any], *, form_page: str = "") -> TestResponse:
    """Load the page of a form (by default the same address), then send the form with its token."""
    token = form_token(client, form_page or path)
    return client.post(path, data={"csrf_token": token, **fields})
