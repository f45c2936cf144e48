"""What a provider says about addresses, over HTTP: a verified one gets a link by mail, and nobody is signed in or joined by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from consult.accounts.models import LinkRequest, SignIn
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.consent.models import Consent
from consult.consent.services import PurposeDraft, publish_purpose
from consult.consent.uses import USES, Use
from consult.db import session
from consult.notifications.models import Mail
from consult.settings import Settings
from consult.testing.acts import deliver
from consult.testing.web import post
from consult.testing.world import World
from tests.web.small_provider import CLIENT, SECRET, SmallProvider, small_provider

BACK = "/en/sign-in/provider/back"


@pytest.fixture
def provider() -> Iterator[SmallProvider]:
    """A provider that says of everybody what the test tells it."""
    with small_provider() as found:
        yield found


@pytest.fixture
def settings(settings: Settings, provider: SmallProvider, tmp_path: Path) -> Settings:
    """An instance that names the provider."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    there = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_secret_file": str(secret)}
    return replace(settings, oidc_name="Small", **there)


def sign_in(client: FlaskClient, **changes: str) -> str:
    """Go to the provider, come back, press the button; return where it leads, or the status."""
    there = client.get("/en/sign-in/provider").location
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=20).headers["Location"])
    sent = {name: values[0] for name, values in parse_qs(back.query).items()} | changes
    answer = post(client, BACK, sent, form_page=f"{back.path}?{back.query}")
    return answer.location or str(answer.status_code)


def count(model: type[Any]) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_verified_address_gets_a_link_and_its_person_joins_the_two(
    client: FlaskClient, world: World, provider: SmallProvider
) -> None:
    draft = PurposeDraft(Use.RESEARCH, USES[Use.RESEARCH].title, USES[Use.RESEARCH].text)
    purpose = publish_purpose(draft, consultation=world.consultation, actor=world.actor("organiser"))
    field = f"agree-{purpose.id}"
    provider.claims = {"sub": "7", "email": "ghat@example.org", "email_verified": True}
    assert sign_in(client) == "/en/sign-in/provider/unknown"
    assert (count(SignIn), count(OutsideIdentity), count(LinkRequest)) == (0, 0, 1)
    deliver()
    text = session.scalars(sa.select(Mail.text).where(Mail.text.contains("/invitation/"))).one()
    link = "/ar/invitation/" + text.split("/ar/invitation/")[1].split()[0]
    assert post(client, link, {}).location.endswith("/account/join")
    page = client.get("/en/account/join").text
    assert (field in page, "checked" in page) == (True, False)
    post(client, "/en/account/join", {"then": "join", field: "1"})
    assert (count(OutsideIdentity), count(Consent)) == (1, 1)
    client.delete_cookie("consult-session")
    assert sign_in(client).startswith("/en/c/test/")


def test_an_address_that_nobody_has_gets_the_same_answer_and_no_letter(
    client: FlaskClient, world: World, provider: SmallProvider
) -> None:
    provider.claims = {"sub": "8", "email": "nobody@example.org", "email_verified": True}
    assert sign_in(client) == "/en/sign-in/provider/unknown"
    deliver()
    assert count(Mail) == 0


@pytest.mark.parametrize("verified", [{}, {"email_verified": False}, {"email_verified": "true"}, {"email_verified": 1}])
def test_an_address_that_was_not_verified_counts_for_nothing(
    client: FlaskClient, world: World, provider: SmallProvider, verified: dict[str, Any]
) -> None:
    provider.claims = {"sub": "7", "email": "ghat@example.org", **verified}
    assert sign_in(client) == "/en/sign-in/provider/unknown"
    assert (count(LinkRequest), count(SignIn)) == (0, 0)


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another"}, {"iss": "https://id.example.org"}, {"nonce": "of another time"}, {"exp": 1}, {"sub": ""}],
)
def test_a_token_for_somebody_else_or_of_another_time_opens_nothing(
    client: FlaskClient, world: World, provider: SmallProvider, claims: dict[str, Any]
) -> None:
    provider.claims = {"sub": "7", "email": "ghat@example.org", "email_verified": True, **claims}
    assert sign_in(client) == "502"
    assert (count(LinkRequest), count(SignIn)) == (0, 0)


def test_a_token_that_another_key_signed_opens_nothing(
    client: FlaskClient, world: World, provider: SmallProvider
) -> None:
    provider.claims = {"sub": "7", "email": "ghat@example.org", "email_verified": True}
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    assert sign_in(client) == "502"
    assert sign_in(client, iss="https://id.example.org") == "502"
    assert (count(LinkRequest), count(SignIn)) == (0, 0)
