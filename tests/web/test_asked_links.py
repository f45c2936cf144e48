"""A mailed link in the browser that asked, in another one, and its code: what each page says and does."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.models import SignIn, SignInLink
from consult.db import session
from consult.events.deliver import deliver_due
from consult.notifications.models import Mail
from consult.testing.web import post
from consult.testing.world import World

SIGN_IN, SENT = "/en/sign-in", "/en/sign-in/sent"
NAME = "عيسى كوسا"


def _ask(client: FlaskClient, address: str = "ghat@example.org", **fields: str) -> str:
    """Ask for a link in a browser and return its path from the newest letter, in English; "" where none went."""
    post(client, SIGN_IN, {"email": address, "password": "", **fields})
    deliver_due()
    text = session.scalars(sa.select(Mail.text).where(Mail.kind == "sign_in_link").order_by(Mail.id.desc())).first()
    found = re.search(r"/ar(/invitation/[\w-]+)", text or "")
    return f"/en{found[1]}" if found else ""


def _code(page: str) -> str:
    found = re.search(r'class="code big">([\d ]+)<', page)
    assert found is not None
    return found[1]


def test_where_it_was_asked_for_a_link_signs_in_and_leads_on(client: FlaskClient, world: World) -> None:
    link = _ask(client, next="/en/account/password")
    page = client.get(link).get_data(as_text=True)
    assert (NAME in page, "Type this code" in page) == (True, False)
    assert post(client, link, {}).location == "/en/account/password"
    assert client.get("/en/account").status_code == 200


def test_on_another_device_it_shows_a_code_for_the_one_that_asked(
    client: FlaskClient, app: Flask, world: World
) -> None:
    link, phone = _ask(client), app.test_client()
    shown = phone.get(link)
    page = shown.get_data(as_text=True)
    assert (shown.status_code, shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == (
        200,
        "no-store",
        "no-referrer",
    )
    assert (NAME in page, "Type this code where you asked for the link" in page, link in page) == (True, True, False)
    assert (_code(phone.get(link).get_data(as_text=True)), phone.get("/en/account").status_code) == (_code(page), 303)
    answer = post(client, SENT, {"code": _code(page), "shared": "y"})
    assert (answer.status_code, answer.location) == (303, "/en/c/test/")
    assert client.get("/en/account").status_code == 200
    assert phone.get(link).status_code == 410


def test_a_forged_press_elsewhere_signs_nobody_in(client: FlaskClient, app: Flask, world: World) -> None:
    link, thief = _ask(client), app.test_client()
    answer = post(thief, link, {}, form_page=SIGN_IN)
    assert (answer.status_code, NAME in answer.get_data(as_text=True)) == (409, True)
    assert session.scalars(sa.select(SignIn.id)).all() == []
    assert session.scalars(sa.select(SignInLink.used_at)).all() == [None]
    assert post(client, link, {}).status_code == 303


def test_a_wrong_code_is_told_at_its_field_alike_for_known_and_unknown(app: Flask, world: World) -> None:
    pages = []
    for address in ("ghat@example.org", "gone@example.org"):
        browser = app.test_client()
        _ask(browser, address)
        answer = post(browser, SENT, {"code": "1234 5678"})
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))
        assert (answer.status_code, 'value="1234 5678"' in page) == (422, True)
        assert '<a href="#code">This is not the code that the link shows' in page
        pages.append(page)
    assert pages[0] == pages[1]


def test_too_many_codes_have_to_wait(client: FlaskClient, world: World) -> None:
    _ask(client)
    for _ in range(5):
        assert post(client, SENT, {"code": "1234 5678"}).status_code == 422
    answer = post(client, SENT, {"code": "1234 5678"})
    assert (answer.status_code, "There were too many tries." in answer.get_data(as_text=True)) == (429, True)


def test_a_browser_that_did_not_ask_is_sent_to_ask(client: FlaskClient, world: World) -> None:
    page = client.get(SENT).get_data(as_text=True)
    assert ("This browser has not asked for a link" in page, 'name="code"' in page) == (True, False)
    answer = post(client, SENT, {"code": "1234 5678"}, form_page=SIGN_IN)
    assert (answer.status_code, answer.location) == (303, SIGN_IN)


def test_two_browsers_that_asked_each_have_their_own(client: FlaskClient, app: Flask, world: World) -> None:
    other = app.test_client()
    first, second = _ask(client), _ask(other)
    assert first != second
    assert "Type this code" in client.get(second).get_data(as_text=True)
    assert "Type this code" in other.get(first).get_data(as_text=True)
    assert [post(client, first, {}).status_code, post(other, second, {}).status_code] == [303, 303]


def test_one_browser_that_asked_twice_opens_either_letter(client: FlaskClient, world: World) -> None:
    first = _ask(client)
    _ask(client)
    assert post(client, first, {}).status_code == 303
