"""The page on which an e-mail address is changed."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask.testing import FlaskClient

from consult.accounts.models import Person
from consult.db import session
from consult.notifications.models import Mail
from consult.testing.acts import deliver
from consult.testing.web import post
from consult.testing.world import World

PAGE, CONFIRM, DROP = "/en/account/address", "/en/account/address/confirm", "/en/account/address/drop"


def test_an_address_is_changed_on_one_page(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    wrong = post(client, PAGE, {"email": "nowhere"})
    assert (wrong.status_code, 'value="nowhere"' in wrong.get_data(as_text=True)) == (422, True)
    assert post(client, PAGE, {"email": "issa@example.net"}).location == PAGE
    page = client.get(PAGE).get_data(as_text=True)
    assert ("issa@example.net" in page, 'name="old"' in page, 'name="new"' in page) == (True, True, True)
    deliver()
    letters = {row.kind: row.text for row in session.execute(sa.select(Mail.kind, Mail.text))}
    codes = {kind: re.search(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){3}", text) for kind, text in letters.items()}
    old, new = (codes[f"address_{which}"] for which in ("old", "new"))
    assert old is not None
    assert new is not None
    missed = post(client, CONFIRM, {"old": old[0], "new": "2222-2222-2222-2222"}, form_page=PAGE)
    assert (missed.status_code, old[0] in missed.get_data(as_text=True)) == (422, True)
    assert post(client, CONFIRM, {"old": old[0], "new": new[0]}, form_page=PAGE).status_code == 303
    session.rollback()
    assert session.get_one(Person, world.people["ghat"]).email == "issa@example.net"
    assert "issa@example.net" in client.get("/en/account").get_data(as_text=True)


def test_a_change_is_dropped(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    post(client, PAGE, {"email": "issa@example.net"})
    assert post(client, DROP, {}, form_page=PAGE).status_code == 303
    assert 'name="email"' in client.get(PAGE).get_data(as_text=True)
    for code in ("y", ""):
        assert post(client, CONFIRM, {"old": "x", "new": code}, form_page=PAGE).location == PAGE
