"""Fixtures of confidential testimony: an instance whose key lies elsewhere, and a consultation that takes testimonies."""

from __future__ import annotations

from pathlib import Path

import pytest

from consult.settings import Settings
from consult.testing.testimonies import offered, with_key
from consult.testing.world import World


@pytest.fixture
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an instance with a key in another folder."""
    elsewhere: Path = tmp_path_factory.mktemp("elsewhere")
    return with_key(settings, elsewhere)


@pytest.fixture
def here(world: World) -> World:
    """The small consultation, which takes testimonies."""
    return offered(world)
