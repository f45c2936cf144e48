"""Mail servers that refuse, are slow, or drop: nothing is lost, and nothing comes twice under two names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.models import Person
from consult.db import session, transaction
from consult.i18n import N_
from consult.notifications.bounces import MOST_REFUSALS
from consult.notifications.choosing import try_address_again
from consult.notifications.mail import write_mail
from consult.notifications.models import Mail
from consult.notifications.queries import backlog, failing_address, failing_addresses
from consult.notifications.sender import send_due
from consult.testing.acts import recorded
from consult.testing.postman import Postman, postman
from consult.testing.world import World

#: Seconds that a server has for a word here; the slow one of these tests never says it.
PATIENCE = 0.2


@pytest.fixture
def server(app: Flask) -> Iterator[Postman]:
    """A mail server."""
    with postman() as server:
        yield server


def _write(world: World, *causes: str, kind: str = "test") -> list[bool]:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        return [write_mail(person, kind, cause, N_("Sign in"), [N_("Sign in")]) for cause in causes]


def _mails() -> list[Mail]:
    session.rollback()
    return list(session.scalars(sa.select(Mail).order_by(Mail.id)))


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("rcpt 450 busy", "SMTPRecipientsRefused 450"),
        ("data 451 later", "SMTPDataError 451"),
        ("data 554 no", "SMTPDataError 554"),
        ("cut", "SMTPServerDisconnected"),
    ],
)
def test_what_was_not_taken_is_tried_again_and_comes_once(world: World, server: Postman, mood: str, error: str) -> None:
    _write(world, "1")
    server.moods = [mood]
    now = clock.now()
    with clock.at(now):
        assert send_due(timeout=PATIENCE) == 1
    assert (_mails()[0].last_error, server.ids, failing_address(world.people["ghat"])) == (error, [], None)
    with clock.at(now + timedelta(seconds=30)):
        assert (send_due(timeout=PATIENCE), send_due(timeout=PATIENCE)) == (1, 0)
    (mail,) = _mails()
    assert (server.ids, mail.attempts, mail.last_error) == ([f"<{mail.id}@example.org>"], 2, "")


@pytest.mark.parametrize("mood", ["hang", "drop"])
def test_what_may_have_been_taken_comes_again_under_the_same_name(world: World, server: Postman, mood: str) -> None:
    """Nobody can know whether it was: better twice with one Message-ID, which mail systems recognise, than lost."""
    _write(world, "1")
    server.moods = [mood]
    now = clock.now()
    with clock.at(now):
        assert send_due(timeout=PATIENCE) == 1
    assert _mails()[0].last_error == "SMTPServerDisconnected"
    with clock.at(now + timedelta(seconds=30)):
        assert (send_due(timeout=PATIENCE), send_due(timeout=PATIENCE)) == (1, 0)
    (mail,) = _mails()
    assert (set(server.ids), len(server.ids)) == ({f"<{mail.id}@example.org>"}, 2)
    assert mail.sent_at is not None


def test_a_server_that_took_it_and_never_takes_leave_does_not_get_it_again(world: World, server: Postman) -> None:
    _write(world, "1")
    server.moods = ["stay"]
    assert (send_due(timeout=PATIENCE), send_due(timeout=PATIENCE), len(server.ids)) == (1, 0, 1)
    assert _mails()[0].sent_at is not None


def test_one_refused_mail_holds_up_no_other(world: World, server: Postman) -> None:
    _write(world, "1", "2", "3")
    server.moods = ["", "rcpt 450 busy", ""]
    assert (send_due(), len(set(server.ids)), backlog().letters) == (3, 2, 1)


def test_an_address_that_is_refused_for_good_is_given_up_and_its_person_is_told(world: World, server: Postman) -> None:
    ghat = world.people["ghat"]
    _write(world, *(str(number) for number in range(MOST_REFUSALS + 1)))
    server.moods = ["rcpt 550 5.1.1 unknown"] * MOST_REFUSALS
    assert send_due() == MOST_REFUSALS
    assert [(mail.refused_at is not None, mail.last_error, mail.text) for mail in _mails()] == [(True, "550", "")] * (
        MOST_REFUSALS + 1
    )
    failing = failing_address(ghat)
    assert failing is not None
    assert (failing.address, failing.code, failing.refusals) == ("ghat@example.org", "550", MOST_REFUSALS)
    assert failing.stopped_at is not None
    assert [one.address for one in failing_addresses()] == ["g…@example.org"]
    assert (_write(world, "later"), _write(world, "now", kind="sign_in_link")) == ([False], [True])
    try_address_again(actor=world.actor("ghat"))
    assert [dict(one.facts) for one in recorded("AddressTriedAgain")] == [{"person": str(ghat)}]
    assert (_write(world, "after"), failing_address(ghat)) == ([True], None)
    assert (send_due(), len(server.ids)) == (2, 2)


def test_a_refusal_of_a_former_address_says_nothing_of_the_new_one(world: World, server: Postman) -> None:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        write_mail(person, "address_old", "1", N_("Sign in"), [N_("Sign in")])  # meant for that address alone
        person.email = "new@example.org"
    server.moods = ["rcpt 550 unknown"]
    assert (send_due(), failing_address(world.people["ghat"])) == (1, None)
    assert _mails()[0].refused_at is not None
