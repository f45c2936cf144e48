"""The program as an operator meets it: with an instance of its own, and what it printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from consult.app import create_app
from consult.cli.root import program
from consult.db import database
from consult.settings import Settings, load_settings

Run = Callable[..., Result]


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an instance that does not exist yet; variables of the outside are out of the way."""
    monkeypatch.setenv("CONSULT_INSTANCE_PATH", str(tmp_path / "instance"))
    return tmp_path / "instance"


@pytest.fixture
def migrated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A migrated, empty instance, once on each engine, that the program finds."""
    return found_by_the_program(settings, monkeypatch)


def found_by_the_program(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Say to the program where an instance is."""
    monkeypatch.setenv("CONSULT_INSTANCE_PATH", str(settings.instance_path))
    monkeypatch.setenv("CONSULT_DATABASE_URL", settings.database_url)
    return settings


@pytest.fixture
def run() -> Iterator[Run]:
    """Run the program with arguments; every connection it opened is closed afterwards."""
    made: list[Flask] = []

    def making(**overrides: object) -> Flask:
        made.append(create_app(load_settings(None, **overrides)))
        return made[-1]

    yield lambda *arguments: CliRunner().invoke(program, [str(a) for a in arguments], obj=making, prog_name="consult")
    for app in made:
        with app.app_context():
            database.engine.dispose()
