"""Writing through a hole in the network, in a real Chromium: kept on the device, said so, saved later, never over another's."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Route, expect
from playwright.sync_api import Page as Tab

from consult.accounts.access import Actor
from consult.accounts.signing_in.sign_in import load_actor, start_sign_in
from consult.app import create_app
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.demo.load import SLUG
from consult.submissions.drafting.drafts import discard_draft, save_step, start_draft
from consult.submissions.models import Draft
from consult.testing.sample import disposed
from tests.browser.axe import bring_axe, violations
from tests.browser.conftest import Site
from tests.browser.test_reach import OVERFLOW

pytestmark = pytest.mark.browser

#: Milliseconds that something may take to show on a machine with much else to do.
PATIENCE = 30_000


class Place:
    """The sample behind its server, with a draft and a sign-in of the test's own."""

    def __init__(self, site: Site, draft: Draft, actor: Actor, token: str) -> None:
        self.base, self.draft, self.actor, self.token = site.address, draft.id, actor, token

    @property
    def address(self) -> str:
        """The address of the step for the text."""
        return f"{self.base}/en/c/{SLUG}/write/{self.draft}/text/"

    def kept(self) -> Draft:
        """The draft as the server holds it now."""
        session.rollback()
        return session.get_one(Draft, self.draft)

    def text(self) -> str:
        """What its text is."""
        return str(self.kept().answers.get("text", ""))


@pytest.fixture
def place(site: Site) -> Iterator[Place]:
    """A draft of whoever wrote the newest of the sample; it is deleted afterwards."""
    with create_app(site.settings).app_context(), disposed():
        member = session.get_one(Member, session.get_one(Draft, uuid.UUID(site.ids["draft"])).member_id)
        actor = load_actor(member.person_id)
        consultation = session.get_one(Consultation, member.consultation_id)
        draft = start_draft(member.id, consultation=consultation, actor=actor)
        token = start_sign_in(member.person_id, method="link")
        made = Place(site, draft, actor, token)
        yield made
        discard_draft(made.kept(), actor=actor)


def _try_now(tab: Tab) -> None:
    """Let the script try at once, as it does when a connection is back."""
    tab.evaluate("dispatchEvent(new Event('online'))")


def _shows(tab: Tab, state: str) -> None:
    expect(tab.locator(f"[data-when={state}]")).to_be_visible(timeout=PATIENCE)
    expect(tab.locator("[data-draft-line] > :not([hidden])")).to_have_count(1, timeout=PATIENCE)


def _picture() -> FilePayload:
    """A picture that is too large to go at once."""
    picture = BytesIO()
    Image.frombytes("RGB", (300, 200), random.Random(1).randbytes(180_000)).save(picture, "PNG")
    return {"name": "map.png", "mimeType": "image/png", "buffer": picture.getvalue()}


def test_a_file_in_a_form_goes_on_after_a_hole_in_the_network_and_what_was_typed_beside_it_stays(
    browser: Browser, place: Place
) -> None:
    context = bring_axe(browser.new_context(viewport={"width": 360, "height": 800}))
    context.add_cookies([{"name": "consult-session", "value": place.token, "url": place.base}])
    tab = context.new_page()
    tab.goto(place.address.replace("/text/", "/s1/"))
    tab.check("[name=q2][value=c5]")
    with tab.expect_response(lambda one: "upload" in one.url and one.url.endswith(".js")):
        tab.set_input_files("input[type=file]", _picture())
    pieces: list[str] = []
    tab.on("request", lambda one: pieces.append(one.url) if "/pieces/" in one.url else None)
    broken: list[str] = []

    def break_once(route: Route) -> None:
        if broken or "/pieces/" not in route.request.url or route.request.url.endswith("/0"):
            return route.continue_()
        broken.append(route.request.url)
        return route.abort()

    tab.route(re.compile(r"/pieces/[^/]+/\d+$"), break_once)
    tab.click("text=Save and continue")
    expect(tab.locator("[data-when=waiting]")).to_be_visible(timeout=PATIENCE)
    assert violations(tab) == []
    assert tab.evaluate(OVERFLOW) <= 0
    _try_now(tab)
    tab.wait_for_url("**/s11/", timeout=PATIENCE)
    starts = [int(one.rpartition("/")[2]) for one in pieces if not one.endswith("/pieces/")]
    assert (sorted(starts), len(broken)) == (starts, 1), "it went on where it stopped"
    given = place.kept().answers["track"]
    assert (given["q2"], uuid.UUID(given["q16"]).version) == ("c5", 4)
    context.close()


