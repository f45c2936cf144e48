"""What a page does: the statements it sends and the templates it renders, taken from one request to the application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, template_rendered
from jinja2 import Template

from consult.db import database

#: What every request makes for itself: the application's own binding, and the token of a form.
NOT_KEPT = frozenset({"consult_token", "csrf_token"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it went to the driver."""

    text: str
    parameters: Any


@dataclass(slots=True)
class Captured:
    """One request: status, statements, templates with their contexts in order, the body, and what `flask.g` held."""

    status: int = 0
    body: bytes = b""
    statements: list[Statement] = field(default_factory=list)
    rendered: list[tuple[Template, dict[str, Any]]] = field(default_factory=list)
    of_request: dict[str, Any] = field(default_factory=dict)

    @property
    def queries(self) -> int:
        """The number of queries."""
        return len(self.statements)


@contextmanager
def listening(app: Flask, engine: sa.Engine, captured: Captured) -> Iterator[None]:
    """Note into `captured` what goes to the database and what is rendered inside the block."""

    def sent(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        captured.statements.append(Statement(statement, parameters))

    def rendered(_sender: Flask, template: Template, context: dict[str, Any], **_: object) -> None:
        captured.rendered.append((template, context))
        captured.of_request = {name: g.get(name) for name in g if name not in NOT_KEPT}

    sa.event.listen(engine, "before_cursor_execute", sent)
    try:
        with template_rendered.connected_to(rendered, app):
            yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", sent)


def capture(app: Flask, path: str, cookie: str = "") -> Captured:
    """Ask for a page twice and return what the second request did: the first may fill what is kept in the process."""
    client = app.test_client()
    if cookie:
        name, _, value = cookie.partition("=")
        client.set_cookie(name, value)
    client.get(path)
    captured = Captured()
    with app.app_context():
        engine = database.engine
    with listening(app, engine, captured):  # outside of any context: each request has to enter its own, and leave it
        answer = client.get(path)
        captured.status, captured.body = answer.status_code, answer.get_data()
    return captured
