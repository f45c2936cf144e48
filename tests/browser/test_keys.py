"""Keys in a real Chromium: from line to line of codes, a code found by its name, and the way back after signing out."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from consult.accounts.models import SignIn
from consult.accounts.signing_in.sign_in import start_sign_in, token_hash
from consult.app import create_app
from consult.db import session
from consult.demo.load import SLUG
from consult.testing.sample import disposed
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

#: Keys that one passage may take: a code of two digits, a sentence of its own, and on to the next; two more go to the next text.
MOST_KEYS_A_PASSAGE = 5


@pytest.fixture
def tab(site: Site, browser: Browser) -> Iterator[Tab]:
    """A page of the moderator of the sample, who codes too, in a sign-in of its own."""
    with create_app(site.settings).app_context(), disposed():
        of_the_site = SignIn.token_hash == token_hash(site.tokens["moderator"])
        token = start_sign_in(session.scalars(sa.select(SignIn.person_id).where(of_the_site)).one(), method="link")
    context = browser.new_context()
    context.add_cookies([{"name": "consult-session", "value": token, "url": site.address}])
    yield context.new_page()
    context.close()


def test_a_coder_works_by_keys_alone(site: Site, tab: Tab) -> None:
    tab.goto(f"{site.address}/ar/c/{SLUG}/coding/texts/TC-2026-00002/")
    lines = tab.locator("[data-step]")
    expect(lines.nth(0)).to_be_focused()
    tab.keyboard.press("n")
    expect(lines.nth(1)).to_be_focused()
    tab.keyboard.press("ArrowUp")
    expect(lines.nth(0)).to_be_focused()
    tab.keyboard.press("p")
    expect(lines.nth(0)).to_be_focused()
    lines.nth(0).fill("")

    code = tab.locator("#codebook li").nth(2)
    number, name = code.get_attribute("data-code"), code.inner_text().split(maxsplit=1)[1].lstrip("— ")
    tab.keyboard.press("/")
    expect(tab.locator("[data-find-code]")).to_be_focused()
    tab.keyboard.insert_text(name.replace("أ", "ا").replace("إ", "ا"))
    expect(code).to_be_visible()
    assert tab.locator("#codebook li:visible").count() < tab.locator("#codebook li").count()
    tab.keyboard.press("Enter")
    expect(lines.nth(0)).to_be_focused()
    expect(lines.nth(0)).to_have_value(str(number))
    expect(tab.locator("#codebook li").nth(0)).to_be_visible()
    tab.keyboard.press("/")
    tab.keyboard.press("Escape")
    expect(lines.nth(0)).to_be_focused()

    # Where there are steps, their buttons stand in the form; here nobody has saved yet.
    tab.evaluate(
        """() => {
            const form = document.querySelector("[data-step]").form;
            form.insertAdjacentHTML("beforeend", "<button name=then value=undo></button><button name=then value=redo></button>");
            form.addEventListener("submit", (sent) => { window.pressed = sent.submitter.value; });
        }"""
    )
    tab.route("**/*", lambda route: route.abort())
    for keys, pressed in (("u", "undo"), ("Shift+U", "redo")):
        tab.keyboard.press(keys)
        assert tab.evaluate("window.pressed") == pressed
    expect(lines.nth(0)).to_have_value(str(number))
    tab.unroute("**/*")
    tab.reload()
    lines.nth(0).fill(str(number))

    # What Enter sends is caught before it arrives: the sample stays as it is.
    field = str(lines.nth(0).get_attribute("name"))
    tab.route("**/*", lambda route: route.abort())
    with tab.expect_request(lambda request: request.method == "POST") as caught:
        tab.keyboard.press("Enter")
    said = parse_qs(caught.value.post_data or "")
    assert said[field] == [number]
    assert "then" not in said
    expect(tab.get_by_role("alert")).to_contain_text("لا يمكن الوصول إلى الخادم")
    expect(lines.nth(0)).to_be_focused()
    expect(lines.nth(0)).to_have_value(str(number))

    # Connected again, as if all were saved: a passage after the other with a code and a sentence of its own, then the next text.
    tab.unroute("**/*")
    tab.route(
        tab.url,
        lambda route: (
            route.fallback()
            if route.request.method == "GET"
            else route.fulfill(status=303, headers={"Location": tab.url})
        ),
    )
    here, mark = tab.url, f"{number}:1"
    lines.nth(0).fill("")
    for at in range(lines.count()):
        keys = [*mark, "ArrowDown"]
        assert len(keys) <= MOST_KEYS_A_PASSAGE
        for key in keys:
            tab.keyboard.press(key)
        expect(lines.nth(at)).to_have_value(mark)
    with tab.expect_event("domcontentloaded"):
        tab.keyboard.press("Enter")
    expect(tab.locator("#done")).to_be_focused()
    with tab.expect_event("domcontentloaded"):
        tab.keyboard.press("Enter")
    assert tab.url != here
    expect(tab.locator("[data-step]").nth(0)).to_be_focused()


def test_the_way_back_after_signing_out_shows_nothing(site: Site, tab: Tab) -> None:
    """Neither the page before, as the browser kept it, nor anything asked for anew."""
    tab.goto(f"{site.address}/en/account/")
    private = f"{site.address}/en/c/{SLUG}/coding/"
    tab.goto(private)
    expect(tab.locator("h1")).to_have_text("Coding desk")
    tab.locator("form[action$='/sign-out'] button").first.evaluate("button => button.form.submit()")
    tab.wait_for_url(lambda url: url != private)
    tab.go_back()
    tab.wait_for_load_state()
    assert "Coding desk" not in tab.locator("h1").all_inner_texts()
    assert tab.context.request.get(private, max_redirects=0).status in (303, 403)
