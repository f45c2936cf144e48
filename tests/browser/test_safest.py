"""Confidential testimony in a browser as careful as Tor Browser at its safest: a real Chromium that runs no script, loads no
font, picture, vector drawing or sound, keeps no cookie, and says neither which page it comes from nor from which site.

Tor Browser itself is not run here: what its safest setting takes away is taken away from this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Route, expect
from playwright.sync_api import Page as Tab

from consult.app import create_app
from consult.db import database
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.attached_files import picture
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.testimonies import TEXT, offered, with_key
from consult.testing.world import make_world

pytestmark = pytest.mark.browser

#: What the safest setting does not load.
NOT_LOADED = ("font", "image", "media", "script", "websocket", "manifest")


@dataclass
class Careful:
    """A window that lets nothing but pages and style sheets through, and what it was asked for besides."""

    context: BrowserContext
    address: str
    blocked: list[str] = field(default_factory=list)
    origins: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.context.route("**/*", self._pass)

    def _pass(self, route: Route) -> None:
        request = route.request
        if request.resource_type in NOT_LOADED or not request.url.startswith(self.address):
            self.blocked.append(request.resource_type)
            route.abort()
            return
        given = request.headers
        if request.method == "POST":
            self.origins.add(request.all_headers().get("origin"))
        route.continue_(headers={name: value for name, value in given.items() if name not in ("referer", "cookie")})

    def tab(self) -> Tab:
        """Return a page."""
        return self.context.new_page()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small consultation that takes testimonies, behind a real server."""
    port, folder = free_port(), tmp_path_factory.mktemp("safest")
    plain = Settings(
        instance_path=folder, insecure_http=True, base_url=f"http://127.0.0.1:{port}", second_factor_for_roles=False
    )
    settings = with_key(plain, tmp_path_factory.mktemp("elsewhere"))
    with create_app(settings).app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
        offered(make_world())
    with running_server(settings, port):
        yield settings.base_url


@pytest.fixture
def careful(browser: Browser, address: str) -> Iterator[Careful]:
    """A window of a telephone's size, without script."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    yield Careful(context, address)
    context.close()


def press(button: Locator) -> None:
    """Press a button or a link and wait for the page that comes: whole, not only begun."""
    with button.page.expect_navigation():
        button.click()


def words_of(tab: Tab) -> list[str]:
    """Return the codename as it is read off the page."""
    return tab.locator("ol.codename li").all_inner_texts()


def given(tab: Tab, address: str, language: str) -> list[str]:
    """Give a testimony by hand, and return its codename."""
    tab.goto(f"{address}/{language}/c/test/testimony/")
    press(tab.locator(f'a[href="/{language}/c/test/testimony/write/"]'))
    tab.locator("[name=text]").fill(TEXT)
    press(tab.locator("main form button").first)
    words = words_of(tab)
    for at in range(3):
        label = tab.locator(f'label[for="word{at}"]').inner_text()
        tab.locator(f"[name=word{at}]").fill(words[int(re.sub(r"\D", "", label)) - 1])
    press(tab.locator("main form button"))
    return words


def sent(tab: Tab, file: Path) -> None:
    """Choose a file and press the button beside it."""
    tab.locator("input[type=file]").set_input_files(file)
    press(tab.locator("form[enctype] button"))


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_giving_adding_files_and_coming_back_need_nothing_of_what_is_switched_off(
    careful: Careful, address: str, language: str, tmp_path: Path
) -> None:
    """The whole way, then from another window that knows nothing but the codename."""
    photograph, program = tmp_path / "photograph.jpg", tmp_path / "program.exe"
    photograph.write_bytes(picture())
    program.write_bytes(b"MZ" + bytes(700_000))
    tab = careful.tab()
    words = given(tab, address, language)
    sent(tab, photograph)
    expect(tab.locator("p.note.ok")).to_have_count(1)
    sent(tab, program)
    expect(tab.locator("#file-error")).to_have_count(1)
    expect(tab.locator("#files .title")).to_have_text(["photograph"])
    assert careful.context.cookies() == []
    tab.close()

    tab = careful.tab()
    tab.goto(f"{address}/{language}/c/test/testimony/return/")
    tab.locator("[name=codename]").fill(" ".join(words))
    press(tab.locator("main form button"))
    expect(tab.locator("#thread")).to_contain_text(TEXT.splitlines()[1])
    sent(tab, photograph)
    expect(tab.locator("#files .title")).to_have_count(2)
    tab.locator("[name=text]").fill("Something else.")
    press(tab.locator('form[action$="/mine/add/"] button'))
    expect(tab.locator("#thread")).to_contain_text("Something else.")
    press(tab.locator('form[action$="/mine/files/remove/"] button').first)
    expect(tab.locator("#files .title")).to_have_count(1)
    press(tab.locator('form[action$="/mine/withdraw/"] button'))
    press(tab.locator('form[action$="/mine/withdraw/"] button'))
    expect(tab.locator("h1")).to_have_count(1)
    assert careful.context.cookies() == []
    assert careful.origins == {"null"}  # a page without a referrer posts from nowhere
    assert set(careful.blocked) <= {"font", "image"}


def test_nothing_is_hidden_where_no_style_sheet_is_loaded(careful: Careful, address: str) -> None:
    """A page that came without its style sheet over a bad line can still be written on and sent."""
    careful.context.route("**/*.css*", lambda route: route.abort())
    tab = careful.tab()
    words = given(tab, address, "ar")
    assert len(words) == 10
    assert tab.locator("input[type=file]").is_visible()
