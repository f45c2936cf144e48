"""A consultation in which everything happened once: written, discussed, voted on, reserved against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from consult.settings import Settings
from consult.testing.small_tracks import running_app


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)
