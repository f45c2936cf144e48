"""A blind track with one paper, two criteria and two reviewers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from consult.settings import Settings
from consult.testing.peer_review import Reviews, open_reviews
from consult.testing.small_tracks import running_app
from consult.testing.world import World


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)


@pytest.fixture
def room(world: World) -> Reviews:
    """See `consult.testing.peer_review`."""
    return open_reviews(world)
