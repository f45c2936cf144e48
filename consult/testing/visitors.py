"""A visitor on a real connection: either the server answered, or the connection broke and nobody knows what was done."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, where it sends the visitor, and the page."""

    status: int
    location: str
    page: str


@dataclass(slots=True)
class Visitor:
    """A browser that is signed in by its cookie; every request has a connection of its own."""

    port: int
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    form_token: str = ""

    def get(self, path: str) -> Answer:
        """Load a page, and keep the token of its form for later."""
        answer = self._send("GET", path)
        if found := _TOKEN.search(answer.page):
            self.form_token = found[1]
        return answer

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form with the token of the last page that had one."""
        return self._send("POST", path, urlencode({"csrf_token": self.form_token, **fields}))

    def _send(self, method: str, path: str, body: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = {"consult-session": self.token, **self.cookies} if self.token else self.cookies
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            page = response.read().decode()
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(response.status, response.headers.get("Location", ""), page)
