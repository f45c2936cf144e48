"""Every page, in a real Chromium: accessible, on a small phone, with large text, by keyboard, without JavaScript, small."""

from __future__ import annotations

import re
from itertools import groupby
from operator import attrgetter

import brotli
import pytest
from playwright.sync_api import Browser, Response
from playwright.sync_api import Page as Tab

from tests.browser.axe import violations
from tests.browser.conftest import PHONE, Site, Windows, visitor
from tests.browser.pages import MORE, PAGES, Page

pytestmark = pytest.mark.browser

FIRST_VISIT, REPEAT_VISIT, REQUESTS = 20 * 1024, 8 * 1024, 3
LANGUAGES = ("ar", "en")
#: What is smaller than a fingertip and is not within a line of text.
SMALL_TARGETS = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
  .filter(e => e.checkVisibility() && !e.closest('p, li li, .text, .doc, dd, td, figcaption, label') && !e.matches('.skip'))
  .map(e => [e, (e.closest('label') || e).getBoundingClientRect()])
  .filter(([e, r]) => r.width && (r.height < 43.5 || r.width < 43.5))
  .map(([e, r]) => e.outerHTML.slice(0, 120) + ' ' + Math.round(r.width) + 'x' + Math.round(r.height))"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: The same with a word that does not end in place of every longer text, as where somebody pastes an address.
OVERFLOW_OF_LONG_WORDS = """() => { const root = document.documentElement
  const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), longer = []
  while (words.nextNode()) if (words.currentNode.data.trim().length > 15 &&
    !words.currentNode.parentElement.closest('option, script, style, code, pre, textarea, svg, time, .tag, .btn, .tok')) longer.push(words.currentNode)
  for (const text of longer) text.data = 'w'.repeat(190)
  return root.scrollWidth - root.clientWidth }"""
OVERFLOW_OF_LARGE_TEXT = """() => { const root = document.documentElement
  root.style.fontSize = '200%'
  try { return root.scrollWidth - root.clientWidth } finally { root.style.fontSize = '' } }"""
#: Text of the interface: people's own words, names and proper codes carry another lang, or stand in <bdi>.
INTERFACE_TEXT = """() => { const kept = [], own = '[lang]:not([lang=ar]), bdi, .text, .doc, script, svg, code, pre, textarea, [name=timezone], select[name=bearer], select[name=member], select[name=person], select[name=body]';
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) if (!words.currentNode.parentElement.closest(own)) kept.push(words.currentNode.data);
  return kept.join(' ') }"""
#: Numbers, signs and codes that do not run from left to right: "50%+1" after an Arabic letter came out as "1+%50".
#: On which side a lone percent sign stands is the way of each script.
REVERSED = r"""() => { const wrong = [], range = document.createRange()
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (words.nextNode()) {
    const node = words.currentNode
    if (!node.parentElement.checkVisibility()) continue
    for (const found of node.data.matchAll(/[A-Za-z0-9][A-Za-z0-9.:\/%+×-]*[A-Za-z0-9%]/g)) {
      let before = null
      for (let place = found.index; place < found.index + found[0].length; place++) {
        range.setStart(node, place); range.setEnd(node, place + 1)
        const box = range.getBoundingClientRect()
        if (!box.width) continue
        const line = before && Math.abs(box.top - before.top) < 3
        if (line && box.left < before.left - 0.5 && !/^\d+%$/.test(found[0])) { wrong.push(found[0]); break }
        before = box
      }
    }
  }
  return wrong }"""
#: What moves although the visitor's device asks for stillness.
MOVING = """() => [...document.querySelectorAll('body *')].flatMap(e => [null, '::before', '::after'].map(p => getComputedStyle(e, p)))
  .filter(s => s.animationName !== 'none' || s.transitionDuration.split(',').some(t => parseFloat(t) > 0)).length"""
#: What helps on a screen only, and is on the paper nevertheless.
PRINTED = """() => [...document.querySelectorAll('form, button, .skip, .foot, .top .links a, .nav a, .pages a')].filter(e => e.checkVisibility()).map(
  e => e.outerHTML.slice(0, 120))"""
#: Whether Tab went on from the first stop; then, at each place where the keyboard can stop, what it is if it does not take
#: the focus or its ring is not seen: after a key, the browser shows it where a script leads as where the key does.
STOPS = """() => {
  const goesOn = document.activeElement !== firstStop
  const shown = e => getComputedStyle(e).outlineStyle !== 'none'
  const all = [...document.querySelectorAll('a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary')].filter(
    e => e.checkVisibility({checkVisibilityCSS: true}) && e.tabIndex >= 0)
  const wrong = all.filter(e => { e.focus(); return document.activeElement !== e || !(shown(e) || shown(e.closest('label') || e)) })
  return [goesOn, wrong.map(e => e.outerHTML.slice(0, 120))] }"""
