"""An application with small tracks, and three clerks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from consult.settings import Settings
from consult.testing.paper import with_clerks
from consult.testing.small_tracks import running_app
from consult.testing.world import World


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)


@pytest.fixture
def office(world: World) -> World:
    """The small consultation with three clerks: first, second, third."""
    return with_clerks(world)
