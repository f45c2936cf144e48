"""The bare Flask routes: what the pages and the casting are measured against.

`python -m tools.bench.bare PORT` serves, for an instance named by CONSULT_* variables, every address of consult with one
view that runs the same statements through the driver, fetches their rows, and renders the same templates with the same
contexts: no ORM, no guards, no forms, no events, no headers. `POST /cast` writes votes as `consult.ballots.box` does.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from flask import Flask, g, redirect, request
from jinja2 import Template

from consult.app import create_app
from consult.db import database
from consult.runtime import Runtime, bind
from tools.bench.capture import Captured, capture
from tools.bench.vote import CAST, Vote


class Driver:
    """One connection of the driver, prepared as the application prepares its own, without SQLAlchemy around it."""

    def __init__(self, app: Flask) -> None:
        with app.app_context():
            self.engine = database.engine
        self.sqlite = self.engine.dialect.name == "sqlite"
        connection: Any = self.engine.raw_connection().driver_connection
        self.connection = connection
        if not self.sqlite:
            self.connection.autocommit = True  # BEGIN is said where it is meant, as SQLAlchemy has it said on SQLite
        self.lock = Path(f"{self.engine.url.database}.lock") if self.sqlite else None

    def read(self, captured: Captured) -> list[list[Any]]:
        """Run the statements of a page in one transaction and fetch everything."""
        if not captured.statements:
            return []
        with closing(self.connection.cursor()) as cursor:
            found = []
            cursor.execute("BEGIN")
            for statement in captured.statements:
                cursor.execute(statement.text, statement.parameters)
                found.append(cursor.fetchall() if cursor.description else [])
            cursor.execute("ROLLBACK")
        return found

    def cast(self, vote: Vote) -> bool:
        """Write one vote, with the same lock and the same transaction as the application."""
        with self.lock.open("ab") if self.lock else nullcontext() as lock:
            if lock is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            with closing(self.connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE" if self.sqlite else "BEGIN")
                cursor.execute(CAST["sqlite" if self.sqlite else "postgresql"], vote.parameters(self.sqlite))
                written = cursor.fetchone() is not None
                cursor.execute("COMMIT")
        return written


def create_bare() -> Flask:
    """Return the bare application."""
    app = create_app()
    driver = Driver(app)
    known: dict[str, Captured] = {}
    bare = Flask("bare", static_folder=None, template_folder=None)
    bare.config.update(app.config)
    bare.extensions = app.extensions
    bare.jinja_env = app.jinja_env  # a cached property that nobody has asked for yet
    bare.url_map, bare.url_default_functions = app.url_map, app.url_default_functions
    parts: Runtime = app.extensions["consult"]

    def page(**_: Any) -> str:
        address = request.full_path
        if address not in known:
            known[address] = capture(app, address.rstrip("?"), request.headers.get("Cookie", ""))
        captured = known[address]
        bind(parts)
        g.__dict__.update(captured.of_request)
        driver.read(captured)
        return _render(captured.rendered)

    bare.view_functions = dict.fromkeys(app.view_functions, page)
    return bare


def _render(rendered: list[tuple[Template, dict[str, Any]]]) -> str:
    pages = [template.render(context) for template, context in rendered]
    return pages[-1] if pages else ""


def create_ballot_box() -> Flask:
    """Return the bare application that takes votes: voter and choice come in a form, the answer leads on."""
    driver = Driver(create_app())
    box = Flask("box", static_folder=None, template_folder=None)

    @box.post("/cast")
    def cast() -> Any:
        if not driver.cast(Vote(request.form["ballot"], request.form["voter"], request.form["choice"])):
            return "not cast", 409
        return redirect("/done", 303)

    return box


def serve(port: int, factory: Callable[[], Flask], workers: int) -> None:
    """Serve an application as consult is served."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        f"tools.bench.bare:{factory.__name__}",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]), {"pages": create_bare, "box": create_ballot_box}[sys.argv[2]], int(sys.argv[3]))
