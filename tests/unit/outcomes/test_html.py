"""The HTML: valid, self-contained under its own policy, in the right language and direction, deaf to hostile text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import html5lib
import pytest

from consult.outcomes.canonical import canonical, seal
from consult.outcomes.prose import markdown_blocks
from consult.outcomes.renderers import FORMATS, html, render
from consult.outcomes.tree import (
    Bar,
    Document,
    Heading,
    Link,
    Name,
    Outcome,
    Paragraph,
    Part,
    PartKind,
    Ref,
    Section,
    Strong,
    Text,
    Token,
    Tone,
    VoteResult,
)
from consult.outcomes.walk import inlines
from consult.testing.specimen import specimen, table_of, vote

Rendered = Callable[[str, str], bytes]


def parsed(page: str | bytes) -> Any:
    """Return the tree of a page, or of a fragment in a page; any fault of the HTML is an exception."""
    text = page.decode() if isinstance(page, bytes) else page
    if not text.startswith("<!doctype"):
        text = f"<!doctype html><html lang=en><head><title>x</title></head><body>{text}</body></html>"
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def shown(*blocks: Any, lang: str = "en") -> str:
    """Return blocks as HTML without the line ends between them."""
    return re.sub(r"\n\s*", "", html.html_of(blocks, lang))


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
@pytest.mark.parametrize("edition", [0, 1])
def test_it_is_valid(language: str, edition: int) -> None:
    tree = parsed(render(specimen(language, edition=edition), "html"))
    assert tree.get("lang") == language
    assert tree.get("dir") == ("rtl" if language == "ar" else "ltr")
    assert len(tree.findall(".//h1")) == 1
    levels = [int(node.tag[1]) for node in tree.iter() if isinstance(node.tag, str) and re.fullmatch(r"h\d", node.tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_id_is_given_once_and_every_anchor_exists(rendered: Rendered) -> None:
    tree = parsed(rendered("en", "html"))
    ids = Counter(node.get("id") for node in tree.iter() if node.get("id"))
    assert set(ids.values()) == {1}
    assert {"p1", "p11", "summary", "track:2", "clause-2.1", "ballot-2"} <= ids.keys()
    anchors = {node.get("href")[1:] for node in tree.iter("a") if node.get("href").startswith("#")}
    assert anchors <= ids.keys()
    described = {
        name
        for node in tree.iter()
        for key in ("aria-labelledby", "aria-describedby")
        for name in node.get(key, "").split()
    }
    assert described <= ids.keys()


def test_it_stands_alone_under_its_own_policy(rendered: Rendered) -> None:
    page = rendered("ar", "html").decode()
    (sheet,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    tree = parsed(page)
    assert not any(name == "style" or name.startswith("on") for node in tree.iter() for name in node.attrib)
    assert {node.tag for node in tree.iter()}.isdisjoint({"script", "img", "iframe", "link", "object", "form"})
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_seal_is_shown(rendered: Rendered) -> None:
    digest = seal(canonical(specimen("en")))
    grouped = " ".join(re.findall("....", digest))
    assert rendered("en", "html").decode().count(grouped) == 2
    assert "5555 5555" in render(specimen("en"), "html", "5" * 64).decode()
    assert "Check this document" not in render(specimen("en", edition=0), "html").decode()


def test_addresses_are_whole_in_the_file_and_short_on_the_site() -> None:
    address = "/en/c/tripoli/submissions/TC-2026-00002"
    assert f'href="https://consult.example.ly{address}"' in render(specimen("en"), "html").decode()
    assert f'href="{address}"' in html.body(specimen("en"))


def test_paragraphs() -> None:
    sourced = specimen("en").sections[2].blocks[0].blocks[0]  # type: ignore[union-attr]  # a section in a section
    assert shown(replace(sourced, content=(Text("Words."),), number=14, id="")) == (
        '<div class="para" id="p14"><span class="no2">14</span><div><p>Words.</p><p class="ui small soft">Sources: '
        '<a href="/en/c/tripoli/submissions/TC-2026-00002">Municipality of Ghat, passage 2 '
        '(<bdi class="ref" dir="ltr">TC-2026-00002</bdi>)</a></p></div></div>'
    )
    assert shown(Paragraph((Text("a"),), tone=Tone.LEDE, lang="fr")) == '<p class="lede" lang="fr" dir="auto">a</p>'
    assert shown(Paragraph((Text("ب"),), dir="rtl"), lang="en") == '<p lang="en" dir="rtl">ب</p>'


def test_inlines() -> None:
    content = (
        Name("Ghat"),
        Text(" "),
        Text("2020-2030", dir="ltr"),
        Strong((Token("ballot:12", "46 of 63"),)),
        Link((Ref("GA-2/3"),), "#x"),
        Link((Text("no"),), "javascript:x"),
    )
    assert shown(Paragraph(content)) == (
        '<p><bdi>Ghat</bdi> <bdi dir="ltr">2020-2030</bdi><strong><span class="tok">46 of 63</span></strong>'
        '<a href="#x"><bdi class="ref" dir="ltr">GA-2/3</bdi></a>no</p>'
    )


def test_headings_stand_below_their_section() -> None:
    section = Section(
        inlines("S"), (Heading(inlines("H")), Section(inlines("T"), (Heading(inlines("I"), 2),), id="t")), "1", id="s"
    )
    assert shown(section) == '<h3 id="s"><span class="no2">1</span> S</h3><h4>H</h4><h4 id="t">T</h4><h6>I</h6>'


def test_a_result_says_it_in_words_picture_and_table() -> None:
    said = shown(vote("ar"), lang="ar")
    assert '<p class="verdict"><span class="tag ok">اعتُمدت</span> تحققت الشروط الخمسة</p>' in said
    assert (
        '<svg class="meter" direction="ltr" height="52" role="img" aria-label="موافق: 46، غير موافق: 17، من أصل 63؛ المطلوب: 42">'
        in said
    )
    assert '<rect class="f-yes" x="0%" y="26" width="73.02%" height="20"/>' in said
    assert '<line class="hatch" x1="73.02%" x2="100%" y1="36" y2="36" stroke-width="20"/>' in said
    assert '<svg x="66.67%" overflow="visible">' in said
    assert '<text y="14" text-anchor="middle">المطلوب 42</text>' in said
    assert said.count("<tr>") == 6
    failed = VoteResult(
        (Text("t"),), Outcome.REJECTED, "v", (Text("s"),), (), Bar(1, (Part(PartKind.REST, "rest", 1),), "d")
    )
    assert '<span class="tag no">Rejected</span> v' in shown(failed)


def test_a_long_table_is_whole() -> None:
    assert shown(table_of(3000)).count('<bdi class="ref" dir="ltr">TC-2026-') == 3000


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", '"><img src=x onerror=alert(1)>', "&lt;b&gt;", "]]>--><!--"],
)
def test_no_text_is_markup(text: str) -> None:
    hostile: Document = replace(
        specimen("en"),
        cover=replace(specimen("en").cover, title=text, consultation=text, publisher=text),
        sections=(
            Section(
                (Text(text),),
                (Paragraph((Text(text), Name(text), Ref(text), Token(text, text))), vote("en")),
                text,
                id="s",
            ),
            Section((Text("x"),), markdown_blocks(text, "en"), id="t"),
        ),
    )
    tree = parsed(render(hostile, "html"))
    assert "".join(tree.find(".//h1").itertext()) == text
    assert {node.tag for node in tree.iter()}.isdisjoint({"script", "img"})


def test_the_register_of_formats() -> None:
    assert {name: (form.media_type, form.extension) for name, form in FORMATS.items()} == {
        "pdf": ("application/pdf", "pdf"),
        "html": ("text/html; charset=utf-8", "html"),
    }
    with pytest.raises(KeyError):
        render(specimen("en"), "docx")
