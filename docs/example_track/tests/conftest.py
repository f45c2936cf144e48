"""The example is not installed: its folder is put where Python looks, and an application is made with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consult.testing.acts import invite, set_up_track
from consult.testing.installing import Settings, install_tables, running
from consult.testing.world import World, make_world

sys.path.insert(0, str(Path(__file__).parents[1]))

import consult_embassy.plugin as plugin


@pytest.fixture
def app(core_settings: Settings) -> Iterator[Flask]:
    """An application with the example and no other plugin."""
    with running(core_settings, plugins={"embassy": plugin}) as app:
        install_tables()
        yield app


@pytest.fixture
def world(app: Flask) -> World:
    """The small consultation, with the track switched on and somebody abroad who takes part."""
    world = make_world()
    set_up_track(world, "embassy")
    invite(world, "نورا الفيتوري", "embassy", key="abroad")
    return world
