"""The plugin comes to a core that is at work already."""

from __future__ import annotations

import consult_municipal.plugin
import sqlalchemy as sa
from consult_municipal.models import MunicipalAnswer

from consult.sdk import session
from consult.testing.acts import deliver, hand_in
from consult.testing.installing import Settings, column_differences, install_tables, missing_tables, running
from consult.testing.world import make_world


def test_its_tables_are_made_beside_what_is_there(core_settings: Settings) -> None:
    with running(core_settings, plugins={}):
        world = make_world()
        assert missing_tables() == []
    with running(core_settings, plugins={"municipal": consult_municipal.plugin}):
        assert missing_tables() == ["municipal"]
        assert install_tables() == {"municipal": (None, "municipal_0001")}
        assert (install_tables(), missing_tables()) == ({}, [])
        received = hand_in(world, "ghat", {"council_date": "2025-03-30", "council_decision": "31/2026"})
        deliver()
        assert session.scalars(sa.select(MunicipalAnswer.submission_id)).all() == [received.id]


def test_the_tables_are_what_the_models_say(core_settings: Settings) -> None:
    with running(core_settings, plugins={"municipal": consult_municipal.plugin}):
        install_tables()
        assert [column_differences(model) for model in (MunicipalAnswer,)] == [set()] * 1
