"""Markdown to HTML for the site's own pages: headings, lists, tables and links; whatever else is in it is taken out."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import nh3
from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from markupsafe import Markup

TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "a", "strong", "em", "code", "pre", "blockquote", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd"),
}
ATTRIBUTES = {"a": {"href"}, "table": {"class"}, "th": {"scope"}, "td": {"data-t"}}
SCHEMES = {"https", "mailto"}


class _Tables(Treeprocessor):
    """Gives a table its row headings, and each cell the name of its column, which a phone shows before it."""

    def run(self, root: Element) -> None:
        for table in root.iter("table"):
            table.set("class", "st")
            columns = ["".join(head.itertext()) for head in table.iter("th")]
            for head in table.iter("th"):
                head.set("scope", "col")
            for row in table.iterfind("./tbody/tr"):
                cells = list(row)
                cells[0].tag = "th"
                cells[0].set("scope", "row")
                for cell, column in zip(cells[1:], columns[1:], strict=False):
                    cell.set("data-t", column)


class _Ours(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # the library's name
        md.treeprocessors.register(_Tables(md), "consult-tables", 5)


def render(text: str) -> Markup:
    """Return Markdown as HTML that is safe to show: no script, no style, no image, links to https, mail and this site."""
    parser = Markdown(extensions=["tables", "def_list", "sane_lists", _Ours()], output_format="html")
    clean = nh3.clean(parser.convert(text), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener")
    return Markup(clean)  # noqa: S704  # cleaned on the line above
