"""Registering on the pages: from the form over the mailed link to one's own consultation."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.db import session
from consult.notifications.models import Mail
from consult.testing.acts import deliver, open_track
from consult.testing.web import form_token, post
from consult.testing.world import World

PAGE, SENT = "/en/c/test/register/", "/en/c/test/register/sent/"
TRACK = "/en/c/test/organise/frame/tracks/municipal/"
FIELDS = {"track": "cso", "name": "آمنة", "email": "amina@example.org", "language": "en"}


@pytest.fixture
def open_world(world: World) -> World:
    """The world with the track of organisations open to persons."""
    open_track(world, "cso")
    return world


def _link() -> str:
    deliver()
    found = re.search(r"http://localhost(/en/c/test/register/[\w-]+/)", session.scalars(sa.select(Mail.text)).one())
    assert found is not None
    return found[1]


def test_somebody_registers_and_takes_part(app: Flask, open_world: World) -> None:
    phone = app.test_client()
    answer = post(phone, PAGE, {**FIELDS, "withheld": "y"})
    assert (answer.status_code, answer.location) == (303, SENT)
    assert "Look into your mail" in phone.get(SENT).get_data(as_text=True)
    path = _link()
    shown = phone.get(path)
    page = shown.get_data(as_text=True)
    assert (shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert ("آمنة" in page, "others see your number only" in page) == (True, True)
    answer = post(phone, path, {})
    assert (answer.status_code, answer.location) == (303, "/en/c/test/")
    assert "Signed in when registering" in phone.get("/en/account/security").get_data(as_text=True)
    assert phone.get(path).status_code == 410
    again = phone.post(path, data={"csrf_token": form_token(phone, "/en/account/details")})
    assert again.status_code == 410
    organiser = open_world.sign_in(app.test_client(), "organiser")
    people = organiser.get("/en/c/test/organise/people/?track=cso").get_data(as_text=True)
    assert ("Registered, not invited" in people, "آمنة" in people) == (True, False)


def test_known_and_unknown_addresses_get_the_same_answer(client: FlaskClient, open_world: World) -> None:
    answers = [post(client, PAGE, {**FIELDS, "email": email}) for email in ("ghat@example.org", "gone@example.org")]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, SENT)] * 2


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client: FlaskClient, open_world: World) -> None:
    answer = post(client, PAGE, {**FIELDS, "email": "no address"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, 'value="no address"' in page, 'value="آمنة"' in page) == (422, True, True)
    assert '<a href="#email">Write an e-mail address, for example name@example.org.</a>' in page
    answer = post(client, PAGE, {key: value for key, value in FIELDS.items() if key != "track"})
    assert (answer.status_code, "Choose one of the answers." in answer.get_data(as_text=True)) == (422, True)


def test_where_no_track_is_open_the_page_says_so_and_leads_on(client: FlaskClient, world: World) -> None:
    page = client.get(PAGE).get_data(as_text=True)
    assert ("Nobody registers now" in page, 'href="/en/c/test/accreditation/"' in page) == (True, True)
    assert 'href="/en/c/test/register/"' in client.get("/en/c/test/accreditation/").get_data(as_text=True)


def test_a_forged_link_opens_nothing(client: FlaskClient, open_world: World) -> None:
    assert client.get(f"{PAGE}{'a' * 43}/").status_code == 410


def test_an_organiser_opens_and_closes_a_track_to_persons(app: Flask, world: World) -> None:
    organiser, visitor = world.sign_in(app.test_client(), "organiser"), app.test_client()
    fields = {"enabled": "y", "seats": "200", "open_to_persons": "y", "endorsement_required": "no"}
    assert post(organiser, TRACK, fields).status_code == 303
    assert 'value="municipal"' in visitor.get(PAGE).get_data(as_text=True)
    assert 'name="open_to_persons"' in organiser.get(TRACK).get_data(as_text=True)
    fields.pop("open_to_persons")
    assert post(organiser, TRACK, fields).status_code == 303
    assert "Nobody registers now" in visitor.get(PAGE).get_data(as_text=True)
