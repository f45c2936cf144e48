"""A page with two faults on purpose: an injection into SQL and a script that comes back. A scanner that misses them says nothing.

Run as `python -m tools.audit.planted PORT WORD`: it listens on loopback only and answers /-/health with the word.
"""

from __future__ import annotations

import sqlite3
import sys
from threading import Lock

from flask import Flask, request


def planted_app(word: str) -> Flask:
    """Return the faulty application."""
    app = Flask("planted")
    rows = sqlite3.connect(":memory:", check_same_thread=False)
    one = Lock()
    rows.executescript("CREATE TABLE text (id INTEGER, title TEXT); INSERT INTO text VALUES (1, 'water'), (2, 'roads')")

    @app.get("/-/health")
    def health() -> str:
        return word

    @app.get("/")
    def home() -> str:
        return (
            '<!doctype html><title>planted</title><a href="/texts?id=1">texts</a> <a href="/said?word=water">said</a>'
        )

    @app.get("/texts")
    def texts() -> tuple[str, int]:
        try:
            with one:
                found = rows.execute(f"SELECT title FROM text WHERE id = {request.args.get('id', '1')}").fetchall()
        except sqlite3.Error as error:
            return f"<!doctype html><title>wrong</title><p>sqlite3.OperationalError: {error}", 200
        return f"<!doctype html><title>texts</title><p>{[title for (title,) in found]}", 200

    @app.get("/said")
    def said() -> str:
        return f"<!doctype html><title>said</title><p>You said: {request.args.get('word', '')}"

    return app


if __name__ == "__main__":
    planted_app(sys.argv[2]).run("127.0.0.1", int(sys.argv[1]), threaded=True)
