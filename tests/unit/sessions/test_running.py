"""Opening, suspending, closing; items taken up and finished; what each leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden
from consult.events.models import Checkpoint
from consult.events.stream import events_after
from consult.i18n import translate
from consult.sessions.models import AgendaItem, Session
from consult.sessions.queries import agenda, item_in_progress, present_members, quorum_now, seats_by_track
from consult.sessions.quorum import Quorum
from consult.sessions.services import (
    ask_floor,
    check_in,
    close_session,
    finish_item,
    give_floor,
    open_session,
    resume_session,
    start_item,
    suspend_session,
)
from consult.testing.world import World

Happened = Callable[[], list[str]]
Act = Callable[..., Session]


def _item(sitting: Session, position: int) -> AgendaItem:
    return agenda(sitting.id)[position - 1]


def _members(world: World, *names: str) -> list[object]:
    return [world.members[name] for name in names]


def test_a_session_is_opened_with_what_was_present(world: World, planned: Session, happened: Happened) -> None:
    moderator = world.actor("moderator")
    check_in(_members(world, "ghat", "derna", "zuwara", "cso"), sitting=planned, actor=moderator)
    happened()
    open_session(planned, actor=moderator)
    opened = events_after(world.consultation_id, limit=1000)[-1]
    assert (planned.state, happened()) == ("open", ["SessionOpened"])
    assert {k: opened.facts[k] for k in ("number", "seats", "present", "needed")} == {
        "number": 1,
        "seats": 5,
        "present": 4,
        "needed": 4,
    }
    assert quorum_now(planned) == Quorum(5, 4, 4)
    assert dict(seats_by_track(planned)) == {"academic": (0, 1), "cso": (1, 1), "municipal": (3, 3)}


@pytest.mark.parametrize("act", [open_session, suspend_session, resume_session, close_session])
@pytest.mark.parametrize("who", ["ghat", "organiser", "administrator"])
def test_only_moderators_run_a_session(world: World, planned: Session, act: Act, who: str) -> None:
    with pytest.raises(Forbidden):
        act(planned, actor=world.actor(who))


def test_only_moderators_run_items(world: World, opened: Session) -> None:
    for act in (start_item, finish_item):
        with pytest.raises(Forbidden):
            act(_item(opened, 1), actor=world.actor("ghat"))


@pytest.mark.parametrize(
    ("begin", "act", "words"),
    [
        ([], suspend_session, "The session has not been opened yet."),
        ([], resume_session, "The session has not been opened yet."),
        ([], close_session, "The session has not been opened yet."),
        ([open_session], open_session, "The session is open already."),
        ([open_session], resume_session, "The session is open already."),
        ([open_session, suspend_session], suspend_session, "The session is suspended. Resume it first."),
        ([open_session, suspend_session], open_session, "The session is suspended. Resume it first."),
        ([open_session, close_session], open_session, "The session is closed."),
        ([open_session, close_session], resume_session, "The session is closed."),
        ([open_session, close_session], close_session, "The session is closed."),
        ([open_session, suspend_session, close_session], resume_session, "The session is closed."),
    ],
)
def test_an_act_that_does_not_fit_the_state_says_where_the_session_stands(
    world: World, planned: Session, begin: list[Act], act: Act, words: str
) -> None:
    moderator = world.actor("moderator")
    for before in begin:
        before(planned, actor=moderator)
    state = planned.state
    with pytest.raises(Conflict) as refused:
        act(planned, actor=moderator)
    assert (str(refused.value), planned.state) == (words, state)


def _move_session_phase(world: World, days: int) -> None:
    with transaction():
        phase = next(p for p in world.consultation.phases if "session" in p.rights)
        phase.opens_at, phase.closes_at = phase.opens_at + timedelta(days=days), phase.closes_at + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "begins"), [(60, "Not open yet: hold sessions. It opens on "), (-60, "No longer open: hold sessions.")]
)
def test_no_session_is_opened_outside_its_phase(world: World, planned: Session, days: int, begins: str) -> None:
    _move_session_phase(world, days)
    with pytest.raises(Conflict) as refused:
        open_session(planned, actor=world.actor("moderator"))
    assert str(refused.value).startswith(begins)
    assert (planned.state, planned.opened_at) == ("planned", None)


def test_a_sitting_that_was_suspended_goes_on_after_its_phase(world: World, opened: Session) -> None:
    suspend_session(opened, actor=world.actor("moderator"))
    _move_session_phase(world, -60)
    assert resume_session(opened, actor=world.actor("moderator")).state == "open"


def test_one_item_at_a_time_in_any_order(world: World, opened: Session, happened: Happened) -> None:
    moderator = world.actor("moderator")
    happened()
    start_item(_item(opened, 2), actor=moderator)
    with pytest.raises(Conflict, match="Another item is under discussion"):
        start_item(_item(opened, 1), actor=moderator)
    with pytest.raises(Conflict, match="not under discussion"):
        finish_item(_item(opened, 1), actor=moderator)
    finish_item(_item(opened, 2), actor=moderator)
    with pytest.raises(Conflict, match="taken up already"):
        start_item(_item(opened, 2), actor=moderator)
    start_item(_item(opened, 1), actor=moderator)
    assert happened() == ["AgendaItemStarted", "AgendaItemFinished", "AgendaItemStarted"]
    now = item_in_progress(opened.id)
    assert now is not None
    assert now.position == 1


def test_the_database_keeps_one_item_in_progress(world: World, opened: Session) -> None:
    now = clock.now()
    with pytest.raises(sa.exc.IntegrityError), transaction():
        session.execute(sa.update(AgendaItem).where(AgendaItem.session_id == opened.id).values(started_at=now))


def test_no_item_is_taken_up_while_the_session_is_suspended(world: World, opened: Session) -> None:
    moderator = world.actor("moderator")
    start_item(_item(opened, 1), actor=moderator)
    suspend_session(opened, actor=moderator)
    finish_item(_item(opened, 1), actor=moderator)
    with pytest.raises(Conflict, match="suspended"):
        start_item(_item(opened, 2), actor=moderator)


def test_closing_ends_all_that_goes_on_and_signs_the_log(world: World, opened: Session, happened: Happened) -> None:
    moderator = world.actor("moderator")
    check_in(_members(world, "ghat", "derna"), sitting=opened, actor=moderator)
    item = start_item(_item(opened, 1), actor=moderator)
    speech = ask_floor(opened, actor=world.actor("ghat"))
    waiting = ask_floor(opened, actor=world.actor("derna"))
    give_floor(opened, actor=moderator)
    happened()
    close_session(opened, actor=moderator)
    assert happened() == ["FloorEnded", "AgendaItemFinished", "SessionClosed"]
    moments = (speech.ended_at, item.finished_at, waiting.withdrawn_at, opened.closed_at)
    assert None not in moments
    assert (opened.state, present_members(opened.id), waiting.given_at) == ("closed", set(), None)
    size, last = (
        session.execute(sa.select(Checkpoint.size).order_by(Checkpoint.size.desc())).scalars().first(),
        events_after(world.consultation_id, limit=1000)[-1],
    )
    assert (last.type, size) == ("SessionClosed", last.seq)


def test_suspending_ends_the_speech_and_keeps_item_and_list(world: World, opened: Session, happened: Happened) -> None:
    moderator = world.actor("moderator")
    start_item(_item(opened, 1), actor=moderator)
    speech = ask_floor(opened, actor=world.actor("ghat"))
    waiting = ask_floor(opened, actor=world.actor("derna"))
    give_floor(opened, actor=moderator)
    happened()
    suspend_session(opened, actor=moderator)
    assert happened() == ["FloorEnded", "SessionSuspended"]
    assert (speech.ended_at is None, waiting.withdrawn_at, item_in_progress(opened.id) is None) == (False, None, False)
    resume_session(opened, actor=moderator)
    assert give_floor(opened, actor=moderator).id == waiting.id


def test_refusals_are_said_in_every_language(world: World, planned: Session) -> None:
    with clock.at(clock.now() + timedelta(days=400)), pytest.raises(Conflict) as refused:
        open_session(planned, actor=_always(world.actor("moderator")))
    english = translate(refused.value.message, "en")
    for code in ("ar", "fr"):
        said = translate(refused.value.message, code)
        assert said != english
        assert "%(" not in said


def _always(actor: Actor) -> Actor:
    return actor
