"""The rules of axe, asked of a page: brought into a window once, where its package would send half a megabyte for each page.

What one page has shown need not be shown by the next. Most rules ask how a page is built, and two pages that are built alike
(the same page in two languages) get the same answer; whether a colour can be read is asked once of each colour on its ground.
"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

#: What passes need not be described, no rule that runs needs style sheets read a second time, and an element is told by its
#: markup: finding a selector of its own for each was a quarter of the work.
_SHORT = {"resultTypes": ["violations"], "preload": False, "selectors": False}
#: Every rule of the kinds that are asked; that of colours is asked by itself.
HOW_IT_IS_BUILT = {
    **_SHORT,
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast": {"enabled": False}},
}
#: The rules whose answer hangs on the words themselves, or on the room that they take.
WHAT_IT_SAYS = {
    **_SHORT,
    "runOnly": {
        "type": "rule",
        "values": [
            *("document-title", "html-lang-valid", "html-xml-lang-mismatch", "valid-lang", "image-redundant-alt"),
            *(
                "label-title-only",
                "landmark-unique",
                "table-duplicate-name",
                "scrollable-region-focusable",
                "target-size",
            ),
        ],
    },
}
COLOURS = {**_SHORT, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Each page of the window has it as a function that is compiled when it is asked for.
BROUGHT = f"window.bringAxe = function () {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}"
#: How a page is built: its elements and what they say of themselves to a reader aloud, with words and addresses that are
#: there, but not which; and each kind of words on it with all that its colours hang on, the first of each kept at hand.
SHAPE = r"""() => {
  const built = document.documentElement.outerHTML.replace(/>[^<]*</g, words => /\S/.test(words.slice(1, -1)) ? '>…<' : '><')
    .replace(/ (action|alt|aria-label|d|data-[a-z]+|datetime|dir|formaction|hreflang|lang|placeholder|src|title|value)="[^"]+"/g, ' $1')
    .replace(/ href="[^"#][^"]*"/g, ' href')
  const grounds = new Map(), first = new Map()
  const ground = e => {
    if (!e) return ''
    if (!grounds.has(e)) {
      const s = getComputedStyle(e), own = [s.backgroundColor, s.backgroundImage, s.opacity, s.position].join()
      grounds.set(e, own === 'rgba(0, 0, 0, 0),none,1,static' ? ground(e.parentElement) : ground(e.parentElement) + own)
    }
    return grounds.get(e) }
  const named = e => e.tagName + e.getAttribute('class')
  const sign = e => {
    const s = getComputedStyle(e), size = parseFloat(s.fontSize), bold = s.fontWeight >= 700
    return [ground(e), named(e.parentElement), named(e), s.color, size >= 24 || bold && size >= 18.66,
      e.matches(':disabled, [aria-disabled=true]')].join() }
  for (const e of document.body.querySelectorAll('*:not(script, svg *)'))
    if ((e.matches('input, select, textarea') || [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim().length > 1))
      && e.checkVisibility()) { const one = sign(e); if (!first.has(one)) first.set(one, e) }
  window.coloured = [...first.values()]
  return [built, [...first.keys()]] }"""
RUN = """async ([options, colours, fresh]) => { bringAxe()
  const found = (await axe.run(document, options)).violations
  if (fresh.length) found.push(...(await axe.run({include: fresh.map(one => coloured[one])}, colours)).violations)
  return found.map(rule => rule.id + ': ' + rule.help + rule.nodes.map(node => '\\n  ' + node.html + ' ' + node.failureSummary).join('')) }"""

_known_shapes: set[int] = set()
_known_colours: set[int] = set()


def bring_axe(context: BrowserContext) -> BrowserContext:
    """Bring axe into every page that will be opened in a window, and return the window."""
    context.add_init_script(BROUGHT)
    return context


def violations(tab: Tab) -> list[str]:
    """Return what axe finds wrong on a page, each rule with its elements, and remember what was shown where nothing is."""
    built, colours = tab.evaluate(SHAPE)
    shape, signs = hash(built), [hash(sign) for sign in colours]
    fresh = [place for place, sign in enumerate(signs) if sign not in _known_colours]
    options = WHAT_IT_SAYS if shape in _known_shapes else HOW_IT_IS_BUILT
    found: list[str] = tab.evaluate(RUN, [options, COLOURS, fresh])
    if not found:
        _known_shapes.add(shape)
        _known_colours.update(signs)
    return found
