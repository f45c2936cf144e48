"""What every answer carries, whatever it is; and what answers and forms do not give away."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.models import Attempt
from consult.app import create_app
from consult.db import database, session
from consult.settings import Settings
from consult.testing.web import Browser, form_token
from consult.testing.world import World
from consult.web.headers import HEADERS

C = "/en/c/test"
#: A page, its feed, an asset, a page of an account, health, what is not there, not allowed, not a method, not an address.
ANSWERS = {
    f"{C}/": (200, "text/html; charset=utf-8"),
    f"{C}/log/": (200, "text/html; charset=utf-8"),
    f"{C}/submissions/feed.atom": (200, "application/atom+xml; charset=utf-8"),
    "/-/health": (200, "text/plain; charset=utf-8"),
    "/en/account": (200, "text/html; charset=utf-8"),
    "/en/administer/": (403, "text/html; charset=utf-8"),
    "/en/nowhere/": (404, "text/html; charset=utf-8"),
    "/en/sign-out": (405, "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_has_the_headers(client: FlaskClient, world: World, path: str) -> None:
    world.sign_in(client, "ghat")
    _check(client.get(path), *ANSWERS[path])


@pytest.mark.parametrize("path", [path for path, answer in ANSWERS.items() if answer[1].startswith("text/html")])
def test_one_press_leads_out_of_every_page(client: FlaskClient, world: World, path: str) -> None:
    world.sign_in(client, "ghat")
    head, _, _ = client.get(path).get_data(as_text=True).partition("</header>")
    assert re.search(r'<form method="post" action="/en/sign-out">.*<button class="link">Sign out</button>', head)


def test_assets_have_them_too(client: FlaskClient, world: World) -> None:
    page = client.get(f"{C}/").get_data(as_text=True)
    found = re.findall(r'(?:href|src)="(/-/static/[^"]+)"', page)
    kinds = {
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml; charset=utf-8",
    }
    assert {path.rpartition(".")[2] for path in found} == set(kinds)
    for path in found:
        with client.get(path) as answer:
            _check(answer, 200, kinds[path.rpartition(".")[2]])


def _check(answer: TestResponse, status: int, content_type: str) -> None:
    assert (answer.status_code, answer.content_type) == (status, content_type)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] != ""
    assert [
        name for name, _ in answer.headers if name.lower().startswith(("access-control", "server", "x-powered"))
    ] == []


def test_over_https_browsers_are_told_to_stay_there(settings: Settings) -> None:
    secure = create_app(replace(settings, insecure_http=False, base_url="https://consult.example"))
    answer = Browser(secure).get("/-/health", base_url="https://consult.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    with secure.app_context():
        database.engine.dispose()


@pytest.mark.parametrize(("proxies", "addresses"), [(0, 1), (1, 2)])
def test_what_a_proxy_says_is_believed_from_a_trusted_one_only(
    settings: Settings, proxies: int, addresses: int
) -> None:
    app = create_app(replace(settings, trusted_proxies=proxies))
    for origin in ("192.0.2.1", "192.0.2.2"):
        client = Browser(app)
        form = {"email": f"{origin}@example.org", "password": "whatever it may be"}
        form["csrf_token"] = form_token(client, "/en/sign-in")
        assert client.post("/en/sign-in", data=form, headers={"X-Forwarded-For": origin}).status_code == 422
    with app.app_context():
        # Two accounts were tried, from one network address or from two.
        assert session.query(Attempt).filter(Attempt.ends_at > clock.now()).count() == 2 + addresses
        session.remove()
        database.engine.dispose()


def test_an_error_of_ours_says_nothing_of_the_code(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("a secret of the code")

    monkeypatch.setitem(app.view_functions, "public.home", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = Browser(app).get("/en/")
    said = answer.get_data(as_text=True)
    assert (answer.status_code, "Something went wrong on our side" in said) == (500, True)
    assert not re.search(r"secret of the code|RuntimeError|Traceback|\.py", said)


def test_password_fields_are_masked_and_leave_managers_alone(client: FlaskClient, world: World) -> None:
    pages = [client.get("/en/sign-in").get_data(as_text=True)]
    world.sign_in(client, "ghat")
    pages.append(client.get("/en/account/password").get_data(as_text=True))
    fields = [re.findall(r"<input[^>]*password[^>]*>", page) for page in pages]
    assert [len(found) for found in fields] == [1, 1]
    for (field,) in fields:
        assert re.search(r'type="password"', field)
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "maxlength" not in field
