"""What somebody tries from outside: forms without a token, addresses that lead elsewhere, forged hosts, kept pages.

Stolen and planted cookies: test_sign_in.py; codes used twice: tests/unit/accounts/test_second_factor.py.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter

from consult.accounts.signing_in.sign_in import start_sign_in
from consult.db import session
from consult.events.deliver import deliver_due
from consult.notifications.models import Mail
from consult.testing.web import form_token, post
from consult.testing.world import World

FORGED = "evil.example"
#: What leads away, as links and mails of others write it.
#: What a form without its token is told.
STALE = "This page was open for too long"
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "https:evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "/en/\\evil.example",
    "/en//evil.example",
    "/%2Fevil.example",
    "%2F%2Fevil.example",
    "%68ttps://evil.example",
    "/en@evil.example",
    "@evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/en/\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
)
#: Names under which addresses are handed on, here and elsewhere.
ONWARD = ("next", "then", "from", "to", "back", "return", "return_to", "redirect", "url", "wanted", "continue")
#: What is the same for everybody.
PUBLIC_FILES = {"/-/health"}
#: Forms that act without a token, on purpose: authors of testimonies have no cookie, so there is nothing to borrow; what a
#: script of ours sends says so itself (tests/web/test_drafts.py).
WITHOUT_TOKEN = {
    f"testimony.{view}"
    for view in (
        "write",
        "confirm",
        "come_again",
        "add_to_mine",
        "decide",
        "take_back",
        "add_file_to_mine",
        "remove_file_from_mine",
    )
} | {
    "translate.autosave",
    "take_part.autosave",
    "public.bring_application_file",
    "public.application_piece",
    "paper.bring_picture",
    "paper.picture_piece",
    "take_part.autosave_begun",
    "take_part.bring_in_pieces",
    "take_part.piece",
}


def _address(app: Flask, rule: Rule) -> str:
    """Return an address of a route; but for language and consultation, of nothing that is there."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = {"UUIDConverter": uuid.UUID(int=1), "Number": 1}.get(kind, "x")
        if isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
    values |= {name: value for name, value in (("lang", "en"), ("slug", "test")) if name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method="POST" if _posts(rule) else "GET")


def _posts(rule: Rule) -> bool:
    return "POST" in (rule.methods or ())


def _routes(app: Flask, method: str) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()))


def test_no_form_acts_without_its_token(client: FlaskClient, world: World, app: Flask) -> None:
    world.sign_in(client, "administrator")
    rules = list(_routes(app, "POST"))
    answers = {rule.endpoint: client.post(_address(app, rule)) for rule in rules}
    acted = {
        name
        for name, said in answers.items()
        if (said.status_code, STALE in said.get_data(as_text=True)) != (400, True)
    }
    assert acted == WITHOUT_TOKEN
    assert len(rules) > 150


def test_a_token_of_somebody_elses_form_is_none(client: FlaskClient, world: World, app: Flask) -> None:
    stranger = app.test_client()
    token = form_token(stranger, "/en/sign-in")
    world.sign_in(client, "ghat")
    form_token(client, "/en/account")
    assert client.post("/en/sign-out", data={"csrf_token": token}).status_code == 400
    assert client.get("/en/account").status_code == 200


def test_a_mail_program_stops_letters_with_its_own_body_and_nothing_else_does(
    client: FlaskClient, world: World
) -> None:
    one_click = {"List-Unsubscribe": "One-Click"}
    assert client.post("/en/stop/unknown", data=one_click).status_code == 404
    for fields, query in (({}, ""), ({**one_click, "more": "1"}, ""), (one_click, "?a=1")):
        assert client.post(f"/en/stop/unknown{query}", data=fields).status_code == 400


