"""Signing in and out: what the browser gets, what nobody learns, and what a stolen thing opens."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.access import OPERATOR
from consult.accounts.attempts import PASSWORD_OF_ACCOUNT, count_attempt
from consult.accounts.models import Person, SignIn, SignInLink
from consult.accounts.services import invite_person
from consult.accounts.signing_in.passwords import hash_password
from consult.app import create_app
from consult.consultations.services import print_invitations
from consult.db import database, session, transaction
from consult.events.deliver import deliver_due
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.web import Browser, form_token, post
from consult.testing.world import World

SIGN_IN, SENTENCE = "/en/sign-in", "we write what we want"


def _with_password(world: World, key: str = "ghat") -> None:
    hashed = hash_password(SENTENCE)
    with transaction():
        session.get_one(Person, world.people[key]).password_hash = hashed


def _link(world: World, key: str = "ghat") -> str:
    return invite_person(session.get_one(Person, world.people[key]), actor=OPERATOR).path


def _without_token(page: str) -> str:
    """Return a page without what is new each time it is made: the form's token and the challenge for passkeys."""
    return re.sub(r'name="csrf_token" value="[^"]+"|&#34;challenge&#34;: &#34;[\w-]+&#34;', "", page)


def test_a_password_opens_a_session_and_leads_to_ones_consultation(client: FlaskClient, world: World) -> None:
    _with_password(world)
    answer = post(client, SIGN_IN, {"email": "GHAT@example.org", "password": SENTENCE})
    assert (answer.status_code, answer.location) == (303, "/en/c/test/")
    assert "عيسى كوسا" in client.get("/en/").get_data(as_text=True)


def test_the_cookie_over_https_is_host_bound_secure_and_out_of_reach_of_scripts(
    settings: Settings, app: Flask, world: World
) -> None:
    path = _link(world)
    safe = create_app(replace(settings, insecure_http=False, base_url="https://localhost"))
    with safe.app_context():
        browser = safe.test_client()
        answer = browser.get(path, base_url="https://localhost")
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True))
        assert token is not None
        headers = {"Referer": f"https://localhost{path}"}
        answer = browser.post(path, data={"csrf_token": token[1]}, base_url="https://localhost", headers=headers)
        (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-consult-session=")]
        database.session.remove()
        database.engine.dispose()
    name_and_value, *flags = cookie.split("; ")
    assert len(name_and_value.partition("=")[2]) == 43
    assert set(flags) - {f for f in flags if f.startswith("Expires")} == {
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
        "Max-Age=43200",
    }


def test_over_plain_http_in_a_hall_the_cookie_has_another_name_and_the_page_says_so(
    client: FlaskClient, world: World
) -> None:
    assert "This page came over plain http" in client.get(SIGN_IN).get_data(as_text=True)
    answer = post(client, _link(world), {})
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("consult-session=")]
    assert ("Secure" in cookie, "HttpOnly" in cookie, "SameSite=Lax" in cookie) == (False, True, True)


def test_on_a_shared_phone_the_cookie_ends_with_the_browser(client: FlaskClient, world: World) -> None:
    answer = post(client, _link(world), {"shared": "y"})
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("consult-session=")]
    assert ("Max-Age" in cookie, "Expires" in cookie) == (False, False)


def test_a_stranger_who_tries_passwords_locks_nobody_out_of_a_browser_of_theirs(
    client: FlaskClient, app: Flask, world: World
) -> None:
    _with_password(world)
    fields = {"email": "ghat@example.org", "password": SENTENCE}
    answer = post(client, SIGN_IN, fields)
    (cookie,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("consult-known=")]
    person = session.get_one(Person, world.people["ghat"])
    assert [word for word in ("ghat", person.id.hex, str(person.id)) if word in cookie] == []
    assert ("HttpOnly" in cookie, "Max-Age=31536000" in cookie) == (True, True)
    post(client, "/en/sign-out", {}, form_page="/en/account")
    for _ in range(9):  # and once, before it was known, the browser itself
        count_attempt(PASSWORD_OF_ACCOUNT, "ghat@example.org")
    stranger, shared = app.test_client(), app.test_client()
    assert post(stranger, SIGN_IN, fields).status_code == 429
    assert post(client, SIGN_IN, fields).status_code == 303
    post(shared, _link(world), {"shared": "y"})
    assert shared.get_cookie("consult-known") is None


