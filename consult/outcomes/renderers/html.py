"""HTML: the body of a document for a page of the site, and a file that stands alone.

Templates draw; numbers come from `charts`, words from the document. Every word is escaped. The file for download has its
own style sheet inside and a policy that allows that sheet and nothing else, so it loads nothing from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from consult.i18n import direction
from consult.outcomes.canonical import canonical
from consult.outcomes.renderers import charts
from consult.outcomes.renderers.seals import sealed
from consult.outcomes.tree import Block, Document, Outcome
from consult.outcomes.walk import plain
from consult.outcomes.words import document_words
from consult.settings import resource_directory

TAGS: Mapping[Outcome, str] = {
    Outcome.ADOPTED: "ok",
    Outcome.REJECTED: "no",
    Outcome.NEXT_ROUND: "wait ret",
    Outcome.NO_QUORUM: "shut",
    Outcome.NO_DECISION: "shut",
    Outcome.CONTESTED: "wait",
}


def render(document: Document, seal: str | None = None) -> bytes:
    """Return the document as one HTML file that needs nothing else; raise ValueError when it cannot be frozen."""
    canonical(document)
    sheet = stylesheet()
    policy = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    context = {**_context(document, seal, site=document.site), "sheet": Markup(sheet), "policy": policy}  # noqa: S704  # our own file
    return _environment().get_template("outcomes/standalone.html").render(context).encode()


def body(document: Document, seal: str | None = None) -> Markup:
    """Return the cover, contents and text of a document, for a page of the site whose `h1` is the title on the cover."""
    context = _context(document, seal, site="")
    return Markup(_environment().get_template("outcomes/document.html").render(context))  # noqa: S704  # escaped by Jinja


def html_of(blocks: Iterable[Block], lang: str, level: int = 2) -> Markup:
    """Return blocks in the look of a document; `level` is that of the heading they stand under."""
    context = {
        "blocks": tuple(blocks),
        "level": level,
        "words": document_words(lang),
        "language": lang,
        "dir": direction(lang),
        "site": "",
        "unique": count(1).__next__,
        "known": None,
    }
    return Markup(_environment().get_template("outcomes/fragment.html").render(context))  # noqa: S704  # escaped by Jinja


@cache
def stylesheet() -> str:
    """Return the style sheet of the file that stands alone."""
    return (resource_directory("templates") / "outcomes" / "document.css").read_text(encoding="utf-8")


def _context(document: Document, seal: str | None, site: str) -> dict[str, object]:
    return {
        "document": document,
        "words": document.words,
        "language": document.lang,
        "dir": document.dir,
        "site": site,
        "unique": count(1).__next__,
        "known": sealed(document, seal),
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource_directory("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(kind=lambda node: type(node).__name__, plain=plain, groups=_groups)
    environment.globals.update(meter=charts.meter, chart_rows=charts.rows, chart_columns=charts.columns, tags=TAGS)
    return environment


def _groups(digits: str) -> str:
    """Return a hash in groups of four, as it is read aloud."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
