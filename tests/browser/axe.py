"""The rules of axe, asked of a page: brought into a window once, where its package would send half a megabyte for each page."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page as Tab

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passes need not be described
    "preload": False,  # no rule that runs needs style sheets read a second time
}
#: The rules that a page need not pass once more in a language: its colours are those it has in Arabic, and reading them
#: is a fourth of what axe does.
READ_ONCE: Mapping[str, Collection[str]] = {"ar": (), "en": ("color-contrast",)}
#: Each page of the window has it as a function that is compiled when it is asked for.
BROUGHT = f"window.bringAxe = function () {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}"
RUN = """options => { bringAxe(); return axe.run(document, options).then(found => found.violations.map(
  rule => rule.id + ': ' + rule.help + rule.nodes.map(node => '\\n  ' + node.html + ' ' + node.failureSummary).join(''))) }"""


def bring_axe(context: BrowserContext) -> BrowserContext:
    """Bring axe into every page that will be opened in a window, and return the window."""
    context.add_init_script(BROUGHT)
    return context


def violations(tab: Tab, *, without: Collection[str] = ()) -> list[str]:
    """Return what axe finds wrong on a page, each rule with its elements; `without` names rules that are left out."""
    found: list[str] = tab.evaluate(RUN, {**OPTIONS, "rules": {rule: {"enabled": False} for rule in without}})
    return found
