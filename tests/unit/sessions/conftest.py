"""A session with three items and a quorum of two thirds, planned and opened."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consult.events.stream import events_after
from consult.sessions.models import Session
from consult.sessions.services import open_session
from consult.testing.sittings import planned_session
from consult.testing.world import World


@pytest.fixture
def planned(world: World) -> Session:
    """A planned session."""
    return planned_session(world)


@pytest.fixture
def opened(planned: Session, world: World) -> Session:
    """An open session with nobody present yet."""
    return open_session(planned, actor=world.actor("moderator"))


@pytest.fixture
def happened(world: World) -> Callable[[], list[str]]:
    """Return the types of what happened in the consultation since the last call."""
    seen = 0

    def since() -> list[str]:
        nonlocal seen
        events = events_after(world.consultation_id, seen, limit=1000)
        seen = events[-1].seq if events else seen
        return [event.type for event in events]

    return since