A4 = {"width": 718, "height": 1000}
#: Words laid out as boxes: a name within a sentence became a column of its own, and the space before it was lost.
TORN = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && /flex|grid/.test(getComputedStyle(e).display)
    && [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())
    && [...e.children].some(c => c.matches('bdi, time, a') && c.checkVisibility()))
  .map(e => e.outerHTML.slice(0, 160))"""
#: Latin words that Arabic pages keep.
KEPT = {
    *("Frictionless", "datapackage", "json", "Decidim", "Polis", "comments", "csv", "votes", "CC"),
    *("Creative", "Commons", "Attribution", "ShareAlike", "Open", "Data", "License", "Database", "Universal"),
    *("Public", "Domain", "Alt", "Shift", "Tab", "DOCX", "ODT", "JPEG", "PNG"),
    *("WebP", "MP", "OGG", "WAV", "Word", "Excel", "png", "ODS", "docx"),
    *("xlsx", "PDF", "HTML", "JSON", "CSV", "XLSX", "DOI", "QR", "SHA"),
    *("Markdown", "HTTP", "http", "ZIP", "TC", "TRIPOLI", "consult", "English", "Français"),
    *("received", "accepted", "returned", "hidden"),  # as they stand in the column of a file
    *("WCAG", "AA", "UA", "axe", "core", "OK", "hearings", "CONS", "SUFF"),
}


#: All that is asked of a page where it stands, in one go.
LOOK = f"() => [{', '.join(f'({one})()' for one in (SMALL_TARGETS, REVERSED, TORN, MOVING, OVERFLOW))}]"
FITS = f"() => [({SMALL_TARGETS})(), ({OVERFLOW})()]"
ON_PAPER = f"() => [({PRINTED})(), ({OVERFLOW})()]"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(windows: Windows, site: Site, page: Page) -> None:
    """One visit in each language for every check of a page: so that the run stays short."""
    with windows.of(page.role) as tab:
        _look_and_walk(tab, site, page)


def _look_and_walk(tab: Tab, site: Site, page: Page) -> None:
    """Look at a page in each language; in Arabic, read what is sent, see it on paper, and walk through it by keyboard."""
    _look(tab, site, "ar", page)
    _check_words(tab.evaluate(INTERFACE_TEXT))
    _walk_by_keyboard(tab, page)
    _check_large_text(tab)
    _check_paper(tab)
    tab.set_viewport_size(PHONE)
    _look(tab, site, "en", page)
    _check_large_text(tab)
    tab.set_viewport_size(PHONE)
    assert tab.evaluate(OVERFLOW_OF_LONG_WORDS) <= 0, "a long word makes the page scroll sideways"


def _look(phone: Tab, site: Site, language: str, page: Page) -> None:
    fetched: list[Response] = []

    def note(response: Response) -> None:
        fetched.append(response)

    phone.on("response", note)
    answer = phone.goto(site.url(language, page))
    phone.remove_listener("response", note)
    assert answer is not None
    assert answer.status == 200, page.path
    assert all(response.url.startswith(site.address) for response in fetched), "something came from elsewhere"
    sent = answer.body()
    _check_what_is_sent(sent.decode(), page)
    if page.name not in DOCUMENTS:
        _check_bytes(sent, [response for response in fetched if response is not answer])
    small, reversed_, torn, moving, overflow = phone.evaluate(LOOK)
    assert small == []
    assert reversed_ == []
    assert torn == []
    assert moving == 0
    assert overflow <= 0, "the page scrolls sideways at 320 px"
    assert violations(phone) == []


@pytest.mark.parametrize(
    ("spoilt", "rule"),
    [
        ("document.querySelector('main p').style.color = '#bbb'", "color-contrast"),
        ("document.querySelector('main a').textContent = ''", "link-name"),
        ("document.documentElement.lang = 'xx'", "html-lang-valid"),
    ],
)
def test_what_is_wrong_is_found_where_the_rest_of_a_page_is_known(
    windows: Windows, site: Site, spoilt: str, rule: str
) -> None:
    with windows.of("") as tab:
        tab.goto(site.url("ar", PAGES[1]))
        assert violations(tab) == []
        tab.evaluate(spoilt)
        for _ in range(2):  # what was found is not taken for known
            assert [one.partition(":")[0] for one in violations(tab)] == [rule]


def _check_large_text(phone: Tab) -> None:
    phone.set_viewport_size({"width": 640, "height": 800})
    assert phone.evaluate(OVERFLOW_OF_LARGE_TEXT) <= 0, "the page scrolls sideways with 200 % text"


def _check_paper(phone: Tab) -> None:
    phone.emulate_media(media="print")
    phone.set_viewport_size(A4)  # what is left of the paper inside its margins
    printed, overflow = phone.evaluate(ON_PAPER)
    assert printed == []
    assert overflow <= 0, "the page is wider than the paper"
    phone.emulate_media(media="screen")


#: What is shown whole, to be printed: as large as it is.
DOCUMENTS = {"organise.document_preview"}


def test_every_other_page(windows: Windows, site: Site) -> None:
    """The pages that no list names, one of every route, pass the same checks; all that is wrong is said at once."""
    wrong = []
    for page in (*MORE, *site.others):
        try:
            with windows.of(page.role) as tab:
                _look_and_walk(tab, site, page)
        except AssertionError as error:
            wrong.append(f"{page.name} {page.path}: {error}")
    assert wrong == [], "\n".join(wrong)


def test_every_page_fits_a_phone_in_french(browser: Browser, site: Site) -> None:
    """French has the longest words: no page scrolls sideways at 320 px, and nothing to be touched is smaller than a fingertip."""
    wrong, of_role = [], attrgetter("role")
    for role, pages in groupby(sorted((*PAGES, *MORE, *site.others), key=of_role), of_role):
        with visitor(browser, site, role, width=PHONE["width"]) as phone:
            tab = phone.new_page()
            for page in pages:
                answer = tab.goto(site.url("fr", page))
                small, overflow = tab.evaluate(FITS)
                if answer is None or answer.status != 200 or small or overflow > 0:
                    wrong.append(f"{page.name} {page.path}: {small} {overflow}")
    assert wrong == [], "\n".join(wrong)


#: Where the first of these ends, in pixels from the top.
ENDS = "selector => document.querySelector(selector).getBoundingClientRect().bottom"
#: Numbers of the log that stand on two lines; links whose arrow stands on a line of its own.
TORN_NUMBERS = r"""() => [...document.querySelectorAll('.log bdi')].filter(
  e => /^[\w-]+$/.test(e.textContent) && e.getBoundingClientRect().height > 36).map(e => e.textContent)"""
LONE_ARROWS = """() => [...document.querySelectorAll('.go')].filter(e => e.checkVisibility()).filter(e => {
  const words = document.createRange(); words.selectNodeContents(e)
  const left = e.getBoundingClientRect().bottom - parseFloat(getComputedStyle(e).paddingBottom) - words.getBoundingClientRect().bottom
  return left > 12 }).map(e => e.textContent)"""


def test_on_a_phone_the_first_text_is_seen_at_once_and_neither_numbers_nor_arrows_are_torn_off(
    browser: Browser, site: Site
) -> None:
    known = {page.name: page for page in PAGES}
    with visitor(browser, site, "moderator") as phone:
        tab = phone.new_page()
        tab.goto(site.url("ar", known["review-queue"]))
        assert tab.evaluate(ENDS, "[data-step]") < 720  # of 800, the banner of the sample among them
        tab.goto(site.url("ar", known["log"]))
        assert tab.locator(".log bdi").count() > 10
        assert tab.evaluate(TORN_NUMBERS) == []
        tab.goto(site.url("ar", known["coverage"]))
        assert tab.locator(".go").count() > 3
        assert tab.evaluate(LONE_ARROWS) == []


def _check_bytes(sent: bytes, besides: list[Response]) -> None:
    assert len(besides) <= REQUESTS, [
        one.url for one in besides
    ]  # the page counts as one; the icon is Chromium's own wish
    page = _travels(sent)
    assert page + sum(_of_asset(response) for response in besides if response.status == 200) <= FIRST_VISIT
    assert page <= REPEAT_VISIT


def _travels(body: bytes) -> int:
    """Return the bytes that travel: compressed with brotli as the server does it."""
    return len(brotli.compress(body, quality=5))


def _of_asset(response: Response) -> int:
    """Return the bytes of what a page brings along; under one address stands one thing."""
    if response.url not in _ASSETS:
        _ASSETS[response.url] = _travels(response.body())
    return _ASSETS[response.url]


_ASSETS: dict[str, int] = {}


def _check_words(text: str) -> None:
    # Addresses, fingerprints, and the keys of rules, which an option of a list cannot mark.
    plain = re.sub(r"https?://\S+|\b[0-9a-f]{32,}\b|\b[A-Z]{2,5}-[\w/+.-]+", " ", text)
    latin = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", plain)) - KEPT
    assert latin == set(), f"not Arabic: {sorted(latin)}"


def _walk_by_keyboard(phone: Tab, page: Page) -> None:
    """The first Tab leads to the way to the content, the next one goes on, and every stop shows its ring."""
    phone.keyboard.press("Tab")
    begins = phone.evaluate(
        "() => document.querySelector('main [autofocus][data-step]') !== null"
    )  # at the work itself
    first = phone.evaluate("() => (window.firstStop = document.activeElement).className")
    assert first in {"skip", "errors", "hall"} or begins
    phone.keyboard.press("Tab")
    goes_on, unseen = phone.evaluate(STOPS)
    assert unseen == [], "focus without a ring"
    assert goes_on or page.name == "public.hall"  # nobody sits before it


def _check_what_is_sent(sent: str, page: Page) -> None:
    """What the server sends is whole: nothing has to run before the words are there."""
    assert sent.count("<main") == 1
    assert sent.count("<h1") == 1 or page.name in DOCUMENTS  # the document has its own, in its chapters
    assert "<noscript" not in sent
