"""Real processes that hand in at the same time, for tests of receipt numbers and of buttons pressed twice."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from flask import Flask

from consult.accounts.access import Actor, Membership
from consult.app import create_app
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.errors import Rejected
from consult.settings import Settings
from consult.submissions.services import SubmissionDraft, submit
from consult.testing.small_tracks import MunicipalTrack, small_plugins

_app: Flask | None = None
_start: Any = None


def _begin(settings: Settings, barrier: Any) -> None:
    global _app, _start
    _app, _start = create_app(settings, plugins=small_plugins()), barrier


@contextmanager
def writers(settings: Settings, count: int) -> Iterator[ProcessPoolExecutor]:
    """Start `count` processes on one instance. Give them exactly `count` tasks at a time: they begin together."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["consult.testing.writers"])
    barrier = context.Barrier(count)
    with ProcessPoolExecutor(count, context, _begin, (settings, barrier)) as pool:
        yield pool


def hand_in_all(consultation: uuid.UUID, member: uuid.UUID, drafts: Sequence[uuid.UUID], refused: int) -> list[str]:
    """Hand in a position under each draft id in turn, and first so many without a title; return the receipt numbers."""
    assert _app is not None
    actor = Actor(person=member, memberships=(Membership(member, consultation, "", None, False),))
    with _app.app_context():
        here = session.get_one(Consultation, consultation)
        _start.wait(timeout=60)
        for _ in range(refused):
            _refused(member, here, actor)
        return [submit(_position(member, "عنوان", draft), consultation=here, actor=actor).number for draft in drafts]


def _position(member: uuid.UUID, title: str, draft: uuid.UUID) -> SubmissionDraft:
    asked = session.get_one(Member, member).track == MunicipalTrack.key
    return SubmissionDraft(
        id=draft,
        member=member,
        title=title,
        language="ar",
        text="نص.",
        topics=("gcm-1",),
        answers={"decision": "31/2026"} if asked else {},
    )


def _refused(member: uuid.UUID, here: Consultation, actor: Actor) -> None:
    try:
        submit(_position(member, "", uuid.uuid4()), consultation=here, actor=actor)
    except Rejected:
        return
    raise AssertionError("a position without a title was taken")
