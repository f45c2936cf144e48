"""Several people press at once: the database keeps one speaker, one place in the list, one presence."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from consult.db import session
from consult.errors import Conflict
from consult.events.stream import current_seq, events_after
from consult.sessions.models import Attendance, Session, Speech
from consult.sessions.queries import agenda, current_speech, list_of_speakers
from consult.sessions.services import ask_floor, check_in, end_speech, finish_item, give_floor, start_item
from consult.testing.world import World

Act = Callable[[Session], object]


def _at_once(app: Flask, sitting: uuid.UUID, acts: list[Act]) -> list[str]:
    """Do the acts at the same moment, each in a context of its own; return "done" or the name of the refusal."""
    ready = threading.Barrier(len(acts))

    def one(act: Act) -> str:
        with app.app_context():
            row = session.get_one(Session, sitting)
            ready.wait(10)
            try:
                act(row)
            except Conflict as refused:
                return type(refused).__name__
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_two_moderators_give_the_floor_at_once(app: Flask, world: World, opened: Session) -> None:
    moderator = world.actor("moderator")
    for _ in range(6):
        for who in ("ghat", "derna", "zuwara"):
            ask_floor(opened, actor=world.actor(who))
        got = _at_once(app, opened.id, [lambda row: give_floor(row, actor=moderator)] * 2)
        session.rollback()
        assert got == ["Conflict", "done"]
        assert len(list_of_speakers(opened.id)) == 2
        speaking = current_speech(opened.id)
        assert speaking is not None
        end_speech(speaking, actor=moderator)
        for _ in range(2):
            end_speech(give_floor(opened, actor=moderator), actor=moderator)
    given = [e for e in events_after(world.consultation_id, limit=1000) if e.type == "FloorGiven"]
    assert len(given) == 18
    assert [e.seq for e in events_after(world.consultation_id, limit=1000)] == list(
        range(1, current_seq(world.consultation_id) + 1)
    )


def test_a_double_press_asks_once(app: Flask, world: World, opened: Session) -> None:
    ghat = world.actor("ghat")
    assert _at_once(app, opened.id, [lambda row: ask_floor(row, actor=ghat)] * 4) == ["Conflict"] * 3 + ["done"]
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Speech)) == 1


def test_two_doors_check_the_same_people_in(app: Flask, world: World, opened: Session) -> None:
    moderator, everyone = world.actor("moderator"), list(world.members.values())

    def forwards(row: Session) -> object:
        return check_in(everyone, sitting=row, actor=moderator)

    def backwards(row: Session) -> object:
        return check_in(everyone[::-1], sitting=row, actor=moderator)

    assert _at_once(app, opened.id, [forwards, backwards]) == ["done", "done"]
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Attendance)) == 5
    came = [e for e in events_after(world.consultation_id, limit=1000) if e.type == "MemberCheckedIn"]
    assert len(came) == 5


def test_finishing_an_item_against_giving_the_floor_leaves_no_speaker(
    app: Flask, world: World, opened: Session
) -> None:
    moderator = world.actor("moderator")
    for item in list(agenda(opened.id)):
        start_item(item, actor=moderator)
        ask_floor(opened, actor=world.actor("ghat"))

        def finish(row: Session, position: int = item.position) -> object:
            return finish_item(agenda(row.id)[position - 1], actor=moderator)

        _at_once(app, opened.id, [finish, lambda row: give_floor(row, actor=moderator)])
        session.rollback()
        assert (current_speech(opened.id), list_of_speakers(opened.id)) == (None, [])