def test_unknown_and_known_accounts_get_the_same_answers(client: FlaskClient, world: World) -> None:
    _with_password(world)
    known, unknown = (
        post(client, SIGN_IN, {"email": address, "password": "wrong, but long enough"})
        for address in ("ghat@example.org", "gone@example.org")
    )
    assert (known.status_code, unknown.status_code) == (422, 422)
    pages = [_without_token(p.get_data(as_text=True)) for p in (known, unknown)]
    assert pages[0].replace("ghat@example.org", "") == pages[1].replace("gone@example.org", "")
    assert "This address and this password do not belong together." in pages[0]
    asked = [post(client, SIGN_IN, {"email": a, "password": ""}) for a in ("ghat@example.org", "gone@example.org")]
    assert [(a.status_code, a.location) for a in asked] == [(303, "/en/sign-in/sent")] * 2


def test_what_was_typed_stays_and_no_address_is_told_at_its_field(client: FlaskClient, world: World) -> None:
    answer = post(client, SIGN_IN, {"email": "no address", "password": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="no address"' in page
    assert '<a href="#email">Write an e-mail address, for example name@example.org.</a>' in page


def test_too_many_tries_have_to_wait_and_keep_what_was_typed(client: FlaskClient, world: World) -> None:
    for _ in range(3):
        assert post(client, SIGN_IN, {"email": "ghat@example.org", "password": ""}).status_code == 303
    answer = post(client, SIGN_IN, {"email": "ghat@example.org", "password": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 429
    assert "There were too many tries." in page
    assert 'value="ghat@example.org"' in page


def test_without_the_forms_token_nothing_happens(client: FlaskClient, world: World) -> None:
    path = _link(world)
    for address in (SIGN_IN, "/en/sign-out", path):
        answer = client.post(address, data={"email": "ghat@example.org", "password": "x"})
        assert answer.status_code == 400
    assert session.scalars(sa.select(SignInLink.used_at)).all() == [None]
    assert session.scalars(sa.select(SignIn.id)).all() == []


def test_a_form_reads_forms_and_no_json_however_deep(app: Flask, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for body in ("[" * 50_000, '{"email": "ghat@example.org"}'):
        answer = Browser(app).post(SIGN_IN, data=body, content_type="application/json")
        assert (answer.status_code, "ghat@example.org" in answer.get_data(as_text=True)) == (422, False)


def test_a_planted_cookie_is_worth_nothing_after_signing_in(client: FlaskClient, world: World) -> None:
    client.set_cookie("consult-session", "planted-by-somebody-else")
    before = form_token(client, SIGN_IN)
    post(client, _link(world), {})
    cookie = client.get_cookie("consult-session")
    assert cookie is not None
    assert cookie.value != "planted-by-somebody-else"
    assert client.post("/en/sign-out", data={"csrf_token": before}).status_code == 400
    assert "عيسى كوسا" in client.get("/en/").get_data(as_text=True)


def test_signing_in_as_somebody_else_ends_the_session_before(client: FlaskClient, world: World, app: Flask) -> None:
    post(client, _link(world, "ghat"), {})
    first = client.get_cookie("consult-session")
    assert first is not None
    post(client, _link(world, "derna"), {})
    thief = app.test_client()
    thief.set_cookie("consult-session", first.value)
    assert thief.get("/en/account").status_code == 303


def test_a_stolen_cookie_opens_nothing_after_signing_out(client: FlaskClient, world: World, app: Flask) -> None:
    world.sign_in(client, "ghat")
    stolen = client.get_cookie("consult-session")
    assert stolen is not None
    thief = app.test_client()
    thief.set_cookie("consult-session", stolen.value)
    assert thief.get("/en/account").status_code == 200
    answer = post(client, "/en/sign-out", {}, form_page="/en/account")
    assert (answer.status_code, answer.location) == (303, "/en/")
    assert client.get_cookie("consult-session") is None
    assert thief.get("/en/account").status_code == 303


def test_signing_out_everywhere_ends_every_device(client: FlaskClient, world: World, app: Flask) -> None:
    other = world.sign_in(app.test_client(), "ghat")
    world.sign_in(client, "ghat")
    post(client, "/en/sign-out/everywhere", {}, form_page="/en/account")
    assert [browser.get("/en/account").status_code for browser in (client, other)] == [303, 303]


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/en//evil.example",
    "/evil",
    "javascript:alert(1)",
    "/en/\nx",
    "http:/en/",
    "/en/" + "a" * 600,
)


def test_nobody_is_sent_elsewhere_after_signing_in(world: World, app: Flask) -> None:
    _with_password(world)
    for wanted in ELSEWHERE:
        answer = post(app.test_client(), SIGN_IN, {"email": "ghat@example.org", "password": SENTENCE, "next": wanted})
        assert (answer.status_code, answer.location) == (303, "/en/c/test/")


def test_whoever_was_sent_to_sign_in_comes_back(client: FlaskClient, world: World) -> None:
    _with_password(world)
    sent = client.get("/fr/account/password")
    assert (sent.status_code, sent.location) == (303, "/fr/sign-in?next=/fr/account/password")
    page = client.get(sent.location).get_data(as_text=True)
    assert 'value="/fr/account/password"' in page
    answer = post(
        client, "/fr/sign-in", {"email": "ghat@example.org", "password": SENTENCE, "next": "/fr/account/password"}
    )
    assert answer.location == "/fr/account/password"
    assert client.get("/fr/sign-in?next=//evil.example/").location == "/fr/account"


def test_a_link_is_shown_without_being_used_up_and_works_once(client: FlaskClient, world: World, app: Flask) -> None:
    path = _link(world)
    shown = client.get(path)
    assert (shown.status_code, shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == (
        200,
        "no-store",
        "no-referrer",
    )
    assert "عيسى كوسا" in shown.get_data(as_text=True)
    assert client.get(path).status_code == 200
    assert post(client, path, {}).status_code == 303
    other = app.test_client()
    assert other.get(path).status_code == 410
    again = other.post(path, data={"csrf_token": form_token(other, SIGN_IN)})
    assert (again.status_code, "لم يعد هذا الرابط يفتح شيئًا" in again.get_data(as_text=True)) == (410, True)


def test_two_presses_at_the_same_moment_are_one_sign_in(app: Flask, world: World) -> None:
    path = _link(world)
    browsers = [app.test_client() for _ in range(4)]
    tokens = [form_token(browser, path) for browser in browsers]
    start, answers = threading.Barrier(4), []

    def press(browser: FlaskClient, token: str) -> None:
        start.wait()
        answers.append(browser.post(path, data={"csrf_token": token}).status_code)

    threads = [threading.Thread(target=press, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 410, 410, 410]


def test_the_letter_of_a_withheld_name_does_not_tell_it_to_its_finder(client: FlaskClient, world: World) -> None:
    organiser = world.actor("organiser")
    (letter,) = print_invitations([world.member("cso")], consultation=world.consultation, actor=organiser)
    page = client.get(letter.link.path).get_data(as_text=True)
    assert ("خديجة" in page, "الأمل" in page) == (False, False)
    assert "المشارك 5" in re.sub(r"<[^>]+>", "", page)


def test_a_link_by_mail_signs_in(client: FlaskClient, world: World) -> None:
    post(client, SIGN_IN, {"email": "ghat@example.org", "password": ""})
    deliver_due()
    text = session.scalars(sa.select(Mail.text)).one()
    found = re.search(r"http://localhost(/ar/invitation/[\w-]+)", text)
    assert found is not None
    assert post(client, found[1], {}).location == "/ar/c/test/"


def test_the_sign_in_page_asks_the_database_nothing(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with count_queries() as statements:
        assert client.get(SIGN_IN).status_code == 200
    assert statements == []
