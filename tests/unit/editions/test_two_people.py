"""Publishing with two people: what is confirmed is what was asked for, and the switch needs two to go off."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role
from consult.accounts.four_eyes import needs_two, waiting_acts
from consult.accounts.models import RoleGrant
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.stream import events_after
from consult.i18n import LANGUAGES
from consult.outcomes.models import Edition
from consult.outcomes.services import (
    RegionDraft,
    Silence,
    ask_edition,
    confirm_act,
    edit_region,
    need_one_person,
    need_two_people,
    publish_edition,
    withdraw_act,
)
from consult.testing.story import Story
from consult.testing.world import World

SILENCE = Silence("Reading goes on.", "en")


def _second_organiser(world: World) -> None:
    with transaction():
        grant = RoleGrant(id=new_id(), person_id=world.people["derna"], role=Role.ORGANISER, granted_at=clock.now())
        grant.consultation_id = world.consultation_id
        session.add(grant)


def _editions() -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Edition)) or 0


def test_one_asks_and_another_publishes_what_was_asked_for(story: Story) -> None:
    world = story.world
    here, first = world.consultation, world.actor("organiser")
    _second_organiser(world)
    second = world.actor("derna")
    need_two_people(consultation=here, actor=first)
    with pytest.raises(Conflict, match="needs two people"):
        publish_edition(consultation=here, actor=first, silence=SILENCE)
    with pytest.raises(Rejected):
        ask_edition(consultation=here, actor=first)  # texts have no answer, and nobody says why
    ask_edition(consultation=here, actor=first, silence=SILENCE)
    (asked,) = waiting_acts(here.id)
    with pytest.raises(Forbidden):
        confirm_act(asked.id, consultation=here, actor=first)
    for code in LANGUAGES:
        edit_region(RegionDraft("foreword", code, "We changed a word meanwhile."), consultation=here, actor=first)
    with pytest.raises(Conflict, match="has changed since"):
        confirm_act(asked.id, consultation=here, actor=second)
    assert _editions() == 0
    withdraw_act(asked.id, consultation=here, actor=first)
    with clock.at(clock.now() + timedelta(hours=5)):
        ask_edition(consultation=here, actor=second, silence=SILENCE)
    (asked,) = waiting_acts(here.id)
    with clock.at(clock.now() + timedelta(days=2)):
        edition = confirm_act(asked.id, consultation=here, actor=first)
    assert edition is not None
    assert (edition.number, edition.published_by, edition.silence) == (1, first.person, SILENCE.reason)
    assert waiting_acts(here.id) == []
    told = [e.type for e in events_after(here.id) if e.type.startswith(("GraveAct", "Edition", "FourEyes"))]
    asked_twice = ["GraveActAsked", "GraveActWithdrawn", "GraveActAsked"]
    assert told == ["FourEyesSwitched", *asked_twice, "GraveActConfirmed", "EditionPublished"]


def test_two_are_needed_to_need_one_again(world: World) -> None:
    here, first = world.consultation, world.actor("organiser")
    with pytest.raises(Conflict, match="nobody could confirm"):
        need_two_people(consultation=here, actor=first)
    _second_organiser(world)
    need_two_people(consultation=here, actor=first)
    with pytest.raises(Conflict, match="needed already"):
        need_two_people(consultation=here, actor=first)
    need_one_person(consultation=here, actor=first)
    (asked,) = waiting_acts(here.id)
    with pytest.raises(Forbidden):
        confirm_act(asked.id, consultation=here, actor=first)
    assert needs_two(here.id)
    assert confirm_act(asked.id, consultation=here, actor=world.actor("derna")) is None
    assert not needs_two(here.id)
    with pytest.raises(Conflict, match="enough already"):
        need_one_person(consultation=here, actor=first)


@pytest.mark.parametrize("who", ["moderator", "ghat", "administrator"])
def test_nobody_else_asks_confirms_or_switches(world: World, who: str) -> None:
    here, actor = world.consultation, world.actor(who)
    _second_organiser(world)
    need_two_people(consultation=here, actor=world.actor("organiser"))
    need_one_person(consultation=here, actor=world.actor("organiser"))
    (asked,) = waiting_acts(here.id)
    for attempt in (
        lambda: ask_edition(consultation=here, actor=actor, silence=SILENCE),
        lambda: confirm_act(asked.id, consultation=here, actor=actor),
        lambda: withdraw_act(asked.id, consultation=here, actor=actor),
        lambda: need_two_people(consultation=here, actor=actor),
        lambda: need_one_person(consultation=here, actor=actor),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert len(waiting_acts(here.id)) == 1
