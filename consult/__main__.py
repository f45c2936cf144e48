"""The `consult` program, and the application as a process of its server begins it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from consult.cli.root import program

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Import and set up without looking for garbage meanwhile, and leave alone afterwards what was made.

    Modules, models and addresses live as long as the process. The collector would go through all of them again and again
    while they are made, a fifth of the time of a start, and later whenever it collects beside a request.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def make_app(**overrides: object) -> Flask:
    """Return the application of the present instance; imported late, so that pure commands start at once."""
    with _collecting_later():
        from consult.app import create_app
        from consult.settings import load_settings

        return create_app(load_settings(None, **overrides))


def make_served_app() -> WSGIApplication:
    """Return the application of the present instance as a process serves it."""
    with _collecting_later():
        from consult.app import create_served_app

        return create_served_app()


def main() -> None:
    """Run the program; commands get `make_app` as their context object, and one that makes none is over before it would pay."""
    gc.disable()
    program(obj=make_app, prog_name="consult")


if __name__ == "__main__":
    main()
