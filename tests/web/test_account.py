"""One's own account: details, password, devices."""

from __future__ import annotations

import re
import uuid

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.models import Person, SignIn
from consult.accounts.passwords import verify_password
from consult.accounts.sign_in import start_sign_in
from consult.db import session
from consult.testing.web import post
from consult.testing.world import World


def test_the_account_says_who_where_and_on_which_devices(client: FlaskClient, world: World) -> None:
    start_sign_in(world.people["ghat"], method="card")
    page = world.sign_in(client, "ghat").get("/en/account").get_data(as_text=True)
    for words in ("عيسى كوسا", "ghat@example.org", "Test consultation", "Signed in with a card from the hall"):
        assert words in page
    assert page.count("This device") == 1


def test_name_and_language_are_changed_and_what_is_wrong_is_told(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    answer = post(client, "/en/account/details", {"name": " \u202eEissa  Kousa", "language": "fr"})
    assert (answer.status_code, answer.location) == (303, "/en/account")
    person = session.get_one(Person, world.people["ghat"])
    assert (person.name, person.language) == ("Eissa Kousa", "fr")
    wrong = post(client, "/en/account/details", {"name": " ", "language": "fr"})
    assert (wrong.status_code, '<a href="#name">Write the name.</a>' in wrong.get_data(as_text=True)) == (422, True)


def test_a_password_is_set_and_a_poor_one_is_refused(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    poor = post(client, "/en/account/password", {"new": "short"})
    assert (poor.status_code, "Write at least 12 characters" in poor.get_data(as_text=True)) == (422, True)
    assert 'value="short"' not in poor.get_data(as_text=True)
    assert post(client, "/en/account/password", {"new": "a sentence of mine"}).status_code == 303
    session.rollback()
    assert verify_password(session.get_one(Person, world.people["ghat"]).password_hash, "a sentence of mine")


def test_a_device_is_signed_out_and_nobody_elses(client: FlaskClient, world: World, app: Flask) -> None:
    theirs = world.sign_in(app.test_client(), "derna")
    mine = world.sign_in(app.test_client(), "ghat")
    world.sign_in(client, "ghat")
    page = client.get("/en/account").get_data(as_text=True)
    (device,) = re.findall(r"/en/account/devices/([\w-]+)/sign-out", page)
    foreign = session.scalars(sa.select(SignIn.id).where(SignIn.person_id == world.people["derna"])).one()
    for one in (uuid.UUID(device), foreign):
        post(client, f"/en/account/devices/{one}/sign-out", {}, form_page="/en/account")
    assert [browser.get("/en/account").status_code for browser in (mine, theirs, client)] == [303, 200, 200]


def test_nobody_reads_an_account_without_signing_in(client: FlaskClient, world: World) -> None:
    for path in ("/en/account", "/en/account/details", "/en/account/password"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/en/sign-in?next={path}")
