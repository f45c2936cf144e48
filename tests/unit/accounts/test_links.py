"""Sign-in links work once, for a limited time, and what is kept of them opens nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS, OPERATOR
from consult.accounts.models import Person, SignIn, SignInLink
from consult.accounts.services import consume_link, invite_person
from consult.accounts.signing_in.links import Purpose, issue_link, read_link
from consult.accounts.signing_in.sign_in import token_hash, visit_for_token
from consult.db import database, session, transaction
from consult.errors import Forbidden, LinkSpent
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.testing.world import World


def _person(world: World, key: str) -> Person:
    return session.get_one(Person, world.people[key])


def test_a_link_signs_its_person_in_once(world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    opened = consume_link(link.token, actor=ANONYMOUS)
    assert visit_for_token(opened.token).actor.person == world.people["ghat"]
    with pytest.raises(LinkSpent):
        consume_link(link.token, actor=ANONYMOUS)
    assert [event.type for event in events_after(INSTANCE)] == ["SignInLinkMade", "SignedIn"]
    assert events_after(INSTANCE)[1].facts["method"] == "invitation"


def test_only_the_hash_of_a_link_is_kept(world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    kept = session.execute(sa.select(SignInLink.token_hash, SignInLink.purpose)).all()
    assert [tuple(row) for row in kept] == [(token_hash(link.token), "invitation")]
    assert len(link.token) == 43
    assert link.token not in str(events_after(INSTANCE))


def test_only_the_operator_makes_links_for_anybody(world: World) -> None:
    with pytest.raises(Forbidden):
        invite_person(_person(world, "ghat"), actor=world.actor("administrator"))


def test_reading_a_link_leaves_it_unused(world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    assert (read_link(link.token).name, read_link(link.token).purpose) == ("عيسى كوسا", Purpose.INVITATION)
    assert session.scalars(sa.select(SignInLink.used_at)).all() == [None]


def test_an_expired_link_is_as_spent_as_one_that_never_was(world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    with clock.at(clock.now() + timedelta(days=30, seconds=1)):
        for token in (link.token, "no-such-token"):
            with pytest.raises(LinkSpent):
                read_link(token)
            with pytest.raises(LinkSpent):
                consume_link(token, actor=ANONYMOUS)
    assert session.scalars(sa.select(SignIn.id)).all() == []


def test_a_new_letter_ends_the_lost_one_and_a_mailed_link_does_not(world: World) -> None:
    lost = invite_person(_person(world, "ghat"), actor=OPERATOR)
    letter = invite_person(_person(world, "ghat"), actor=OPERATOR)
    with pytest.raises(LinkSpent):
        read_link(lost.token)
    with transaction():
        mailed = issue_link(_person(world, "ghat"), Purpose.SIGN_IN, actor=None)
    assert read_link(letter.token).purpose == Purpose.INVITATION
    assert mailed.expires_at - letter.expires_at < timedelta(0)


def test_signing_in_signs_out_whoever_used_this_device(world: World) -> None:
    first = consume_link(invite_person(_person(world, "ghat"), actor=OPERATOR).token, actor=ANONYMOUS)
    link = invite_person(_person(world, "derna"), actor=OPERATOR)
    second = consume_link(link.token, actor=visit_for_token(first.token).actor)
    assert not visit_for_token(first.token).actor.signed_in
    assert visit_for_token(second.token).actor.person == world.people["derna"]


def test_on_a_shared_phone_a_sign_in_ends_after_an_hour(world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    opened = consume_link(link.token, actor=ANONYMOUS, shared=True)
    row = session.scalars(sa.select(SignIn)).one()
    assert (opened.shared, row.expires_at - row.created_at) == (True, timedelta(hours=1))


def test_two_that_come_at_the_same_time_are_one_sign_in(app: Flask, world: World) -> None:
    link = invite_person(_person(world, "ghat"), actor=OPERATOR)
    start, outcomes = threading.Barrier(6), []

    def use() -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(consume_link(link.token, actor=ANONYMOUS).person)
            except LinkSpent:
                outcomes.append(None)
            finally:
                database.session.remove()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted([str(world.people["ghat"]), *["None"] * 5])
    assert session.scalar(sa.select(sa.func.count()).select_from(SignIn)) == 1
