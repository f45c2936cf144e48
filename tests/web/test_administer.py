"""What administrators see and do: roles, deliveries that failed, the outbox."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import Person, RoleGrant
from consult.accounts.services import request_sign_in_link
from consult.app import create_app
from consult.consultations.services import create_seats, send_invitations
from consult.db import database, new_id, session
from consult.events.deliver import deliver_due
from consult.events.models import Delivery
from consult.events.types import Recorded
from consult.notifications.models import Mail
from consult.plugins.hookspecs import hookimpl
from consult.plugins.manager import Failure
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.web import Browser, form_token, post
from consult.testing.world import World, make_world

PAGES = (
    "/en/administer/",
    "/en/administer/roles/",
    "/en/administer/roles/new/",
    "/en/administer/deliveries/",
    "/en/administer/outbox/",
    "/en/administer/accounts/",
)


def _words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def test_only_administrators_open_these_pages(world: World, app: Flask) -> None:
    for who, status in (("administrator", 200), ("organiser", 403), ("ghat", 403)):
        browser = world.sign_in(app.test_client(), who)
        assert {browser.get(path).status_code for path in PAGES} == {status}
    assert {app.test_client().get(path).status_code for path in PAGES} == {303}


def test_a_role_is_granted_with_an_end_and_a_reason_and_taken_back(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    fields = {
        "email": "sara@example.org",
        "name": "Sara Ali",
        "language": "en",
        "role": "moderator",
        "consultation": str(world.consultation_id),
        "ends_on": "2030-05-31",
        "reason": "Runs the hearings",
    }
    incomplete = post(client, "/en/administer/roles/new/", fields | {"ends_on": "", "reason": ""})
    assert (incomplete.status_code, 'value="Sara Ali"' in incomplete.get_data(as_text=True)) == (422, True)
    no_end = post(client, "/en/administer/roles/new/", fields | {"ends_on": ""})
    assert '<a href="#ends_on">Say until when.</a>' in no_end.get_data(as_text=True)
    for wrong in ({"ends_on": "soon"}, {"ends_on": "9999-12-31"}, {"role": "emperor"}, {"reason": "\u200b\u200b"}):
        unreadable = post(client, "/en/administer/roles/new/", fields | wrong)
        assert (unreadable.status_code, f'href="#{next(iter(wrong))}' in unreadable.text) == (422, True), wrong
    assert post(client, "/en/administer/roles/new/", fields).status_code == 303
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.reason == "Runs the hearings")).one()
    assert grant.ends_at is not None
    assert grant.ends_at.isoformat() == "2030-05-31T22:00:00+00:00"
    listed = _words(client, "/en/administer/roles/")
    assert re.search(r"Sara Ali .* granted by سالم المنفي on ", listed)
    assert ("until 31 May 2030" in listed, "1 June 2030" in listed) == (True, False)  # the last day, as it was typed
    path = f"/en/administer/roles/{grant.id}/revoke/"
    assert post(client, path, {"reason": ""}).status_code == 422
    assert post(client, path, {"reason": "Left"}).status_code == 303
    assert client.get(path).status_code == 404


def test_a_role_for_one_part_says_so_on_every_page_and_in_the_letter(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    part = f"{world.consultation_id}/track/academic"
    fields = {
        "email": "ghat@example.org",
        "language": "ar",
        "role": "moderator",
        "consultation": part,
        "ends_on": "2030-05-31",
        "reason": "Reads the universities",
    }
    assert f'<option value="{part}"' in client.get("/en/administer/roles/new/").get_data(as_text=True)
    for wrong in ("nonsense", f"{world.consultation_id}/track/none", f"{world.consultation_id}/session/x", ""):
        answer = post(client, "/en/administer/roles/new/", fields | {"consultation": wrong})
        assert (answer.status_code, 'href="#consultation"' in answer.get_data(as_text=True)) == (422, True), wrong
    observer = post(client, "/en/administer/roles/new/", fields | {"role": "observer"})
    assert (observer.status_code, "not granted for one track" in observer.get_data(as_text=True)) == (422, True)
    assert post(client, "/en/administer/roles/new/", fields).status_code == 303
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.reason == "Reads the universities")).one()
    assert "Academic track" in _words(client, "/en/administer/roles/")
    assert "Academic track" in _words(client, f"/en/administer/roles/{grant.id}/revoke/")
    world.sign_in(client, "ghat")
    mine = _words(client, "/en/account")
    assert ("Academic track" in mine, "until 31 May 2030" in mine) == (True, True)


def test_the_last_administrator_cannot_be_taken_away(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.role == "administrator")).one()
    answer = post(client, f"/en/administer/roles/{grant}/revoke/", {"reason": "x"})
    assert (answer.status_code, "This is the last administrator." in answer.get_data(as_text=True)) == (409, True)


def test_a_role_that_is_not_there_is_not_found(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    token = form_token(client, "/en/administer/roles/new/")
    answer = client.post(f"/en/administer/roles/{new_id()}/revoke/", data={"csrf_token": token, "reason": "x"})
    assert answer.status_code == 404


class Crashing:
    """A plugin that never manages to react."""

    @hookimpl
    def consult_event(self, event: Recorded) -> None:
        raise ValueError("the text of something private")


def test_a_reader_that_fails_is_seen_with_its_error_and_holds_up_nobody(settings: Settings) -> None:
    app = create_app(settings, plugins={"crashing": Crashing()})
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        world = make_world()
        create_seats("cso", 1, consultation=world.consultation, actor=world.actor("organiser"))
        send_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser"))
        deliver_due()
        assert session.scalars(sa.select(Mail.kind)).all() == ["invitation"]
        assert {r for (r,) in session.execute(sa.select(Delivery.reader).where(Delivery.done_at.is_(None)))} == {
            "crashing"
        }
        page = _words(world.sign_in(app.test_client(), "administrator"), "/en/administer/deliveries/")
        database.session.remove()
        database.engine.dispose()
    assert "crashing" in page
    assert "ValueError in consult_event" in page
    assert "something private" not in page


def test_a_hook_that_raised_is_seen(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    runtime().hooks.failures.append(Failure("some_plugin", "consult_slot", "KeyError", clock.now()))
    assert "some_plugin" in _words(client, "/en/administer/deliveries/")
    assert "A plugin failed once since the start" in _words(client, "/en/administer/")


def test_without_a_mail_server_letters_are_read_in_the_outbox(client: FlaskClient, world: World) -> None:
    request_sign_in_link("ghat@example.org", origin="192.0.2.1")
    deliver_due()
    world.sign_in(client, "administrator")
    page = client.get("/en/administer/outbox/").get_data(as_text=True)
    assert ("ghat@example.org" in page, "g…@example.org" in page) == (False, True)
    (mail,) = set(re.findall(r"/en/administer/outbox/[\w-]{36}/", page))
    letter = client.get(mail).get_data(as_text=True)
    (link,) = set(re.findall(r'<a href="http://localhost(/ar/invitation/[\w-]+)"', letter))
    shown = client.application.test_client().get(link)  # in no browser that asked: a code for the one that did
    assert (shown.status_code, 'class="code big"' in shown.get_data(as_text=True)) == (200, True)
    assert client.get("/en/administer/outbox/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_with_a_mail_server_letters_stay_closed(settings: Settings) -> None:
    app = create_app(replace(settings, mail_url="smtp://127.0.0.1:1"))
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        world = make_world()
        request_sign_in_link("ghat@example.org", origin="192.0.2.1")
        deliver_due()
        browser = world.sign_in(app.test_client(), "administrator")
        mail = session.scalars(sa.select(Mail.id)).one()
        page = browser.get(f"/en/administer/outbox/{mail}/").get_data(as_text=True)
        database.session.remove()
        database.engine.dispose()
    assert "The text stays closed" in page
    assert "/invitation/" not in page


def test_the_outbox_is_read_by_pages(client: FlaskClient, world: World) -> None:
    now = clock.now()
    for minute in range(3):
        with clock.at(now + timedelta(minutes=minute)):
            send_invitations([world.member("ghat")], consultation=world.consultation, actor=world.actor("organiser"))
            deliver_due()
    world.sign_in(client, "administrator")
    everything = client.get("/en/administer/outbox/").get_data(as_text=True)
    before = (now + timedelta(seconds=90)).timestamp()
    older = client.get(f"/en/administer/outbox/?before={before}").get_data(as_text=True)
    assert [page.count("g…@example.org") for page in (everything, older)] == [3, 2]
    assert client.get("/en/administer/outbox/?before=x").status_code == 200


def test_an_account_is_found_by_its_whole_address_closed_and_opened(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    place = "/en/administer/accounts/"
    assert client.get(place).status_code == 200
    missing = post(client, place, {"email": "gha"})
    assert (missing.status_code, "There is no account with this address." in missing.get_data(as_text=True)) == (
        422,
        True,
    )
    found = post(client, place, {"email": "GHAT@example.org"}).get_data(as_text=True)
    assert ("Close the account" in found, "<dt></dt>" in found) == (True, False)
    assert "عيسى كوسا" not in found
    silent = post(client, f"{place}close", {"email": "ghat@example.org", "reason": ""})
    words = silent.get_data(as_text=True)
    assert (silent.status_code, "Say why." in words, "Close the account" in words) == (422, True, True)
    closed = post(client, f"{place}close", {"email": "ghat@example.org", "reason": "In other hands"})
    assert (closed.status_code, closed.headers["Location"]) == (303, place)
    again = post(client, f"{place}close", {"email": "ghat@example.org", "reason": "In other hands"})
    assert (again.status_code, "closed already" in again.get_data(as_text=True)) == (409, True)
    assert "In other hands" in post(client, place, {"email": "ghat@example.org"}).get_data(as_text=True)
    assert post(client, f"{place}open", {"email": "ghat@example.org"}).status_code == 303
    world.sign_in(Browser(client.application), "ghat")
    signed_out = post(client, f"{place}sign-out", {"email": "ghat@example.org"})
    assert signed_out.status_code == 303
    assert "signed out on 1 device." in client.get(place).get_data(as_text=True)


def test_ones_own_account_is_looked_after_elsewhere(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "administrator")
    own = session.get_one(Person, world.people["administrator"]).email
    page = post(client, "/en/administer/accounts/", {"email": own}).get_data(as_text=True)
    assert "This is your own account" in page
    assert "Close the account" not in page
