"""Four eyes: one asks, another confirms what was asked, once, in time; closing an account as the act."""

from __future__ import annotations

import threading
import uuid

import pytest
from flask import Flask

from consult import clock
from consult.accounts.access import OPERATOR, Role
from consult.accounts.four_eyes import TRANSITIONS, WAITS, ActState, digest_of, waiting_acts
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import Person, RoleGrant
from consult.accounts.services import close_account, confirm_closing, withdraw_closing
from consult.db import new_id, session, transaction
from consult.errors import Conflict, ConsultError, Forbidden
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.testing.world import World

GHAT, WHY = "ghat@example.org", "Left the municipality"


@pytest.fixture
def three(world: World) -> World:
    """The world with three administrators: its own, the one from Derna, the one from Zuwara."""
    with transaction():
        for key in ("derna", "zuwara"):
            grant = RoleGrant(id=new_id(), person_id=world.people[key], role=Role.ADMINISTRATOR, granted_at=clock.now())
            session.add(grant)
    return world


def _asked(world: World) -> uuid.UUID:
    assert close_account(GHAT, reason=WHY, actor=world.actor("administrator")) is False
    return waiting_acts(None)[0].id


def _closed(world: World) -> bool:
    return session.get_one(Person, world.people["ghat"], populate_existing=True).closed_at is not None


def _told() -> list[str]:
    return [event.type for event in events_after(INSTANCE)]


def test_an_account_is_closed_once_another_administrator_confirms(three: World) -> None:
    act = _asked(three)
    assert (_closed(three), _told()) == (False, ["GraveActAsked"])
    (waiting,) = waiting_acts(None)
    assert (waiting.subject, waiting.name, waiting.details) == (three.people["ghat"], "سالم المنفي", {"reason": WHY})
    confirm_closing(act, actor=three.actor("derna"))
    assert (_closed(three), waiting_acts(None)) == (True, [])
    assert _told() == ["GraveActAsked", "GraveActConfirmed", "AccountClosed"]
    facts = events_after(INSTANCE)[0].facts
    assert set(facts) == {"act", "kind", "digest"}
    assert facts["digest"] == waiting.digest != digest_of({})


def test_whoever_asked_does_not_confirm_and_nobody_else_may(three: World) -> None:
    act = _asked(three)
    for who in (three.actor("administrator"), three.actor("organiser"), three.actor("ghat"), OPERATOR):
        with pytest.raises(Forbidden):
            confirm_closing(act, actor=who)
    with pytest.raises(Forbidden):
        withdraw_closing(act, actor=three.actor("organiser"))
    assert (_closed(three), _told()) == (False, ["GraveActAsked"])


def test_it_is_withdrawn_by_whoever_asked_or_refused_by_another(three: World) -> None:
    for who in ("administrator", "derna"):
        act = _asked(three)
        withdraw_closing(act, actor=three.actor(who))
        for act_again in (confirm_closing, withdraw_closing):
            with pytest.raises(Conflict):
                act_again(act, actor=three.actor("derna"))
    assert (_closed(three), _told()) == (False, ["GraveActAsked", "GraveActWithdrawn"] * 2)


def test_it_expires_and_can_be_asked_for_again(three: World) -> None:
    act = _asked(three)
    with pytest.raises(Conflict, match="waits for a second person already"):
        close_account(GHAT, reason="Another reason", actor=three.actor("derna"))
    with clock.at(clock.now() + WAITS):
        assert waiting_acts(None) == []
        with pytest.raises(Conflict):
            confirm_closing(act, actor=three.actor("derna"))
        again = _asked(three)
        assert again != act
        confirm_closing(again, actor=three.actor("derna"))
    assert session.get_one(GraveAct, act).state == ActState.EXPIRED
    assert _closed(three)


def test_what_was_changed_since_is_not_confirmed(three: World) -> None:
    act = _asked(three)
    with transaction():
        session.get_one(Person, three.people["ghat"]).email = "other@example.org"
    with pytest.raises(Conflict, match="has changed since"):
        confirm_closing(act, actor=three.actor("derna"))
    assert not _closed(three)


def test_of_two_who_confirm_at_the_same_moment_one_does(app: Flask, three: World) -> None:
    act, ready, happened = _asked(three), threading.Barrier(2), []

    def confirm(who: str) -> None:
        with app.app_context():
            actor = three.actor(who)
            session.remove()
            ready.wait(timeout=10)
            try:
                confirm_closing(act, actor=actor)
                happened.append("closed")
            except ConsultError as refused:
                happened.append(type(refused).__name__)

    threads = [threading.Thread(target=confirm, args=(who,)) for who in ("derna", "zuwara")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.remove()
    assert (sorted(happened), _told().count("AccountClosed")) == (["Conflict", "closed"], 1)


def test_the_only_other_administrator_is_nobody_who_could_confirm(world: World) -> None:
    with transaction():
        session.add(
            RoleGrant(id=new_id(), person_id=world.people["ghat"], role="administrator", granted_at=clock.now())
        )
    assert close_account(GHAT, reason=WHY, actor=world.actor("administrator")) is True


def test_a_waiting_act_ends_in_one_way() -> None:
    assert {ActState.WAITING: frozenset(ActState) - {ActState.WAITING}} == TRANSITIONS
