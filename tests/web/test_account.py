"""One's own account: details, password."""

from __future__ import annotations

from flask.testing import FlaskClient

from consult.accounts.models import Person
from consult.accounts.signing_in.passwords import verify_password
from consult.db import session
from consult.testing.web import post
from consult.testing.world import World


def test_the_account_says_who_and_where_and_leads_to_security(client: FlaskClient, world: World) -> None:
    page = world.sign_in(client, "ghat").get("/en/account").get_data(as_text=True)
    for words in ("عيسى كوسا", "ghat@example.org", "Test consultation", 'href="/en/account/security"'):
        assert words in page


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


def test_nobody_reads_an_account_without_signing_in(client: FlaskClient, world: World) -> None:
    for path in ("/en/account", "/en/account/details", "/en/account/password", "/en/account/security"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, f"/en/sign-in?next={path}")
