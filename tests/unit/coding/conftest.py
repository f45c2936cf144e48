"""Three accepted texts, a codebook of the Global Compact, and two coders to whom every text was handed out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from consult.settings import Settings
from consult.testing.coding import Room, open_room
from consult.testing.small_tracks import running_app
from consult.testing.story import Story


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)


@pytest.fixture
def room(written_texts: Story) -> Room:
    """See `consult.testing.coding`."""
    return open_room(written_texts.world)
