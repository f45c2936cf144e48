"""An application with small tracks of its own, and a position to hand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.services import SubmissionDraft, submit
from consult.testing.small_tracks import running_app
from consult.testing.world import World


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)


@pytest.fixture
def position(world: World) -> Callable[..., SubmissionDraft]:
    """Make a position of a member that is in order; keywords change it."""

    def make(key: str = "ghat", **changes: Any) -> SubmissionDraft:
        plain = SubmissionDraft(
            member=world.members[key],
            title="سجل بلدي لبيانات الهجرة",
            language="ar",
            text="تمر بغات أقدم طرق القوافل.\n\nولا تعرف البلدية عدد المقيمين.",
            proposals="نقترح سجلًا يحصي ولا يسمّي.",
            topics=("gcm-1",),
            answers={"decision": "31/2026"} if key in {"ghat", "derna", "zuwara"} else {},
        )
        return replace(plain, **changes)

    return make


@pytest.fixture
def handed_in(world: World, position: Callable[..., SubmissionDraft]) -> Callable[..., Submission]:
    """Hand in a position as its author."""

    def hand_in(key: str = "ghat", **changes: Any) -> Submission:
        return submit(position(key, **changes), consultation=world.consultation, actor=world.actor(key))

    return hand_in
