"""Missions abroad: a list that ships and is kept by hand; who takes part from abroad chooses from it, and gets its clock."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from flask import Flask

from consult.accounts.access import ANONYMOUS
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import LANGUAGES, Localized, translate
from consult.notifications.choosing import PlaceDraft, choose_place
from consult.notifications.missions import (
    MissionDraft,
    add_mission,
    mission_called,
    missions,
    restore_mission,
    retire_mission,
)
from consult.notifications.places import COUNTRIES, ZONES
from consult.notifications.wishes import Wishes, wishes_of
from consult.testing.together import begun_meanwhile
from consult.testing.world import World

BONN = MissionDraft("DE", "consulate", Localized(ar="بون", en="Bonn", fr="Bonn"), "Europe/Berlin")


def _place(world: World, **given: str) -> tuple[str, Wishes]:
    proposed = choose_place(PlaceDraft(**given), actor=world.actor("ghat"))
    return proposed, wishes_of([world.people["ghat"]])[world.people["ghat"]]


def test_what_ships_is_complete(world: World) -> None:
    known = missions()
    assert len(known) >= 30
    for code, one in known.items():
        assert (one.code, one.country in COUNTRIES, one.timezone in ZONES, one.retired) == (code, True, True, None)
        assert set(one.cities) == set(LANGUAGES), code
        assert all(one.cities.values()), code
    assert translate(known["TR-ISTANBUL"].name, "en") == "Consulate in Istanbul"
    assert mission_called("السفارة في روما", known) == known["IT-ROME"]
    assert mission_called(" ROME", known) == known["IT-ROME"]
    assert mission_called("Springfield", known) is None


def test_country_and_clock_come_with_a_mission_and_another_clock_stays(world: World) -> None:
    assert _place(world, district="Lyon")[1].district == "Lyon"
    proposed, now = _place(world, mission="FR-PARIS", district="Lyon")
    assert (proposed, now.mission, now.country, now.timezone) == ("Europe/Paris", "FR-PARIS", "FR", "Europe/Paris")
    assert now.district == "Lyon", "what was written in their own words is kept"
    proposed, now = _place(world, mission="FR-PARIS", country="FR")
    assert (proposed, now.timezone) == ("", "Africa/Tripoli"), "whoever wants the clock of the consultation has it"
    proposed, now = _place(world, mission="TN-TUNIS", country="FR", timezone="Europe/Rome")
    assert (proposed, now.country, now.timezone) == ("", "FR", "Europe/Rome")
    with pytest.raises(Rejected) as refused:
        _place(world, mission="XX-NOWHERE")
    assert [problem.field for problem in refused.value.problems] == ["mission"]


def test_keepers_add_and_retire_and_a_choice_from_before_stays(world: World) -> None:
    keeper = world.actor("organiser")
    for wrong, field in (
        (replace(BONN, country="XX"), "country"),
        (replace(BONN, kind="office"), "kind"),
        (replace(BONN, cities=Localized(en="Bonn")), "city"),
        (replace(BONN, timezone="Europe/Bonn"), "timezone"),
    ):
        with pytest.raises(Rejected) as refused:
            add_mission(wrong, actor=keeper)
        assert [problem.field for problem in refused.value.problems] == [field]
    for who in (ANONYMOUS, world.actor("ghat"), world.actor("moderator")):
        with pytest.raises(Forbidden):
            add_mission(BONN, actor=who)
    assert add_mission(BONN, actor=keeper).code == "DE-BONN"
    with pytest.raises(Rejected):
        add_mission(BONN, actor=keeper)
    _place(world, mission="SD-KHARTOUM")
    for code in ("DE-BONN", "SD-KHARTOUM"):
        retire_mission(code, actor=keeper)
        with pytest.raises(Conflict):
            retire_mission(code, actor=keeper)
    assert _place(world, mission="SD-KHARTOUM")[1].mission == "SD-KHARTOUM", "chosen while it was open"
    with pytest.raises(Rejected):
        _place(world, mission="DE-BONN")
    restore_mission("DE-BONN", actor=keeper)
    assert _place(world, mission="DE-BONN")[1].mission == "DE-BONN"
    with pytest.raises(NotFound):
        retire_mission("XX-NOWHERE", actor=keeper)
    told = [event for event in events_after(INSTANCE) if event.type.startswith("Mission")]
    assert [event.type for event in told] == ["MissionAdded", "MissionRetired", "MissionRetired", "MissionRestored"]
    assert told[0].facts == {"code": "DE-BONN"}


def _told() -> list[str]:
    return [event.type for event in events_after(INSTANCE) if event.type in {"MissionRetired", "WishesChanged"}]


def test_whoever_chooses_while_a_mission_is_retired_is_told(app: Flask, world: World) -> None:
    keeper, ghat = world.actor("organiser"), world.actor("ghat")
    for code in ("FR-PARIS", "FR-PARIS"):  # retired for the first time: no row of its own is there yet; then with one
        told = begun_meanwhile(
            app,
            lambda: retire_mission("FR-PARIS", actor=keeper),
            lambda: choose_place(PlaceDraft(mission="FR-PARIS"), actor=ghat),
        )
        assert isinstance(told, Rejected)
        assert [(one.field, one.message.text) for one in told.problems] == [
            ("mission", "This mission is not in the list any more. Choose another.")
        ]
        assert wishes_of([world.people["ghat"]])[world.people["ghat"]].mission == ""
        restore_mission(code, actor=keeper)
    assert _told() == ["MissionRetired"] * 2


def test_what_was_chosen_while_it_was_open_is_kept_and_stands_first_in_the_log(app: Flask, world: World) -> None:
    keeper, ghat = world.actor("organiser"), world.actor("ghat")
    begun_meanwhile(
        app,
        lambda: choose_place(PlaceDraft(mission="FR-PARIS"), actor=ghat),
        lambda: retire_mission("FR-PARIS", actor=keeper),
    )
    assert wishes_of([world.people["ghat"]])[world.people["ghat"]].mission == "FR-PARIS"
    assert missions()["FR-PARIS"].retired is not None
    assert _told() == ["WishesChanged", "MissionRetired"]


def test_of_two_keepers_at_once_the_second_is_told(app: Flask, world: World) -> None:
    keeper = world.actor("organiser")
    retire, add = partial(retire_mission, "FR-PARIS", actor=keeper), partial(add_mission, BONN, actor=keeper)
    assert isinstance(begun_meanwhile(app, retire, retire), Conflict)
    told = begun_meanwhile(app, add, add)
    assert isinstance(told, Rejected)
    assert [one.field for one in told.problems] == ["city"]
