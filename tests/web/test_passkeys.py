"""Passkeys on the pages: added, signed in with, shown as the second step and before a grave act, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.models import Passkey, Person, SignIn
from consult.accounts.services import invite_person
from consult.app import create_app
from consult.db import database, session, transaction
from consult.settings import Settings
from consult.testing.security_key import SecurityKey
from consult.testing.web import Browser, form_token, post
from consult.testing.world import World

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECURITY, ADD = "/en/account/security", "/en/account/security/passkeys"
SIGN_IN, SECOND, BY_PASSKEY = "/en/sign-in", "/en/sign-in/second-step", "/en/sign-in/passkey"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


def _options(page: str) -> str:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found is not None, "the page asks for no passkey"
    return unescape(found[1])


def _asked(client: FlaskClient, path: str) -> str:
    return _options(client.get(path).get_data(as_text=True))


def _add(client: FlaskClient, world: World, who: str = "ghat") -> SecurityKey:
    world.sign_in(client, who)
    key = SecurityKey()
    answer = post(client, ADD, {"name": "هاتفي", "passkey": key.make(_asked(client, ADD))})
    assert answer.get_data(as_text=True).count('class="code"') == 10
    client.delete_cookie("consult-session")
    return key


def test_a_passkey_is_added_with_a_name_and_signs_in(client: FlaskClient, world: World) -> None:
    key = _add(client, world)
    fields = {"passkey": key.sign(_asked(client, SIGN_IN)), "next": SECURITY, "shared": "y"}
    token = form_token(client, SIGN_IN)
    answer = client.post(BY_PASSKEY, data={"csrf_token": token, **fields}, headers={"User-Agent": FIREFOX})
    assert (answer.status_code, answer.location) == (303, SECURITY)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("consult-session=")]
    assert "Max-Age" not in cookie
    page = client.get(SECURITY).get_data(as_text=True)
    assert ("<bdi>هاتفي</bdi>" in page, "Signed in with a passkey" in page) == (True, True)
    row = session.execute(sa.select(SignIn.factor, SignIn.device).order_by(SignIn.id.desc())).first()
    assert row is not None
    assert tuple(row) == ("passkey", "firefox android")


def test_a_wrong_passkey_keeps_what_was_typed_and_says_nothing_of_accounts(client: FlaskClient, world: World) -> None:
    key = _add(client, world)
    for wrong in (SecurityKey(), SecurityKey(id=key.id)):
        fields = {"passkey": wrong.sign(_asked(client, SIGN_IN)), "email": "ghat@example.org"}
        answer = post(client, BY_PASSKEY, fields, form_page=SIGN_IN)
        page = answer.get_data(as_text=True)
        assert (answer.status_code, 'value="ghat@example.org"' in page) == (422, True)
        assert "<li>This passkey does not open the account." in page
    assert client.post(BY_PASSKEY, data={"passkey": key.sign(_options(page))}).status_code == 400


def test_a_passkey_is_the_second_step_after_a_link(client: FlaskClient, world: World) -> None:
    key = _add(client, world)
    path = invite_person(session.get_one(Person, world.people["ghat"]), actor=OPERATOR).path
    post(client, path, {})
    assert post(client, SECOND, {}).status_code == 422
    answer = post(client, SECOND, {"passkey": SecurityKey(id=key.id).sign(_asked(client, SECOND))})
    assert (answer.status_code, "This passkey does not open" in answer.get_data(as_text=True)) == (422, True)
    assert post(client, SECOND, {"passkey": key.sign(_asked(client, SECOND))}).location == "/en/c/test/"


def test_a_passkey_is_shown_before_a_grave_act_which_then_goes_on(client: FlaskClient, world: World) -> None:
    with clock.at(NOON):
        key = _add(client, world, "administrator")
        world.sign_in(client, "administrator")
    fields = {
        "email": "sara@example.org",
        "name": "Sara",
        "language": "en",
        "role": "moderator",
        "consultation": str(world.consultation_id),
        "ends_on": "2027-05-31",
        "reason": "Runs the hearings",
    }
    path = "/en/administer/roles/new/"
    with clock.at(NOON + timedelta(minutes=20)):
        asked = post(client, path, fields)
        assert asked.status_code == 403
        answer = key.sign(_options(asked.get_data(as_text=True)))
        assert post(client, path, fields | {"proof_passkey": answer}).location == "/en/administer/roles/"


def test_a_passkey_is_removed_after_one_more_question(client: FlaskClient, world: World, app: Flask) -> None:
    _add(client, world)
    world.sign_in(client, "ghat")
    path = f"{ADD}/{session.scalars(sa.select(Passkey.id)).one()}/remove"
    other = world.sign_in(app.test_client(), "derna")
    assert other.get(path).status_code == 404
    asked = client.get(path).get_data(as_text=True)
    assert ("It is your only second step." in asked, "You are told of it by mail." in asked) == (True, True)
    with transaction():
        session.execute(sa.update(Person).where(Person.id == world.people["ghat"]).values(email="", email_key=None))
    asked = client.get(path).get_data(as_text=True)
    assert "It is the only way into your account" in asked
    assert ("It is your only second step." in asked, "You are told of it by mail." in asked) == (False, False)
    assert post(client, path, {}).location == SECURITY
    assert client.get(path).status_code == 404


@pytest.fixture
def hall(settings: Settings) -> Iterator[Flask]:
    """An application in a hall, under a number and without https."""
    app = create_app(replace(settings, base_url="http://192.168.1.7:8000"))
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()


def test_where_there_are_no_passkeys_the_page_says_so(client: FlaskClient, world: World, hall: Flask) -> None:
    key, asked = _add(client, world), _asked(client, SIGN_IN)
    there = hall.test_client()
    assert "data-passkey" not in there.get(SIGN_IN).get_data(as_text=True)
    refused = post(there, BY_PASSKEY, {"passkey": key.sign(asked)}, form_page=SIGN_IN)
    assert (refused.status_code, "they need https and a name" in refused.get_data(as_text=True)) == (422, True)
    world.sign_in(there, "ghat")
    assert "There are no passkeys at this address" in there.get(ADD).get_data(as_text=True)
