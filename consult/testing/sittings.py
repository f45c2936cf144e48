"""Sessions for tests: a good draft, and sessions that are planned, opened or held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from consult import clock
from consult.i18n import Localized
from consult.sessions.models import Session
from consult.sessions.queries import agenda
from consult.sessions.services import (
    ItemDraft,
    SessionDraft,
    ask_floor,
    check_in,
    close_session,
    finish_item,
    give_floor,
    open_session,
    plan_session,
    start_item,
)
from consult.testing.world import World


def session_draft(**changes: Any) -> SessionDraft:
    """Return a good draft: a plenary from now for six hours, a quorum of two thirds, three items; with changes."""
    now = clock.now()
    values: dict[str, Any] = {
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
    return SessionDraft(**(values | changes))


def planned_session(world: World, **changes: Any) -> Session:
    """Plan a session in the small consultation."""
    return plan_session(session_draft(**changes), consultation=world.consultation, actor=world.actor("organiser"))


def opened_session(world: World, *present: str, **changes: Any) -> Session:
    """Plan a session, check these members in, and open it."""
    row, moderator = planned_session(world, **changes), world.actor("moderator")
    check_in([world.members[name] for name in present], sitting=row, actor=moderator)
    return open_session(row, actor=moderator)


def held_session(world: World) -> Session:
    """Hold a session: two present, item 2 discussed, one speech by the member whose name is withheld; closed."""
    row, moderator = opened_session(world, "ghat", "cso"), world.actor("moderator")
    item = start_item(agenda(row.id)[1], actor=moderator)
    ask_floor(row, actor=world.actor("cso"))
    ask_floor(row, actor=world.actor("ghat"))
    give_floor(row, actor=moderator)
    finish_item(item, actor=moderator)
    return close_session(row, actor=moderator)
