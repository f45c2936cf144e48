"""Signing in with an account at a real provider (Canaille): joined by its person alone, and nothing merged."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.access import OPERATOR
from consult.accounts.models import LinkRequest, Person, SignIn
from consult.accounts.signing_in.identities import ProvedIdentity, join_identity
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.accounts.signing_in.links import invite_person
from consult.app import create_app
from consult.db import session
from consult.errors import Conflict
from consult.settings import Settings
from consult.testing.acts import recorded
from consult.testing.factors import set_up_app
from consult.testing.sample import disposed
from consult.testing.web import form_token, post
from consult.testing.world import World
from consult.web.account.provider_client import SIGNATURES, believed
from consult.web.account.provider_settings import ProviderTrouble

PASSWORD = "correct horse battery staple"
BACK = "/en/sign-in/provider/back"


@dataclass(frozen=True)
class Provider:
    """A provider that runs: its address, and the file with the client's secret."""

    issuer: str
    secret_file: Path

    def come_back(self, address: str, person: str) -> str:
        """Sign in there as a person would, and return the path on our site to which the browser is sent."""
        browser = requests.Session()
        browser.post(f"{self.issuer}/login", data={"login": person}, timeout=20)
        browser.post(f"{self.issuer}/auth/password", data={"password": PASSWORD}, timeout=20)
        answer = browser.get(address, allow_redirects=False, timeout=20)
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}" == "http://localhost"
        return f"{back.path}?{back.query}"


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for the file, in a process of its own."""
    told = {"people": ["ghat", "stranger"], "password": PASSWORD, "client": "consult", "secret": "of the client"}
    back = [f"http://localhost/{code}/sign-in/provider/back" for code in ("ar", "en", "fr")]
    command = [sys.executable, str(Path(__file__).with_name("canaille_server.py")), json.dumps({**told, "back": back})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            secret = tmp_path_factory.mktemp("provider") / "secret"
            secret.write_text("of the client\n")
            yield Provider(f"http://127.0.0.1:{port}", secret)
        finally:
            process.terminate()


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    """An instance that names the provider."""
    return replace(
        settings,
        oidc_issuer=provider.issuer,
        oidc_client_id="consult",
        oidc_secret_file=str(provider.secret_file),
        oidc_name="Canaille",
    )


def _way(client: FlaskClient, provider: Provider, person: str = "ghat") -> str:
    """Go to the provider and come back: the address of the page with the button."""
    begun = client.get("/en/sign-in/provider")
    asked = parse_qs(urlsplit(begun.location).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    return provider.come_back(begun.location, person)


def _press(client: FlaskClient, back: str) -> str:
    """Press the button of the page to which the provider sends, and return where it leads."""
    sent = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    answer = post(client, BACK, sent, form_page=back)
    return answer.location or f"{answer.status_code}"


def _count(model: type) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_nothing_is_merged_and_who_signs_in_here_too_joins_the_two(
    app: Flask, client: FlaskClient, world: World, provider: Provider
) -> None:
    assert "Sign in with <bdi>Canaille</bdi>" in client.get("/en/sign-in").text
    back = _way(client, provider)
    assert (_count(SignIn), _count(OutsideIdentity)) == (0, 0)
    # the provider has not confirmed the address: known or not, nobody is signed in and no link is mailed
    assert _press(client, back) == "/en/sign-in/provider/unknown"
    assert _press(client, _way(client, provider, "stranger")) == "/en/sign-in/provider/unknown"
    assert (_count(SignIn), _count(LinkRequest), _count(OutsideIdentity)) == (0, 0, 0)
    assert "Canaille" in client.get("/en/sign-in/provider/unknown").text
    with client.session_transaction() as kept:
        assert set(kept) <= {"csrf_token", "join", "provider_wanted"}  # no token of the provider leaves the server

    mine = app.test_client()
    assert _press(mine, _way(mine, provider)) == "/en/sign-in/provider/unknown"
    person = session.get_one(Person, world.people["ghat"])
    link = invite_person(person, actor=OPERATOR)
    assert post(mine, f"/en/invitation/{link.token}", {}).location == "/en/account/join"
    assert "Join the two accounts?" in mine.get("/en/account/join").text
    post(mine, "/en/account/join", {"then": "join"})
    assert session.scalars(sa.select(OutsideIdentity.person_id)).all() == [person.id]
    assert [set(event.facts) for event in recorded("IdentityJoined")] == [{"person", "identity"}]

    again = app.test_client()
    assert _press(again, _way(again, provider)).startswith("/en/c/test/")
    assert (_count(SignIn), _count(OutsideIdentity)) == (2, 1)
    assert session.scalars(sa.select(SignIn.method).order_by(SignIn.id)).all()[-1] == "provider"
    page = again.get("/en/account/security").text
    assert ("Signed in with an account elsewhere" in page, "Part the two accounts" in page) == (True, True)
    (identity,) = session.scalars(sa.select(OutsideIdentity.id)).all()
    form = "/en/account/details"
    assert post(again, f"/en/account/identities/{identity}/part", {}, form_page=form).status_code == 303
    assert (_count(OutsideIdentity), len(recorded("IdentityParted"))) == (0, 1)


def test_whoever_is_signed_in_and_leaves_it_joins_nothing(app: Flask, world: World, provider: Provider) -> None:
    mine = world.sign_in(app.test_client(), "derna")
    assert _press(mine, _way(mine, provider, "stranger")) == "/en/account/join"
    post(mine, "/en/account/join", {"then": "leave"})
    assert mine.get("/en/account/join").status_code == 303
    assert _count(OutsideIdentity) == 0


def test_an_answer_is_worth_nothing_in_another_browser_twice_or_changed(
    app: Flask, client: FlaskClient, world: World, provider: Provider
) -> None:
    join_identity(ProvedIdentity(provider.issuer, "ghat"), actor=world.actor("ghat"))
    back = _way(client, provider)
    state = parse_qs(urlsplit(back).query)["state"][0]
    with client.session_transaction() as kept:
        kept[f"_state_provider_{state}"]["data"]["nonce"] = "of another time"
        kept.modified = True
    assert _press(client, back) == "502"
    back = _way(client, provider)  # one answer for all: the provider's memory confuses several that wait
    assert _press(app.test_client(), back) == "502"
    assert _press(client, back.replace("state=", "state=x")) == "502"
    assert _press(client, back.replace("iss=http", "iss=ftp")) == "502"
    assert _press(client, back).startswith("/en/c/test/")
    assert _press(client, back) == "502"
    assert _count(SignIn) == 1
    metadata = app.extensions["consult.provider"].server_metadata
    assert set(metadata["id_token_signing_alg_values_supported"]) <= SIGNATURES


def test_the_second_step_is_asked_for_as_before(
    app: Flask, client: FlaskClient, world: World, provider: Provider
) -> None:
    set_up_app(world, "ghat")
    join_identity(ProvedIdentity(provider.issuer, "ghat"), actor=world.actor("ghat"))
    before = _count(SignIn)
    assert _press(client, _way(client, provider)) == "/en/sign-in/second-step"
    assert _count(SignIn) == before


def test_what_the_provider_refuses_is_said_in_the_language_of_the_page(client: FlaskClient, world: World) -> None:
    refused = client.get("/ar/sign-in/provider/back?error=access_denied&error_description=<b>x</b>")
    assert (refused.status_code, "لم تسجّل" in refused.text or "لم يُدخلك" in refused.text) == (403, True)
    assert "<b>x</b>" not in refused.text
    broken = client.get("/fr/sign-in/provider/back?state=1")
    assert (broken.status_code, "ne fonctionne pas" in unescape(broken.text)) == (502, True)
    assert form_token(client, "/en/sign-in")


def test_an_account_elsewhere_opens_one_account_here(world: World) -> None:
    proved = ProvedIdentity("https://id.example.org", "7")
    first = join_identity(proved, actor=world.actor("ghat"))
    assert join_identity(proved, actor=world.actor("ghat")).id == first.id
    with pytest.raises(Conflict, match="somebody else"):
        join_identity(proved, actor=world.actor("derna"))
    other = join_identity(replace(proved, subject="8"), actor=world.actor("ghat"))
    assert session.scalars(sa.select(OutsideIdentity.id)).all() == [other.id]
    assert len(recorded("IdentityJoined")) == 2


CLAIMS = {"iss": "https://id.example.org", "aud": ["consult"], "sub": "7", "email": "a@example.org"}


def test_what_an_id_token_says_is_believed_of_this_client_and_issuer_alone() -> None:
    of = Settings(oidc_issuer="https://id.example.org", oidc_client_id="consult")
    assert believed(CLAIMS, of) == ProvedIdentity("https://id.example.org", "7")
    assert believed({**CLAIMS, "aud": "consult", "email_verified": True}, of).email == "a@example.org"
    assert believed({**CLAIMS, "email_verified": "true"}, of).email == ""
    for wrong in ({"aud": []}, {"aud": "consult2"}, {"aud": ["x"]}, {"sub": ""}, {"iss": "https://id.example.org/"}):
        with pytest.raises(ProviderTrouble):
            believed({**CLAIMS, **wrong}, of)
    with pytest.raises(ProviderTrouble):
        believed({}, of)


def test_a_provider_that_names_itself_otherwise_is_not_believed(settings: Settings) -> None:
    with create_app(replace(settings, oidc_issuer=f"{settings.oidc_issuer}/")).app_context() as context, disposed():
        assert context.app.test_client().get("/en/sign-in/provider").status_code == 502


class _Elsewhere(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Send whoever asks to another address of this machine."""
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/inside")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_provider_that_redirects_leads_nowhere(settings: Settings) -> None:
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        with create_app(replace(settings, oidc_issuer=there)).app_context() as context, disposed():
            assert context.app.test_client().get("/en/sign-in/provider").status_code == 502
        server.shutdown()
    assert set(_Elsewhere.asked) == {"/.well-known/openid-configuration"}


@pytest.mark.parametrize("gone", ["", "http://127.0.0.1:1"])
def test_without_a_provider_there_is_no_button_and_one_that_is_away_closes_nothing(
    settings: Settings, gone: str
) -> None:
    with create_app(replace(settings, oidc_issuer=gone)).app_context() as context, disposed():
        visitor = context.app.test_client()
        assert ("Canaille" in visitor.get("/en/sign-in").text) is bool(gone)
        assert visitor.get("/en/sign-in/provider").status_code == (502 if gone else 303)
