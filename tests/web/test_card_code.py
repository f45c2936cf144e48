"""The code of a printed card, from the printer to the phone."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from consult.testing.web import form_token, post
from consult.testing.world import World

PAGE, CARDS = "/en/sign-in/code", "/en/c/test/cards/"


def _printed_code(desk: FlaskClient, number: int) -> tuple[str, str]:
    """Print a card at the desk and return its code and its page."""
    page = desk.post(f"{CARDS}{number}/", data={"csrf_token": form_token(desk, f"{CARDS}?q={number}")})
    text = page.get_data(as_text=True)
    found = re.search(r'<bdi class="code big" dir="ltr" translate="no">([A-Z0-9 ]{14})</bdi>', text)
    assert found is not None
    return found[1], text


def test_a_card_printed_in_the_hall_is_typed_on_a_phone(app: Flask, world: World) -> None:
    desk, phone = world.sign_in(app.test_client(), "moderator"), app.test_client()
    code, sheet = _printed_code(desk, 1)
    assert re.search(r"localhost/ar/sign-in/code", sheet)
    answer = post(phone, PAGE, {"code": code.lower(), "shared": "y"})
    assert (answer.status_code, answer.location) == (303, "/en/c/test/")
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("consult-session=")]
    assert "Max-Age" not in cookie
    assert phone.get("/en/account").status_code == 200
    assert phone.get(PAGE).location == "/en/account"
    page = re.sub(r"<[^>]+>", "", phone.get("/en/account/security").get_data(as_text=True))
    assert ("A card from the hall" in page, "Printed by فرج القماطي" in page) == (True, True)


def test_what_is_wrong_is_said_at_the_field_and_stays(client: FlaskClient, world: World) -> None:
    for typed, words in (
        ("", "Write the code."),
        ("ACDE FGHJ KLMN", "This is no code as it stands on a card."),
        ("AAAA AAAA AAAA", "This code opens nothing"),
    ):
        answer = post(client, PAGE, {"code": typed})
        page = answer.get_data(as_text=True)
        assert (answer.status_code, words in page, f'value="{typed}"' in page) == (422, True, True)
        assert '<a href="#code">' in page
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_letter_by_mail_has_no_code_and_the_sign_in_page_leads_here(client: FlaskClient, world: World) -> None:
    assert 'href="/en/sign-in/code"' in client.get("/en/sign-in").get_data(as_text=True)
