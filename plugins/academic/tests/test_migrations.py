"""The plugin comes to a core that is at work already."""

from __future__ import annotations

import consult_academic.plugin
import sqlalchemy as sa
from consult_academic.models import AcademicPaper

from consult.sdk import session
from consult.testing.acts import deliver, hand_in
from consult.testing.installing import Settings, column_differences, install_tables, missing_tables, running
from consult.testing.world import make_world


def test_its_tables_are_made_beside_what_is_there(core_settings: Settings) -> None:
    with running(core_settings, plugins={}):
        world = make_world()
        assert missing_tables() == []
    with running(core_settings, plugins={"academic": consult_academic.plugin}):
        assert missing_tables() == ["academic"]
        assert install_tables() == {"academic": (None, "academic_0001")}
        assert (install_tables(), missing_tables()) == ({}, [])
        received = hand_in(world, "professor", {"discipline": "law"})
        deliver()
        assert session.scalars(sa.select(AcademicPaper.submission_id)).all() == [received.id]


def test_the_tables_are_what_the_models_say(core_settings: Settings) -> None:
    with running(core_settings, plugins={"academic": consult_academic.plugin}):
        install_tables()
        assert [column_differences(model) for model in (AcademicPaper,)] == [set()] * 1