def test_without_a_script_a_file_in_a_form_goes_with_the_form(browser: Browser, place: Place) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "consult-session", "value": place.token, "url": place.base}])
    tab = context.new_page()
    tab.goto(place.address.replace("/text/", "/s1/"))
    tab.set_input_files("input[type=file]", _picture())
    tab.click("text=Save and continue")
    assert "map.png" in tab.inner_text("main")
    context.close()


def test_a_text_survives_a_hole_in_the_network(browser: Browser, place: Place) -> None:
    context = bring_axe(browser.new_context(viewport={"width": 360, "height": 800}))
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
    assert violations(tab) == []
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
    row = place.kept()
    save_step(row, {"text": "From the office."}, row.version, page="office", actor=place.actor)
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

    tab.goto(place.address.replace("/text/", "/documents/"))
    tab.set_input_files("input[type=file]", _picture())
    context.set_offline(True)
    tab.click("text=Check and add it")
    expect(tab.locator("[data-when=waiting]")).to_be_visible(timeout=PATIENCE)
    context.set_offline(False)
    expect(tab.locator("#added")).to_contain_text("map.png", timeout=PATIENCE)
    assert len(place.kept().answers["attachments"]) == 1

    tab.evaluate("localStorage.setItem('draft:x:y:z', JSON.stringify({ at: Date.now() }))")
    tab.click("text=Sign out >> nth=0")
    tab.wait_for_url("**/en/")
    assert tab.evaluate(kept) == 0, "signing out leaves nothing"
    context.close()


def test_a_text_that_nobody_saved_yet_survives_a_lost_line_in_its_tab(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    tab, asked = context.new_page(), []
    tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    address, text = f"{site.address}/en/c/{SLUG}/begin/", tab.locator("[name=text]")
    tab.goto(address)
    text.click()
    tab.keyboard.type("From Ghat.")
    context.set_offline(True)
    tab.click("button[value=stay]")
    expect(tab.locator("[data-offline]")).to_contain_text("on this page only")
    assert (text.input_value(), tab.evaluate("localStorage.length")) == ("From Ghat.", 0)
    context.set_offline(False)
    tab.reload()
    assert asked == ["beforeunload"], "what is not saved is not closed without a question"
    expect(text).to_have_value("From Ghat.")
    tab.check("[name=shared]")
    assert tab.evaluate("sessionStorage.length") == 0, "on a shared phone nothing is kept"
    tab.uncheck("[name=shared]")
    assert tab.evaluate("sessionStorage.length") == 1
    tab.click("button[value=stay]")
    expect(tab.locator("[data-draft-line]")).to_be_attached()
    assert (text.input_value(), tab.evaluate("sessionStorage.length")) == ("From Ghat.", 0)
    assert asked == ["beforeunload"]
    tab.click("text=Delete this text")
    context.close()


def test_a_text_without_an_account_survives_it_too_unless_others_use_the_device(browser: Browser, site: Site) -> None:
    context = bring_axe(browser.new_context(viewport={"width": 360, "height": 800}))
    tab = context.new_page()
    address, kept = f"{site.address}/en/c/{SLUG}/begin/", "Object.keys(localStorage).length"
    tab.goto(address)
    tab.fill("[name=text]", "From Ghat.")
    tab.click("button[value=stay]")
    tab.fill("[name=text]", "From Ghat. On the bus.")
    context.set_offline(True)
    _try_now(tab)
    _shows(tab, "device")
    assert (violations(tab), tab.evaluate(kept)) == ([], 1)
    tab.close()
    context.set_offline(False)
    tab = context.new_page()
    tab.goto(address)
    _shows(tab, "saved")
    assert (tab.input_value("[name=text]"), tab.evaluate(kept)) == ("From Ghat. On the bus.", 0)

    context.set_offline(True)
    tab.fill("[name=text]", "From Ghat. At night.")
    _try_now(tab)
    _shows(tab, "device")
    tab.check("[name=shared]")
    _try_now(tab)
    _shows(tab, "page")
    assert tab.evaluate(kept) == 0, "what was kept goes at once"
    context.set_offline(False)
    _try_now(tab)
    _shows(tab, "saved")
    tab.goto(address)
    assert tab.input_value("[name=text]") == "From Ghat. At night."
    assert (tab.is_checked("[name=shared]"), tab.locator("[data-keep]").count()) == (True, 0)
    tab.click("text=Delete this text")
    context.close()
