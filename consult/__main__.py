"""The `consult` program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consult.cli.root import program

if TYPE_CHECKING:
    from flask import Flask


def make_app(**overrides: object) -> Flask:
    """Return the application of the present instance; imported late, so that pure commands start at once."""
    from consult.app import create_app
    from consult.settings import load_settings

    return create_app(load_settings(None, **overrides))


def main() -> None:
    """Run the program; commands get `make_app` as their context object."""
    program(obj=make_app, prog_name="consult")


if __name__ == "__main__":
    main()
