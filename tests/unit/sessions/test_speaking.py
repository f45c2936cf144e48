"""The floor: asked for, given in turn, timed, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound
from consult.events.stream import events_after
from consult.sessions.models import AgendaItem, Session, Speech
from consult.sessions.queries import agenda, current_speech, list_of_speakers, seconds_by_track
from consult.sessions.services import (
    ask_floor,
    check_in,
    close_session,
    end_speech,
    extend_speech,
    finish_item,
    give_floor,
    start_item,
    suspend_session,
    withdraw_request,
)
from consult.testing.world import World

Happened = Callable[[], list[str]]


def _waiting(sitting: Session, world: World) -> list[str]:
    names = {member: key for key, member in world.members.items()}
    return [names[speech.member_id] for speech in list_of_speakers(sitting.id)]


def _item(sitting: Session, position: int) -> AgendaItem:
    return agenda(sitting.id)[position - 1]


def test_the_floor_goes_round(world: World, opened: Session, happened: Happened) -> None:
    moderator, start = world.actor("moderator"), clock.now()
    start_item(_item(opened, 1), actor=moderator)
    happened()
    for minute, who in enumerate(("ghat", "derna", "zuwara")):
        with clock.at(start + timedelta(minutes=minute)):
            ask_floor(opened, actor=world.actor(who))
    with clock.at(start + timedelta(minutes=5)):
        first = give_floor(opened, actor=moderator)
        ask_floor(opened, actor=world.actor("ghat"))
    assert (first.member_id, first.seconds) == (world.members["ghat"], 180)
    assert _waiting(opened, world) == ["derna", "zuwara", "ghat"]
    with clock.at(start + timedelta(minutes=6)):
        ask_floor(opened, actor=world.actor("professor"))
    assert _waiting(opened, world) == ["derna", "zuwara", "professor", "ghat"]
    with clock.at(start + timedelta(minutes=8)):
        second = give_floor(opened, instead_of=first.id, actor=moderator)
    now = current_speech(opened.id)
    assert (second.member_id, now.id if now else None) == (world.members["derna"], second.id)
    assert happened() == [
        *["FloorRequested"] * 3,
        "FloorGiven",
        *["FloorRequested"] * 2,
        "FloorEnded",
        "FloorGiven",
    ]
    ended = events_after(world.consultation_id, limit=1000)[-2]
    assert (ended.facts["seconds"], ended.facts["member"]) == (180, str(world.members["ghat"]))


def test_a_moderator_may_give_the_floor_out_of_turn(world: World, opened: Session) -> None:
    ask_floor(opened, actor=world.actor("ghat"))
    late = ask_floor(opened, actor=world.actor("derna"))
    assert give_floor(opened, speech=late.id, actor=world.actor("moderator")).member_id == world.members["derna"]
    assert _waiting(opened, world) == ["ghat"]


def test_the_second_of_two_moderators_is_told(world: World, opened: Session) -> None:
    moderator = world.actor("moderator")
    for who in ("ghat", "derna"):
        ask_floor(opened, actor=world.actor(who))
    given = give_floor(opened, actor=moderator)
    with pytest.raises(Conflict, match="meanwhile"):
        give_floor(opened, actor=moderator)
    now = current_speech(opened.id)
    assert now is not None
    assert now.id == given.id


def test_more_time_and_the_end(world: World, opened: Session, happened: Happened) -> None:
    moderator, start = world.actor("moderator"), clock.now()
    ask_floor(opened, actor=world.actor("professor"))
    with clock.at(start):
        speech = give_floor(opened, actor=moderator)
    happened()
    extend_speech(speech, actor=moderator)
    assert speech.seconds == 240
    with clock.at(start + timedelta(seconds=200)):
        assert dict(seconds_by_track(opened.id)) == {"academic": 200}
        end_speech(speech, actor=moderator)
    assert happened() == ["SpeakingTimeExtended", "FloorEnded"]
    for act in (end_speech, extend_speech):
        with pytest.raises(Conflict, match="ended already"):
            act(speech, actor=moderator)
    assert dict(seconds_by_track(opened.id)) == {"academic": 200}


def test_nobody_waits_twice(world: World, opened: Session) -> None:
    ask_floor(opened, actor=world.actor("ghat"))
    with pytest.raises(Conflict, match="already"):
        ask_floor(opened, actor=world.actor("ghat"))
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.add(Speech(id=new_id(), session_id=opened.id, member_id=world.members["ghat"], asked_at=clock.now()))


def test_the_database_keeps_one_speaker(world: World, opened: Session) -> None:
    for who in ("ghat", "derna"):
        ask_floor(opened, actor=world.actor(who))
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.execute(sa.update(Speech).where(Speech.session_id == opened.id).values(given_at=clock.now()))


def test_a_request_is_withdrawn_by_its_member_or_a_moderator(world: World, opened: Session, happened: Happened) -> None:
    mine = ask_floor(opened, actor=world.actor("ghat"))
    other = ask_floor(opened, actor=world.actor("derna"))
    happened()
    with pytest.raises(Forbidden):
        withdraw_request(mine, actor=world.actor("derna"))
    withdraw_request(mine, actor=world.actor("ghat"))
    withdraw_request(other, actor=world.actor("moderator"))
    assert (_waiting(opened, world), happened()) == ([], ["FloorRequestWithdrawn"] * 2)
    with pytest.raises(Conflict, match="no longer"):
        withdraw_request(mine, actor=world.actor("ghat"))
    with pytest.raises(Conflict, match="no longer"):
        give_floor(opened, speech=mine.id, actor=world.actor("moderator"))
    with pytest.raises(Conflict, match="Nobody"):
        give_floor(opened, actor=world.actor("moderator"))
    ask_floor(opened, actor=world.actor("ghat"))
    assert _waiting(opened, world) == ["ghat"]


def test_a_moderator_writes_down_whoever_raises_a_hand(world: World, opened: Session) -> None:
    ask_floor(opened, member=world.members["cso"], actor=world.actor("moderator"))
    assert _waiting(opened, world) == ["cso"]
    with pytest.raises(Forbidden):
        ask_floor(opened, member=world.members["cso"], actor=world.actor("ghat"))
    with pytest.raises(NotFound):
        ask_floor(opened, member=new_id(), actor=world.actor("moderator"))


def test_outside_an_open_session_only_those_present_ask(world: World, planned: Session) -> None:
    with pytest.raises(Conflict, match="not open"):
        ask_floor(planned, actor=world.actor("ghat"))
    check_in([world.members["ghat"]], sitting=planned, actor=world.actor("moderator"))
    ask_floor(planned, actor=world.actor("ghat"))
    assert _waiting(planned, world) == ["ghat"]
    with pytest.raises(Conflict, match="not been opened"):
        give_floor(planned, actor=world.actor("moderator"))


def test_staff_without_membership_do_not_ask(world: World, opened: Session) -> None:
    for who in ("organiser", "administrator", "moderator"):
        with pytest.raises(Forbidden):
            ask_floor(opened, actor=world.actor(who))


def test_participants_do_not_give_or_end_the_floor(world: World, opened: Session) -> None:
    ghat, speech = world.actor("ghat"), ask_floor(opened, actor=world.actor("ghat"))
    with pytest.raises(Forbidden):
        give_floor(opened, actor=ghat)
    give_floor(opened, actor=world.actor("moderator"))
    for act in (end_speech, extend_speech):
        with pytest.raises(Forbidden):
            act(speech, actor=ghat)


def test_the_list_belongs_to_the_item(world: World, opened: Session) -> None:
    moderator = world.actor("moderator")
    ask_floor(opened, actor=world.actor("ghat"))
    first = start_item(_item(opened, 1), actor=moderator)
    assert [speech.item_id for speech in list_of_speakers(opened.id)] == [first.id]
    ask_floor(opened, actor=world.actor("derna"))
    give_floor(opened, actor=moderator)
    finish_item(first, actor=moderator)
    assert (_waiting(opened, world), current_speech(opened.id)) == ([], None)
    start_item(_item(opened, 2), actor=moderator)
    ask_floor(opened, actor=world.actor("derna"))
    ask_floor(opened, actor=world.actor("ghat"))
    assert _waiting(opened, world) == ["derna", "ghat"]


def test_a_closed_session_hears_nobody(world: World, opened: Session) -> None:
    close_session(opened, actor=world.actor("moderator"))
    with pytest.raises(Conflict, match="closed"):
        ask_floor(opened, actor=world.actor("ghat"))


def test_while_suspended_nobody_is_given_the_floor(world: World, opened: Session) -> None:
    ask_floor(opened, actor=world.actor("ghat"))
    suspend_session(opened, actor=world.actor("moderator"))
    with pytest.raises(Conflict, match="suspended"):
        give_floor(opened, actor=world.actor("moderator"))
