"""The site's own pages: promises, privacy, accessibility, help; one Markdown file each in every language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import render_template
from markupsafe import Markup

from consult.errors import NotFound
from consult.i18n import N_, Message
from consult.web import markdown
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.public.blueprint import blueprint

FOLDER = Path(__file__).parents[1] / "pages"
#: name -> what links call it
PAGES: dict[str, Message] = {
    "promises": N_("What we promise, and what we do not"),
    "privacy": N_("Privacy"),
    "accessibility": N_("Accessibility statement"),
    "help": N_("Help"),
}


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page: its title and first paragraph, and the rest as HTML."""

    title: str
    lede: str
    html: Markup


@cache
def site_page(name: str, code: str) -> SitePage:
    """Read a page: the first line is `# title`, the next paragraph its lede."""
    text = (FOLDER / code / f"{name}.md").read_text("utf-8")
    title, lede, rest = text.split("\n\n", 2)
    return SitePage(title.removeprefix("# ").strip(), " ".join(lede.split()), markdown.render(rest))


@blueprint.get("/about/<name>")
@requires("public.read")
def page(name: str) -> str:
    """Show one of the site's own pages."""
    if name not in PAGES:
        raise NotFound
    others = {other: label for other, label in PAGES.items() if other != name}
    return render_template("public/page.html", page=site_page(name, current_language().code), others=others)
