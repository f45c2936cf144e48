"""The page of sign-in and security: what is set up there, what halfway opens, what a role waits for, what is asked again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.models import Person, RoleGrant, SignIn
from consult.accounts.services import invite_person
from consult.accounts.signing_in.devices import kind_of_device
from consult.accounts.signing_in.passwords import hash_password
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.app import create_app
from consult.db import database, session, transaction
from consult.events.deliver import deliver_due
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.factors import Phone, set_up_app
from consult.testing.web import Browser, form_token, post
from consult.testing.world import World, make_world

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECURITY, APP, SECOND = "/en/account/security", "/en/account/security/app", "/en/sign-in/second-step"
SENTENCE = "we write what we want"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"


@pytest.fixture
def strict(settings: Settings) -> Iterator[Flask]:
    """An application as `consult init` makes it: roles act with a second factor only."""
    app = create_app(replace(settings, second_factor_for_roles=True))
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()


@pytest.fixture
def strict_world(strict: Flask) -> World:
    """The small consultation, where roles wait for a second factor."""
    return make_world()


@pytest.fixture
def for_everybody(settings: Settings) -> Iterator[World]:
    """The small consultation where everybody needs a second step."""
    app = create_app(replace(settings, second_factor_for_everybody=True))
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield make_world()
        database.session.remove()
        database.engine.dispose()


def test_where_everybody_needs_a_second_step_it_comes_before_anything_else(for_everybody: World) -> None:
    browser, ghat = current_app.test_client(), session.get_one(Person, for_everybody.people["ghat"])
    assert post(browser, invite_person(ghat, actor=OPERATOR).path, {}).location == SECURITY.replace("/en/", "/ar/")
    shown = browser.get(SECURITY)
    assert "On this platform everybody signs in with two steps" in shown.get_data(as_text=True)
    for path in ("/en/", "/en/c/test/", "/en/account", "/en/account/data", "/en/c/test/submissions/"):
        answer = browser.get(path)
        assert (path, answer.status_code, answer.location) == (path, 303, SECURITY)
    assert post(browser, "/en/account/details", {"name": "x"}, form_page=APP).status_code == 403
    assert browser.get("/en/about/promises").status_code == 200
    page = browser.get(APP).get_data(as_text=True)
    assert post(browser, APP, {"sealed": _sealed(page), "code": _offered(page).code()}).status_code == 200
    assert [browser.get(path).status_code for path in ("/en/", "/en/c/test/", "/en/account")] == [200, 200, 200]


def test_until_then_they_take_part_in_nothing_and_hold_no_role(for_everybody: World) -> None:
    for key in ("ghat", "organiser", "administrator"):
        token = start_sign_in(for_everybody.people[key], method="link")
        who = visit_for_token(token).actor
        assert (key, who.unproved, who.roles, who.memberships) == (key, True, frozenset(), ())
    set_up_app(for_everybody, "ghat")
    proved = visit_for_token(start_sign_in(for_everybody.people["ghat"], method="link", factor="app")).actor
    assert (proved.unproved, len(proved.memberships)) == (False, 1)


def _first_step(client: FlaskClient, world: World, key: str = "ghat") -> None:
    """Open a link: right, and halfway for whoever has a second factor."""
    path = invite_person(session.get_one(Person, world.people[key]), actor=OPERATOR).path
    answer = post(client, path, {})
    assert answer.location.endswith("/sign-in/second-step")


def _offered(page: str) -> Phone:
    found = re.search(r'href="(otpauth://[^"]+)"', page)
    assert found is not None
    return Phone(parse_qs(urlsplit(found[1].replace("&amp;", "&")).query)["secret"][0])


def _sealed(page: str) -> str:
    found = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_app_is_set_up_and_recovery_codes_are_shown_once(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    stolen = client.get_cookie("consult-session")
    page = client.get(APP).get_data(as_text=True)
    phone, sealed = _offered(page), _sealed(page)
    assert "<svg" in page
    wrong = post(client, APP, {"sealed": sealed, "code": "000000"})
    again = wrong.get_data(as_text=True)
    assert (wrong.status_code, _offered(again).secret) == (422, phone.secret)
    assert "This is not the code that the app shows now." in again
    made = post(client, APP, {"sealed": sealed, "code": phone.code()})
    codes = re.findall(r'class="code">([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})<', made.get_data(as_text=True))
    assert (made.status_code, made.headers["Cache-Control"], len(set(codes))) == (200, "no-store", 10)
    page = client.get(SECURITY).get_data(as_text=True)
    assert ("10 left" in page, codes[0] in page) == (True, False)
    assert client.get(APP).location == SECURITY
    assert stolen is not None
    client.set_cookie("consult-session", stolen.value)  # what was taken before does not grow with the sign-in
    assert client.get("/en/account").status_code == 303


def test_halfway_there_is_no_cookie_and_no_page_opens(client: FlaskClient, world: World, app: Flask) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
    with clock.at(NOON + timedelta(minutes=1)):
        _first_step(client, world)
        assert client.get_cookie("consult-session") is None
        for path in ("/en/account", SECURITY, "/en/c/test/mine/", "/en/account/prove"):
            assert client.get(path).location == f"/en/sign-in?next={path}"
        answer = client.post("/en/sign-out/everywhere", data={"csrf_token": form_token(client, SECOND)})
        assert answer.status_code == 401
        assert app.test_client().get(SECOND).location == "/en/sign-in"
        thief = app.test_client()
        token = client.get_cookie("consult-form")
        assert token is not None
        thief.set_cookie("consult-session", token.value)
        assert thief.get("/en/account").status_code == 303
        wrong = post(client, SECOND, {"code": "000000"})
        assert (wrong.status_code, "This code is not right" in wrong.get_data(as_text=True)) == (422, True)
        right = post(client, SECOND, {"code": phone.code()})
        assert (right.status_code, right.location) == (303, "/en/c/test/")
        assert client.get("/en/account").status_code == 200


def test_the_second_step_leads_where_somebody_wanted_to_go_with_a_new_token(client: FlaskClient, world: World) -> None:
    hashed = hash_password(SENTENCE)
    with transaction():
        session.get_one(Person, world.people["ghat"]).password_hash = hashed
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
    with clock.at(NOON + timedelta(minutes=1)):
        client.set_cookie("consult-session", "planted-by-somebody-else")
        fields = {"email": "ghat@example.org", "password": SENTENCE, "next": "/en/account/details"}
        assert post(client, "/en/sign-in", fields).location == SECOND
        planted = client.get_cookie("consult-session")
        assert planted is not None
        before = form_token(client, SECOND)
        answer = post(client, SECOND, {"code": phone.recovery_codes[0].lower()})
        assert answer.location == "/en/account/details"
        cookie = client.get_cookie("consult-session")
        assert cookie is not None
        assert (cookie.value != planted.value, len(cookie.value)) == (True, 43)
        assert client.post("/en/sign-out", data={"csrf_token": before}).status_code == 400
        assert client.get(SECOND).location == "/en/sign-in"


def test_too_many_codes_have_to_wait(client: FlaskClient, world: World) -> None:
    set_up_app(world, "ghat")  # the first of the ten
    _first_step(client, world)
    token = form_token(client, SECOND)
    tries = [client.post(SECOND, data={"csrf_token": token, "code": "000000"}) for _ in range(10)]
    assert [answer.status_code for answer in tries] == [422] * 9 + [429]
    assert "There were too many tries." in tries[-1].get_data(as_text=True)


def test_a_new_password_ends_first_steps_that_wait(client: FlaskClient, world: World, app: Flask) -> None:
    with clock.at(NOON):
        set_up_app(world, "ghat")
        thief, token = app.test_client(), start_sign_in(world.people["ghat"], method="link", factor="app")
        _first_step(thief, world)
        assert thief.get(SECOND).status_code == 200
        client.set_cookie("consult-session", token)
        assert post(client, "/en/account/password", {"new": SENTENCE}).location == SECURITY
        assert thief.get(SECOND).location == "/en/sign-in"


def test_a_first_step_too_long_ago_begins_anew(client: FlaskClient, world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "ghat")
        _first_step(client, world)
        token = form_token(client, SECOND)
    with clock.at(NOON + timedelta(minutes=10)):
        answer = client.post(SECOND, data={"csrf_token": token, "code": phone.code()})
        assert (answer.status_code, answer.location) == (303, "/en/sign-in")


def test_a_role_waits_for_a_second_factor_and_everything_else_does_not(strict: Flask, strict_world: World) -> None:
    client, world = strict.test_client(), strict_world
    path = invite_person(session.get_one(Person, world.people["moderator"]), actor=OPERATOR).path
    answer = post(client, path, {})
    assert answer.location == "/ar/account/security"
    page = client.get(SECURITY).get_data(as_text=True)
    assert ("Your role needs a second step" in page, "You hold a role here: moderator." in page) == (True, True)
    assert client.get("/en/c/test/review/").location == SECURITY
    overview = client.get("/en/c/test/").get_data(as_text=True)
    assert ("Your role does not act yet" in overview, "/en/c/test/review/" in overview) == (True, False)
    offered = client.get(APP).get_data(as_text=True)
    post(client, APP, {"sealed": _sealed(offered), "code": _offered(offered).code()})
    assert client.get("/en/c/test/review/").status_code == 200
    assert "Your role does not act yet" not in client.get("/en/c/test/").get_data(as_text=True)


def test_an_administrator_without_a_second_factor_cannot_be_used_to_grant_roles(
    strict: Flask, strict_world: World
) -> None:
    client = strict_world.sign_in(strict.test_client(), "administrator")
    token = form_token(client, SECURITY)
    answer = client.post("/en/administer/roles/new/", data={"csrf_token": token, "email": "x@example.org"})
    assert answer.status_code == 403
    assert "Your role acts only after a second step." in answer.get_data(as_text=True)
    assert session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) == 3


def test_administrators_see_whose_role_waits_and_its_holder_is_told(strict: Flask, strict_world: World) -> None:
    set_up_app(strict_world, "administrator")
    token = start_sign_in(strict_world.people["administrator"], method="passkey", factor="passkey")
    client = strict.test_client()
    client.set_cookie("consult-session", token)
    assert client.get("/en/administer/roles/").get_data(as_text=True).count("Has no second step yet") == 2
    fields = {
        "email": "sara@example.org",
        "name": "Sara",
        "language": "en",
        "role": "moderator",
        "consultation": str(strict_world.consultation_id),
        "ends_on": "2030-05-31",
        "reason": "Runs the hearings",
    }
    assert post(client, "/en/administer/roles/new/", fields).status_code == 303
    deliver_due()
    told = session.scalars(sa.select(Mail.text).where(Mail.kind == "role_granted")).one()
    assert "The role acts once you have set up a second step" in told
    assert "It was granted by سالم المنفي." in told


def test_the_factor_may_be_shown_later_on_this_device(strict: Flask, strict_world: World) -> None:
    with clock.at(NOON):
        client = strict_world.sign_in(strict.test_client(), "moderator")
        phone = set_up_app(strict_world, "moderator")
    with clock.at(NOON + timedelta(minutes=1)):
        assert client.get("/en/c/test/review/").location == SECURITY
        assert "You have set one up." in client.get(SECURITY).get_data(as_text=True)
        prove = "/en/account/prove?next=/en/c/test/review/"
        empty = post(client, prove, {"proof_code": ""})
        assert (empty.status_code, "Write what is asked for." in empty.get_data(as_text=True)) == (422, True)
        answer = post(client, prove, {"proof_code": phone.code()})
        assert (answer.status_code, answer.location) == (303, "/en/c/test/review/")
        assert client.get("/en/c/test/review/").status_code == 200


def test_waiting_for_a_factor_costs_no_query(
    strict: Flask, strict_world: World, engine: str, settings: Settings
) -> None:
    def queries(app: Flask) -> int:
        seen: list[str] = []
        with app.app_context():
            client = strict_world.sign_in(app.test_client(), "moderator")
            client.get("/en/c/test/")
            sa.event.listen(database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
            assert client.get("/en/account/details").status_code == 200
            database.session.remove()
            database.engine.dispose()
        return len(seen)

    easy = create_app(settings)
    easy.testing, easy.test_client_class = True, Browser
    assert queries(strict) == queries(easy) == 5


def test_a_grave_act_asks_again_and_loses_nothing_that_was_typed(client: FlaskClient, world: World) -> None:
    with clock.at(NOON):
        phone = set_up_app(world, "administrator")
        world.sign_in(client, "administrator")
        old = client.get_cookie("consult-session")
    fields = {
        "email": "sara@example.org",
        "name": 'Sara "<b>" علي',
        "language": "en",
        "role": "moderator",
        "consultation": str(world.consultation_id),
        "ends_on": "2027-05-31",
        "reason": "Runs the hearings",
    }
    path = "/en/administer/roles/new/"
    with clock.at(NOON + timedelta(minutes=20)):
        asked = post(client, path, fields)
        page = asked.get_data(as_text=True)
        assert (asked.status_code, "Is it you?" in page) == (403, True)
        kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        kept.pop("csrf_token")
        assert kept == fields | {"name": "Sara &#34;&lt;b&gt;&#34; علي"}
        assert f'action="{path}"' in page
        wrong = post(client, path, fields | {"proof_code": "000000"})
        assert (wrong.status_code, "This code is not right" in wrong.get_data(as_text=True)) == (422, True)
        done = post(client, path, fields | {"proof_code": phone.code()})
        assert (done.status_code, done.location) == (303, "/en/administer/roles/")
        assert session.scalars(sa.select(RoleGrant.reason).where(RoleGrant.reason != "")).all() == ["Runs the hearings"]
        new = client.get_cookie("consult-session")
        assert old is not None
        assert new is not None
        assert new.value != old.value
        assert client.get("/en/administer/roles/").status_code == 200
        client.set_cookie("consult-session", old.value)
        assert client.get("/en/administer/roles/").status_code == 303


def test_without_a_second_factor_the_password_is_asked_for(client: FlaskClient, world: World) -> None:
    hashed = hash_password(SENTENCE)
    with clock.at(NOON):
        world.sign_in(client, "ghat")
    with clock.at(NOON + timedelta(minutes=20)):
        sent = client.get("/en/account/password")
        assert sent.location == "/en/account/prove?next=/en/account/password"
        assert "You sign in with links" in client.get(sent.location).get_data(as_text=True)
        with transaction():
            session.get_one(Person, world.people["ghat"]).password_hash = hashed
        assert post(client, sent.location, {"proof_password": "wrong wrong wrong"}).status_code == 422
        assert post(client, sent.location, {"proof_password": SENTENCE}).location == "/en/account/password"
        page = client.get("/en/account/password")
        assert (page.status_code, "Present password" in page.get_data(as_text=True)) == (200, False)


def test_the_app_is_removed_after_one_more_question(client: FlaskClient, world: World) -> None:
    set_up_app(world, "ghat")
    world.sign_in(client, "ghat")
    assert "It is your only second step." in client.get(f"{APP}/remove").get_data(as_text=True)
    assert post(client, f"{APP}/remove", {}).location == SECURITY
    assert client.get(f"{APP}/remove").location == SECURITY


def test_recovery_codes_are_made_anew_after_one_more_question(client: FlaskClient, world: World) -> None:
    path = f"{SECURITY}/recovery-codes"
    world.sign_in(client, "ghat")
    assert client.get(path).location == SECURITY
    set_up_app(world, "ghat")
    assert "The 10 codes that are left are worth nothing afterwards." in client.get(path).get_data(as_text=True)
    assert post(client, path, {}).get_data(as_text=True).count('class="code"') == 10


AGENTS = {
    FIREFOX: "firefox android",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0": "edge windows",
    "Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile": "samsung android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1": "safari iphone",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36": "chrome linux",
    "curl/8.5.0": "other other",
    "": "other other",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_device_is_named_by_its_kind_and_nothing_more(agent: str) -> None:
    assert kind_of_device(agent) == AGENTS[agent]


def test_devices_are_listed_and_signed_out_one_or_all_others(client: FlaskClient, world: World, app: Flask) -> None:
    path = invite_person(session.get_one(Person, world.people["ghat"]), actor=OPERATOR).path
    phone = app.test_client()
    token = form_token(phone, path)
    phone.post(path, data={"csrf_token": token}, headers={"User-Agent": FIREFOX})
    laptop, theirs = world.sign_in(app.test_client(), "ghat"), world.sign_in(app.test_client(), "derna")
    page = world.sign_in(client, "ghat").get(SECURITY).get_data(as_text=True)
    for words in ("Firefox on Android", "Signed in with an invitation", "Another browser"):
        assert words in re.sub(r"</?bdi>", "", page)
    assert page.count("This device") == 1
    assert len(re.findall(r"/en/account/devices/[0-9a-f-]{36}/sign-out", page)) == 2
    foreign = session.scalars(sa.select(SignIn.id).where(SignIn.person_id == world.people["derna"])).one()
    own = session.scalars(sa.select(SignIn.id).where(SignIn.device == "firefox android")).one()
    for one in (foreign, own):
        post(client, f"/en/account/devices/{one}/sign-out", {}, form_page=SECURITY)
    seen = [browser.get("/en/account").status_code for browser in (phone, laptop, theirs, client)]
    assert seen == [303, 200, 200, 200]
    answer = post(client, "/en/account/devices/others/sign-out", {}, form_page=SECURITY)
    assert answer.location == SECURITY
    assert [browser.get("/en/account").status_code for browser in (laptop, theirs, client)] == [303, 200, 200]
    assert "Sign out of all others" not in client.get(SECURITY).get_data(as_text=True)
