"""The plugin comes to a core that is at work already."""

from __future__ import annotations

import consult_cso.plugin
import sqlalchemy as sa
from consult_cso.models import CsoRegistration, CsoVoice

from consult.sdk import session
from consult.testing.acts import deliver, hand_in
from consult.testing.installing import Settings, column_differences, install_tables, missing_tables, running
from consult.testing.world import make_world


def test_its_tables_are_made_beside_what_is_there(core_settings: Settings) -> None:
    with running(core_settings, plugins={}):
        world = make_world()
        assert missing_tables() == []
    with running(core_settings, plugins={"cso": consult_cso.plugin}):
        assert missing_tables() == ["cso"]
        assert install_tables() == {"cso": (None, "cso_0001")}
        assert (install_tables(), missing_tables()) == ({}, [])
        received = hand_in(world, "cso", {"kind": "association", "coverage": "national"})
        deliver()
        assert session.scalars(sa.select(CsoVoice.submission_id)).all() == [received.id]


def test_the_tables_are_what_the_models_say(core_settings: Settings) -> None:
    with running(core_settings, plugins={"cso": consult_cso.plugin}):
        install_tables()
        assert [
            column_differences(model)
            for model in (
                CsoRegistration,
                CsoVoice,
            )
        ] == [set()] * 2
