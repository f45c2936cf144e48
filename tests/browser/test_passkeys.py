"""Passkeys in a real Chromium, with its virtual authenticator: added, signed in with, shown as the second step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession
from playwright.sync_api import Page as Tab

from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.accounts.services import invite_person
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.app import create_app
from consult.db import database, session
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.world import World, make_world
from tests.browser.axe import bring_axe, violations
from tests.browser.test_reach import OVERFLOW

pytestmark = pytest.mark.browser

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Place:
    """A small consultation behind a real server under the name `localhost`, where browsers have passkeys."""

    def __init__(self, settings: Settings, world: World, token: str, link: str) -> None:
        self.settings, self.world, self.token, self.link = settings, world, token, link

    def url(self, path: str) -> str:
        """Return the whole address of a page."""
        return self.settings.base_url + path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Served once for the module; somebody is signed in and holds an invitation too."""
    port, folder = free_port(), tmp_path_factory.mktemp("passkeys")
    settings = Settings(instance_path=folder, insecure_http=True, base_url=f"http://localhost:{port}")
    with create_app(settings).app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
        world = make_world()
        token = start_sign_in(world.people["moderator"], method="link")
        link = invite_person(session.get_one(Person, world.people["moderator"]), actor=OPERATOR).path
    with running_server(settings, port):
        yield Place(settings, world, token, link)


def _device(tab: Tab) -> tuple[CDPSession, str]:
    """Give a tab a phone that keeps passkeys."""
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    return session, made["authenticatorId"]


def _check(tab: Tab) -> None:
    assert violations(tab) == []
    tab.set_viewport_size({"width": 320, "height": 800})
    assert tab.evaluate(OVERFLOW) <= 0, "the page scrolls sideways at 320 px"


def test_a_passkey_from_the_first_look_to_the_second_step(browser: Browser, place: Place) -> None:
    context = bring_axe(browser.new_context(viewport={"width": 360, "height": 800}))
    context.add_cookies([{"name": "consult-session", "value": place.token, "url": place.settings.base_url}])
    tab = context.new_page()
    phone, authenticator = _device(tab)
    tab.goto(place.url("/en/c/test/review/"))
    assert tab.url == place.url("/en/account/security"), "the role waits for a second factor"
    tab.goto(place.url("/en/account/security/passkeys"))
    _check(tab)
    tab.fill("[name=name]", "my phone")
    with tab.expect_navigation():
        tab.click("button[data-passkey]")
    assert tab.locator(".codes li").count() == 10
    _check(tab)
    assert tab.goto(place.url("/en/c/test/review/")).status == 200  # type: ignore[union-attr]
    tab.goto(place.url("/en/account/security"))
    assert tab.locator("#passkey li b").inner_text() == "my phone"
    _check(tab)
    with tab.expect_navigation():
        tab.click("text=Sign out >> nth=0")

    tab.goto(place.url("/en/sign-in?next=/en/account/details"))
    _check(tab)
    phone.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    tab.click("button[data-passkey]")
    tab.wait_for_selector("#passkey-failed:visible")
    assert tab.url.startswith(place.url("/en/sign-in")), "whom the phone does not know is not let in"
    phone.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    with tab.expect_navigation():
        tab.click("button[data-passkey]")
    assert tab.url == place.url("/en/account/details")
    assert tab.goto(place.url("/en/c/test/review/")).status == 200  # type: ignore[union-attr]

    context.clear_cookies()
    tab.goto(place.url(place.link))
    with tab.expect_navigation():
        tab.click("form.card button")
    assert tab.url == place.url("/ar/sign-in/second-step")
    _check(tab)
    with tab.expect_navigation():
        tab.click("button[data-passkey]")
    assert tab.url == place.url("/ar/c/test/")
    context.close()


def test_without_javascript_there_is_no_button_and_another_way(browser: Browser, place: Place) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(place.url("/en/sign-in"))
    assert not tab.locator("button[data-passkey]").is_visible()
    assert tab.locator("[name=password]").is_visible()
    context.close()
