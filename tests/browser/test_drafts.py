"""Writing through a hole in the network, in a real Chromium: kept on the device, said so, saved later, never over another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from consult.accounts.sign_in import start_sign_in
from consult.app import create_app
from consult.db import database, session
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.submissions.drafts import save_step, start_draft
from consult.submissions.models import Draft
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.world import World, make_world
from tests.browser.test_reach import AXE, OVERFLOW

pytestmark = pytest.mark.browser


class Place:
    """A small consultation behind a real server, with a draft of the councillor of Ghat."""

    def __init__(self, app: Flask, world: World, draft: Draft, token: str) -> None:
        self.app, self.world, self.draft, self.token = app, world, draft.id, token

    @property
    def base(self) -> str:
        """The address of the server."""
        return str(self.app.config["CONSULT"].base_url)

    @property
    def address(self) -> str:
        """The address of the step for the text."""
        return f"{self.base}/en/c/test/write/{self.draft}/text/"

    def text(self) -> str:
        """What the server holds."""
        session.rollback()
        return str(session.get_one(Draft, self.draft).answers.get("text", ""))


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Served by a process of its own."""
    port, folder = free_port(), tmp_path_factory.mktemp("drafts")
    settings = Settings(instance_path=folder, insecure_http=True, base_url=f"http://localhost:{port}")
    app = create_app(settings)
    with app.app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
        world = make_world()
        draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("ghat"))
        token = start_sign_in(world.people["ghat"], method="link")
        session.commit()
        with running_server(settings, port):
            yield Place(app, world, draft, token)


def _try_now(tab: Tab) -> None:
    """Let the script try at once, as it does when a connection is back."""
    tab.evaluate("dispatchEvent(new Event('online'))")


def _shows(tab: Tab, state: str) -> None:
    expect(tab.locator(f"[data-when={state}]")).to_be_visible()
    expect(tab.locator("[data-draft-line] > :not([hidden])")).to_have_count(1)


def test_a_text_survives_a_hole_in_the_network(browser: Browser, place: Place) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    context.add_cookies([{"name": "consult-session", "value": place.token, "url": place.base}])
    tab = context.new_page()
    tab.goto(place.address)
    kept = "Object.keys(localStorage).length"
    tab.fill("[name=text]", "Written in Ghat. " * 200)
    _try_now(tab)
    _shows(tab, "saved")
    with tab.expect_request_finished(lambda one: one.url.endswith("/autosave")) as finished:
        tab.locator("[name=text]").press_sequentially("شاحنة 🚚")
        _try_now(tab)
    sizes = finished.value.sizes()
    assert sizes["requestHeadersSize"] + sizes["requestBodySize"] < 1024, sizes
    assert sizes["responseHeadersSize"] + sizes["responseBodySize"] < 1024, sizes
    assert tab.evaluate(kept) == 0, "nothing stays in the browser once it is saved"
    saved = place.text()
    assert saved.endswith("شاحنة 🚚")

    context.set_offline(True)
    tab.locator("[name=text]").press_sequentially(" On the bus.")
    _try_now(tab)
    _shows(tab, "device")
    assert Axe().run(tab, options=AXE).violations_count == 0
    assert tab.evaluate(OVERFLOW) <= 0
    tab.click("text=Save and continue")
    assert tab.url == place.address, "the page stays open"
    assert (tab.evaluate(kept), place.text()) == (1, saved)
    tab.close()
    context.set_offline(False)
    tab = context.new_page()
    tab.goto(place.address)
    _shows(tab, "saved")
    assert (place.text(), tab.evaluate(kept)) == (saved + " On the bus.", 0)

    context.set_offline(True)
    tab.fill("[name=text]", "From the phone.")
    _try_now(tab)
    _shows(tab, "device")
    row = session.get_one(Draft, place.draft, populate_existing=True)
    save_step(row, {"text": "From the office."}, row.version, page="office", actor=place.world.actor("ghat"))
    context.set_offline(False)
    _shows(tab, "moved")
    assert place.text() == "From the office."
    tab.click("text=See both texts")
    assert tab.input_value("[name=text]") == "From the phone."
    assert "From the office." in tab.inner_text("main")
    tab.fill("[name=text]", "From the phone and the office.")
    tab.click("text=Save anyway")
    tab.wait_for_url("**/proposals/")
    assert (place.text(), tab.evaluate(kept)) == ("From the phone and the office.", 0)

    tab.evaluate("localStorage.setItem('draft:x:y:z', JSON.stringify({ at: Date.now() }))")
    tab.click("text=Sign out >> nth=0")
    tab.wait_for_url("**/en/")
    assert tab.evaluate(kept) == 0, "signing out leaves nothing"
    context.close()
