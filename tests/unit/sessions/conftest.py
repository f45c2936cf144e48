"""A session with three items and a quorum of two thirds, planned and opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from consult import clock
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.services import ItemDraft, SessionDraft, open_session, plan_session
from consult.testing.world import World


def draft(**changes: object) -> SessionDraft:
    """Return a good draft of a session, with changes."""
    now = clock.now()
    values: dict[str, object] = {
        "kind": "plenary",
        "names": Localized(ar="الجلسة العامة الأولى", en="First plenary session", fr="Première séance plénière"),
        "venues": Localized(ar="قاعة الشعب", en="People’s Hall", fr="Salle du Peuple"),
        "starts_at": now,
        "ends_at": now + timedelta(hours=6),
        "quorum": "2/3",
        "speaking_minutes": 3,
        "items": [
            ItemDraft(Localized(ar="الافتتاح", en="Opening", fr="Ouverture"), 15),
            ItemDraft(Localized(ar="بيانات الهجرة", en="Migration data", fr="Données migratoires"), 50),
            ItemDraft(Localized(ar="الاختتام", en="Closing", fr="Clôture"), 10),
        ],
    }
    return SessionDraft(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def planned(world: World) -> Session:
    """A planned session."""
    return plan_session(draft(), consultation=world.consultation, actor=world.actor("organiser"))


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