@pytest.mark.parametrize("who", ["", "organiser"])
def test_no_address_leads_elsewhere_and_no_page_of_somebody_is_kept(
    client: FlaskClient, world: World, app: Flask, who: str
) -> None:
    if who:
        world.sign_in(client, who)
    led, kept, opened = [], [], 0
    for rule in _routes(app, "GET"):
        answer = client.get(_address(app, rule), query_string=dict.fromkeys(ONWARD, "//evil.example/"), buffered=True)
        opened += answer.status_code == 200
        if FORGED in (answer.location or "").partition("?")[0] or answer.status_code >= 500:
            led.append((rule.rule, answer.status_code, answer.location))
        if who and answer.status_code == 200 and answer.headers["Cache-Control"] != "no-store":
            kept.append((rule.rule, answer.headers["Cache-Control"]))
    assert led == []
    assert [(rule, said) for rule, said in kept if rule not in PUBLIC_FILES] == []
    assert opened > 15


def test_whoever_comes_back_from_signing_in_or_proving_stays_here(
    client: FlaskClient, world: World, app: Flask
) -> None:
    world.sign_in(client, "ghat")
    for wanted in ELSEWHERE:
        assert client.get("/en/sign-in", query_string={"next": wanted}).location == "/en/account"
        asked = client.get("/en/account/prove", query_string={"next": wanted})
        page = app.test_client().get("/en/sign-in", query_string={"next": wanted})
        for answer in (asked, page):
            said = answer.get_data(as_text=True)
            links = re.findall(r'(?:href|action|src)="([^"]*)"', said)
            assert (answer.status_code, [link for link in links if not re.match(r"/[a-z-]|#|data:", link)]) == (200, [])
            assert FORGED not in "".join(re.findall(r'(?:action|value)="[^"]*"', said))


def test_a_path_that_begins_like_another_host_stays_here(client: FlaskClient, world: World) -> None:
    for path in (
        "//evil.example/en",
        "//evil.example/%2e%2e",
        "/en//evil.example",
        "//evil.example/c/test",
        "//en/c/test",
    ):
        answer = client.get(f"http://localhost{path}")
        assert not (answer.location or "").startswith(("//", "/\\", "http")), path


def test_a_forged_host_is_in_no_page_feed_redirect_or_letter(client: FlaskClient, world: World) -> None:
    forged = {"Host": FORGED, "X-Forwarded-Host": FORGED, "X-Forwarded-Server": FORGED, "Forwarded": f"host={FORGED}"}
    feed, no_slash = "/en/c/test/submissions/feed.atom", "/en/c/test?page=2"
    for path in ("/", "/en/", no_slash, "/en/c/test/", feed, "/en/sign-in", "/en/account", "/en/nowhere/"):
        answer = client.get(path, headers=forged)
        assert FORGED not in answer.get_data(as_text=True) + str(answer.headers), path
    evil = {"base_url": f"http://{FORGED}", "headers": forged}
    found = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/en/sign-in", **evil).get_data(as_text=True)
    )
    assert found is not None
    asked = client.post("/en/sign-in", data={"csrf_token": found[1], "email": "ghat@example.org"}, **evil)
    assert (asked.status_code, asked.location) == (303, "/en/sign-in/sent")
    deliver_due()
    letter = session.scalars(sa.select(Mail)).one()
    assert (FORGED in f"{letter.text} {letter.html}", "http://localhost/ar/invitation/" in letter.text) == (False, True)


def test_a_forgotten_slash_is_put_with_all_the_rest_of_the_address(client: FlaskClient, world: World) -> None:
    answer = client.get("/ar/c/test/submissions?q=%D9%85%D8%A7%D8%A1&page=2")
    assert (answer.status_code, answer.location) == (308, "/ar/c/test/submissions/?q=%D9%85%D8%A7%D8%A1&page=2")


def test_signed_out_the_page_before_is_asked_for_again_and_not_given(client: FlaskClient, world: World) -> None:
    client.set_cookie("consult-session", start_sign_in(world.people["ghat"], method="link"))
    before = client.get("/en/account")
    assert (before.status_code, before.headers["Cache-Control"]) == (200, "no-store")
    out = post(client, "/en/sign-out", {}, form_page="/en/account")
    assert (out.status_code, out.headers["Cache-Control"]) == (303, "no-store")
    assert client.get("/en/account", headers={"If-None-Match": before.headers.get("ETag", "*")}).status_code == 303
