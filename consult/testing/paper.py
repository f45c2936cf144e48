"""Clerks of the small consultation, and a sheet they enter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import Person, RoleGrant
from consult.db import new_id, session, transaction
from consult.paper.models import Sheet
from consult.paper.services import PrintDraft, enter, print_sheets
from consult.testing.world import World

CLERKS = ("first", "second", "third")
#: What stands on the sheet of these tests.
ON_PAPER: Mapping[str, Any] = {
    "sheet_name": "أحمد كوسا",
    "sheet_title": "الماء في غات",
    "sheet_topics": ["gcm-1"],
    "sheet_text": "لا يكفي الماء.\n\nوالطريق بعيد.",
    "sheet_proposals": "بئر في كل حي.",
    "decision": "31/2026",
    "telephone": "091 000 0000",
}


def make_clerk(world: World, key: str, *, track: str = "") -> None:
    """Enter somebody who is a clerk of the consultation, or of one track: `world.actor(key)` afterwards."""
    with transaction():
        person = Person(id=new_id(), name=key, email=f"{key}@example.org", email_key=f"{key}@example.org")
        person.language, person.created_at = "ar", clock.now()
        session.add(person)
        session.flush()
        grant = RoleGrant(person_id=person.id, role=Role.CLERK, consultation_id=world.consultation_id, track=track)
        grant.granted_at = clock.now()
        session.add(grant)
    world.people[key] = person.id


def with_clerks(world: World) -> World:
    """Enter three clerks and return the world."""
    for key in CLERKS:
        make_clerk(world, key)
    return world


def printed(world: World, track: str = "municipal", language: str = "ar", count: int = 1) -> list[Sheet]:
    """Print sheets as the first clerk."""
    return print_sheets(PrintDraft(track, language, count), consultation=world.consultation, actor=world.actor("first"))


def entered(world: World, sheet: Sheet, by: str, **changes: Any) -> Sheet:
    """Enter a sheet as a clerk; keywords change what stands on it, None leaves a box empty."""
    given = {key: value for key, value in {**ON_PAPER, **changes}.items() if value is not None}
    return enter(sheet, given, consultation=world.consultation, actor=world.actor(by))
