"""The one caller of hooks: whom it asks, and what keeps an application from starting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pluggy
import pytest
from flask import Flask
from markupsafe import Markup

from consult.accounts.access import Permission
from consult.app import create_app
from consult.events.types import Recorded
from consult.i18n import Message
from consult.plugins.hookspecs import NavigationLink, hookimpl
from consult.plugins.manager import load_hooks, plugin_readers
from consult.plugins.track import Track
from consult.settings import Settings
from consult.testing.installing import running
from consult.testing.small_tracks import MunicipalTrack, small_plugins
from consult.testing.world import World


class Sign:
    """A plugin that shows its name in every slot and has a link; it takes only the arguments it needs."""

    def __init__(self, name: str) -> None:
        self.name = name

    @hookimpl
    def consult_slot(self, slot: str) -> Markup | None:
        """Its name."""
        return Markup("<b>%s</b>") % self.name if slot == "organise.overview" else None

    @hookimpl
    def consult_navigation(self) -> Sequence[NavigationLink] | None:
        """A link with its name."""
        return [NavigationLink(Message(self.name), "/")]


class TrackSign(Sign):
    """One that brings a track too."""

    def __init__(self, name: str, key: str) -> None:
        super().__init__(name)
        self.track = MunicipalTrack()
        self.track.key = key

    @hookimpl
    def consult_track(self) -> Track:
        """Its track."""
        return self.track


@pytest.fixture
def signs() -> dict[str, object]:
    """Two plugins with tracks and one without."""
    return {"one": TrackSign("one", "first"), "two": TrackSign("two", "second"), "three": Sign("three")}


def _asked(hooks: Any) -> set[str]:
    return {str(link.label) for link in hooks.navigation(None, None)}


def test_tracks_that_a_consultation_has_not_switched_on_are_silent(app: Flask, signs: dict[str, object]) -> None:
    hooks = load_hooks(plugins=signs)
    assert _asked(hooks) == {"one", "two", "three"}
    assert _asked(hooks.scoped(["second"])) == {"two", "three"}
    assert _asked(hooks.scoped([])) == {"three"}
    assert _asked(hooks.scoped(["first", "second"]).scoped(["first"])) == {"one", "three"}


def test_a_silent_track_is_loaded_all_the_same(signs: dict[str, object]) -> None:
    hooks = load_hooks(plugins=signs).scoped([])
    assert hooks.plugin_names() == ["one", "three", "two"]
    assert [track.key for track in hooks.tracks.values()] == ["first", "second"]
    assert hooks.track("nobody") is None


def test_what_is_shown_in_a_place_is_joined_and_nothing_is_nothing(app: Flask, signs: dict[str, object]) -> None:
    hooks = load_hooks(plugins=signs)
    assert sorted(hooks.slot("organise.overview", {}).split("</b>")) == ["", "<b>one", "<b>three", "<b>two"]
    assert hooks.slot("submission.aside", {}) == ""
    assert list(hooks.failures) == []


def test_a_plugin_that_is_switched_off_is_not_there(signs: dict[str, object]) -> None:
    hooks = load_hooks(plugins=signs, disabled=("one", "never-installed"))
    assert hooks.plugin_names() == ["three", "two"]
    assert hooks.track("first") is None


def test_two_tracks_with_one_key_stop_the_start() -> None:
    plugins = {"one": TrackSign("one", "same"), "two": TrackSign("two", "same")}
    with pytest.raises(ValueError, match="two plugins bring a track called 'same'"):
        load_hooks(plugins=plugins)


def test_a_misspelt_hook_stops_the_start() -> None:
    class Misspelt:
        @hookimpl
        def consult_tracks(self) -> None:
            """There is no such hook."""

    with pytest.raises(pluggy.PluginValidationError, match="consult_tracks"):
        load_hooks(plugins={"misspelt": Misspelt()})


def test_an_argument_that_a_hook_does_not_have_stops_the_start() -> None:
    class Greedy:
        @hookimpl
        def consult_slot(self, slot: str, request: object) -> None:
            """There is no such argument."""

    with pytest.raises(pluggy.PluginValidationError, match="request"):
        load_hooks(plugins={"greedy": Greedy()})


@pytest.mark.parametrize("name", ["submission.read", "ballot.cast", "other.verb", "verb"])
def test_a_permission_does_not_bear_the_name_of_its_plugin(tmp_path: Path, name: str) -> None:
    class Bold:
        @hookimpl
        def consult_permissions(self) -> list[Permission]:
            """One that is not its own."""
            return [Permission(name, Message("do anything"), lambda actor, subject: True)]

    with pytest.raises(ValueError, match=f"the permission '{name}' of the plugin 'bold' must begin with 'bold.'"):
        create_app(Settings(instance_path=tmp_path), plugins={"bold": Bold()})


class Listener:
    """A plugin that hears events."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def consult_event(self, event: Recorded) -> None:
        """Note the type."""
        self.heard.append(event.type)


class Chooser(Listener):
    """A plugin that hears one type of event."""

    @hookimpl
    def consult_reacts_to(self) -> list[str]:
        """One type."""
        return ["SubmissionReceived"]


def test_a_plugin_gets_the_events_it_names_and_all_if_it_names_none() -> None:
    listener, chooser = Listener(), Chooser()
    readers = plugin_readers(load_hooks(plugins={"listener": listener, "chooser": chooser, **small_plugins()}))
    assert [reader.name for reader in readers] == ["chooser", "listener"]
    for kind in ("SubmissionReceived", "BallotOpened"):
        event = Recorded(None, None, 1, kind, None, None, {})  # type: ignore[arg-type]
        for reader in readers:
            if reader.wants(event):
                reader.receive(event)
    assert (listener.heard, chooser.heard) == (["SubmissionReceived", "BallotOpened"], ["SubmissionReceived"])


def test_a_track_needs_a_key_and_labels_only(world: World) -> None:
    plain = Track()
    assert (plain.questions({}), plain.settings_questions(), plain.constituencies()) == ((), (), ())
    assert (plain.reference_bodies(), plain.agenda_outline(world.consultation), plain.migrations()) == ((), (), None)
    assert (plain.constituency_of(None), plain.may_withhold_name, plain.one_seat_a_body) == ("", False, False)


def test_two_applications_in_one_process_have_their_own_plugins(settings: Settings, tmp_path: Path) -> None:
    other = Settings(instance_path=tmp_path / "other")
    with running(settings, small_plugins(MunicipalTrack)) as first, running(other, {}) as second:
        of = [list(app.extensions["consult"].hooks.tracks) for app in (first, second)]
    assert of == [["municipal"], []]
