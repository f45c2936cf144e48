"""The application of these tests has two small tracks; the academic one is not installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from consult.app import create_app
from consult.db import database
from consult.settings import Settings
from consult.testing.towns import PLUGINS


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with the tracks of `consult.testing.towns` only."""
    app = create_app(settings, plugins=PLUGINS)
    app.testing = True
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()
