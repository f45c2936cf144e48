"""Work that is done by the hundred, without a mouse, in a real Chromium: sheets entered by two clerks, texts decided on together."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.app import create_app
from consult.db import session
from consult.demo.load import SLUG
from consult.paper.models import Sheet
from consult.paper.numbers import printed_number
from consult.submissions.models import BulkDecision
from consult.testing.sample import LoadedSample, disposed
from tests.browser.conftest import Site, sample_site

pytestmark = pytest.mark.browser

#: Keys a second of somebody who types all day, and seconds that two clerks together may take for a sheet.
KEYS_A_SECOND, MOST_SECONDS = 4, 120
#: Keys besides what stands on the paper that one entry may take: from box to box, and to keep it.
MOST_BESIDES = 30
PATIENCE = 30_000
CLERKS = ("othman.elwafi@example.org", "najat.elbusefi@example.org")
PAPER = Path(__file__).parents[2] / "consult" / "demo" / "sample" / "paper.csv"


@pytest.fixture(scope="module")
def place(sample: LoadedSample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A sample of the two tests' own: neither touches what the other works on."""
    folder = tmp_path_factory.mktemp("by_keyboard")
    with sample_site(sample, folder) as site, create_app(site.settings).app_context(), disposed():
        yield site


class Hands:
    """Somebody at a keyboard, whose keys and pages are counted."""

    def __init__(self, browser: Browser, site: Site, token: str) -> None:
        self.context = browser.new_context()
        self.context.add_cookies([{"name": "consult-session", "value": token, "url": site.address}])
        self.tab: Tab = self.context.new_page()
        self.keys = self.written = self.pages = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.tab.keyboard.press(key)
            self.keys += 1

    def write(self, words: str) -> None:
        """Type words."""
        self.tab.keyboard.type(words)
        self.keys += len(words)
        self.written += len(words)

    def go(self, *keys: str) -> None:
        """Press keys of which the last opens a page, and wait for it."""
        with self.tab.expect_navigation(timeout=PATIENCE):
            self.press(*keys)
        self.pages += 1

    def on(self) -> str:
        """Return the name of the field that has the focus."""
        return str(self.tab.evaluate("document.activeElement.name || document.activeElement.id || ''"))


def _enter(hands: Hands, number: str, row: dict[str, str]) -> None:
    """Enter a sheet, beginning where the one before left off: in the field for the number."""
    hands.write(number.replace("-", ""))
    hands.go("Enter")
    given = {
        "sheet_name": row["الاسم"],
        "sheet_title": row["العنوان"],
        "sheet_text": row["النص"],
        "sheet_proposals": row["المقترح"],
        "services": "2",
        "q2": "1",
    }
    assert hands.on() == "sheet_name"
    while given:
        given_here = given.pop(hands.on(), "")
        hands.write(given_here)
        if given:
            hands.press("Tab")
    hands.go("Enter")


def test_two_clerks_enter_a_sheet_in_under_two_minutes_without_a_mouse(browser: Browser, place: Site) -> None:
    with PAPER.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file, delimiter=";"))
    sheet = session.scalars(sa.select(Sheet).where(Sheet.number == 5)).one()
    seconds = []
    for email in CLERKS:
        person = session.scalars(sa.select(Person.id).where(Person.email == email)).one()
        hands = Hands(browser, place, start_sign_in(person, method="link"))
        hands.tab.goto(f"{place.address}/ar/c/{SLUG}/paper/?state=printed#s-number")
        assert hands.on() == "number", "the field for the number has the focus"
        _enter(hands, printed_number(sheet.number), row)
        assert hands.on() == "number", "and has it again for the next sheet"
        assert hands.keys - hands.written <= MOST_BESIDES
        assert hands.pages == 2
        seconds.append(hands.keys / KEYS_A_SECOND)
        hands.context.close()
    session.rollback()
    assert session.get_one(Sheet, sheet.id).state == "done"
    assert sum(seconds) < MOST_SECONDS, seconds


def test_a_moderator_ticks_decides_and_undoes_without_a_mouse(browser: Browser, place: Site) -> None:
    hands = Hands(browser, place, place.tokens["moderator"])
    tab = hands.tab
    tab.goto(f"{place.address}/en/c/{SLUG}/review/?whose=all")
    titles = tab.locator("[data-step]")
    assert titles.count() >= 3
    tab.evaluate("document.querySelector('legend').closest('fieldset').scrollIntoView()")
    _tab_to(hands, "document.activeElement.hasAttribute('data-step')")
    first = titles.nth(0).inner_text()
    hands.press("j", "j", "k", "x", "ArrowDown", "x")
    assert tab.locator("input[name=t]:checked").count() == 2
    assert not tab.locator("input[name=t]").nth(0).is_checked()
    hands.press("k", "k")
    assert tab.evaluate("document.activeElement.textContent") == first
    _tab_to(
        hands,
        "document.activeElement.matches('button[accesskey=\"1\"]') && !!document.activeElement.form.querySelector('[name=t]')",
    )
    hands.go("Enter")
    assert "2 ticked texts" in tab.inner_text("main")
    _tab_to(hands, "document.activeElement.name === 'decision'")
    hands.press("Space")
    _tab_to(hands, "document.activeElement.name === 'step'")
    hands.go("Enter")
    expect(tab.locator("#decided")).to_contain_text("2 texts are decided on")
    _tab_to(hands, "document.activeElement.textContent === 'Hold it for ten minutes'")
    hands.go("Enter")
    expect(tab.locator("main")).to_contain_text("Nothing has happened yet")
    _tab_to(hands, "document.activeElement.textContent === 'Undo'")
    hands.go("Enter")
    session.rollback()
    newest = sa.select(BulkDecision.state).order_by(BulkDecision.id.desc()).limit(1)
    assert session.scalars(newest).one() == "undone"

    tab.goto(f"{place.address}/en/c/{SLUG}/submissions/")
    tab.focus("[name=q]")
    hands.write("jkx")
    assert tab.input_value("[name=q]") == "jkx", "in a field they are letters"
    hands.context.close()


def _tab_to(hands: Hands, there: str) -> None:
    for _ in range(80):
        hands.press("Tab")
        if hands.tab.evaluate(there):
            return
    raise AssertionError(f"no Tab leads to where {there}")
