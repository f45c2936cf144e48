"""Bodies of the small consultation that go into another, and come back."""

from __future__ import annotations

from consult import clock
from consult.accounts.bodies.ending import EndDraft, UndoDraft
from consult.accounts.models import Body
from consult.consultations.winding.winding_up import WindingUp, stakes_of
from consult.db import session
from consult.recommendations.winding_up import undo_winding_up, wind_up
from consult.testing.world import World


def ends(world: World, key: str, way: str, *into: str) -> Body:
    """End the body of a member, followed by the bodies with these codes, and decide the same of everything it has."""
    body, draft = world.bodies[key], EndDraft(clock.now().date(), "قانون 3", into)
    ways = {stake.key: way for stake in stakes_of(body)}
    return wind_up(draft, WindingUp(ways, "دُمجت البلديتان.", "ar"), body=body, actor=world.actor("administrator"))


def goes_into(world: World, key: str, other: str) -> Body:
    """End the body of a member, whose members take part for the body of another from then on."""
    into = session.get_one(Body, world.bodies[other]).key
    return ends(world, key, f"join:{into}", into)


def comes_back(world: World, key: str) -> Body:
    """Undo the end of the body of a member."""
    draft = UndoDraft("لم يُنشر القرار.", "ar")
    return undo_winding_up(draft, body=world.bodies[key], actor=world.actor("administrator"))
