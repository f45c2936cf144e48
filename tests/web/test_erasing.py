"""The page on which people leave: what it says before anything, what it refuses, and the way back."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import Role
from consult.accounts.bodies.models import Contact
from consult.accounts.four_eyes import waiting_acts
from consult.accounts.models import Person, RoleGrant
from consult.db import new_id, session, transaction
from consult.erasure.plan import plan_of, texts_of, waiting_erasure
from consult.erasure.rules import Treatment, tables_of_people
from consult.i18n import LANGUAGES, translate
from consult.testing.web import post
from consult.testing.withheld import everything_happens
from consult.testing.world import World

PAPER, SECOND = "/en/administer/accounts/erase/", "/en/administer/accounts/second/"
PAGE, STOP = "/en/account/erase", "/en/account/erase/stop"
NAME = "عيسى كوسا"


def test_the_page_says_what_goes_what_stays_and_why(client: FlaskClient, world: World) -> None:
    everything_happens(world)
    world.sign_in(client, "cso")
    texts = texts_of(world.people["cso"])
    lines = plan_of(world.people["cso"]).lines
    stay = [line for treatment, found in lines.items() if treatment is not Treatment.ERASE for line in found]
    assert len(stay) > 10
    for language in ("ar", "en", "fr"):
        page = client.get(f"/{language}/account/erase")
        words = page.get_data(as_text=True)
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert [text.number for text in texts if words.count(f">{text.number}<") != 1] == []
        assert [text.number for text in texts if (f'value="{text.number}"' in words) is text.cited] == []
        said = unescape(words)
        assert [line.table for line in stay if line.why is None or translate(line.why, language) not in said] == []
        assert [part for part in ("goes", "stays", "cited", "never", "ask") if f'id="{part}-h"' not in words] == []


def test_every_rule_that_keeps_something_says_why_in_three_languages() -> None:
    for table, rule in tables_of_people():
        if rule.treatment is not Treatment.ERASE:
            assert rule.reason is not None, table.name
            assert len({translate(rule.reason, language) for language in LANGUAGES}) == len(LANGUAGES), table.name


def test_a_wrong_name_keeps_what_was_chosen(client: FlaskClient, world: World) -> None:
    everything_happens(world)
    world.sign_in(client, "ghat")
    text = next(text for text in texts_of(world.people["ghat"]) if not text.cited)
    answer = post(client, PAGE, {"texts": text.number, "typed": "عيسى"})
    words = answer.get_data(as_text=True)
    assert (answer.status_code, 'value="عيسى"' in words) == (422, True)
    assert f'value="{text.number}" checked' in words
    assert post(client, PAGE, {"texts": "TT-2026-99999", "typed": NAME}).status_code == 422
    assert waiting_erasure(world.people["ghat"]) is None


def test_a_wish_waits_and_is_taken_back_on_the_same_page(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    assert post(client, PAGE, {"typed": NAME}).location == PAGE
    waits = client.get(PAGE).get_data(as_text=True)
    assert ("You asked for this" in waits, "Have me erased" in waits) == (True, False)
    assert post(client, STOP, {}, form_page=PAGE).status_code == 303
    back = client.get(PAGE).get_data(as_text=True)
    assert ("You asked for this" in back, "Have me erased" in back) == (False, True)


def test_whoever_signed_in_a_while_ago_shows_again_who_they_are(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert post(client, PAGE, {"typed": NAME}).status_code == 403
    assert waiting_erasure(world.people["ghat"]) is None


def test_staff_are_told_to_give_their_office_back_first(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "moderator")
    page = client.get(PAGE).get_data(as_text=True)
    assert ("You hold an office here" in page, "Have me erased" in page) == (True, False)


def test_contacts_of_the_same_name_are_proposed_before_it_is_asked_for(client: FlaskClient, world: World) -> None:
    with transaction():
        session.add(RoleGrant(person_id=world.people["derna"], role=Role.ADMINISTRATOR, granted_at=clock.now()))
        name = session.get_one(Person, world.people["ghat"]).name
        words = f"<i>Director</i> {name}"
        row = Contact(id=new_id(), body_id=world.bodies["zuwara"], audience="staff", label=words, email="", phone="091")
        session.add(row)
    contact = str(row.id)
    world.sign_in(client, "administrator")
    fields = {"email": "ghat@example.org", "reason": "رسالة"}
    first = post(client, PAPER, fields)
    page = first.get_data(as_text=True)
    assert (first.status_code, "Contacts of bodies bear the same name" in page) == (422, True)
    assert ("&lt;i&gt;Director&lt;/i&gt;" in page, "Zwara" in page, "checked" in page) == (True, True, False)
    assert post(client, PAPER, {**fields, "shown": contact, "contacts": contact}).location == SECOND
    world.sign_in(client, "derna")
    assert "These contacts of bodies were found to be the same person" in client.get(SECOND).get_data(as_text=True)
    (act,) = waiting_acts(None)
    assert act.details["contacts"] == [contact]


def test_two_administrators_erase_from_their_pages(client: FlaskClient, world: World) -> None:
    with transaction():
        grant = RoleGrant(person_id=world.people["derna"], role=Role.ADMINISTRATOR, granted_at=clock.now())
        session.add(grant)
    world.sign_in(client, "administrator")
    fields = {"email": "ghat@example.org", "reason": ""}
    missing = post(client, PAPER, fields)
    assert (missing.status_code, 'value="ghat@example.org"' in missing.get_data(as_text=True)) == (422, True)
    assert post(client, PAPER, {"email": "no@example.org", "reason": "x"}).status_code == 422
    assert post(client, PAPER, {"email": "moderator@example.org", "reason": "x"}).status_code == 409
    assert post(client, PAPER, {**fields, "reason": "رسالة"}).location == SECOND
    world.sign_in(client, "derna")
    page = client.get(SECOND).get_data(as_text=True)
    assert ("Erase the person" in page, "All texts stay" in page, "<bdi>رسالة</bdi>" in page) == (True, True, True)
    (act,) = waiting_acts(None)
    assert post(client, SECOND, {"confirm": str(act.id)}).status_code == 303
    session.rollback()
    assert waiting_erasure(world.people["ghat"]) is not None
    assert post(client, f"{PAPER}stop", {"stop-email": "ghat@example.org"}, form_page=PAPER).status_code == 303
    session.rollback()
    assert waiting_erasure(world.people["ghat"]) is None
    assert post(client, f"{PAPER}stop", {"stop-email": ""}, form_page=PAPER).status_code == 422
