"""The tree: cleaning, inlines, numbering, tracing, validity."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from consult.outcomes.tree import (
    Break,
    Clause,
    Clauses,
    Heading,
    Item,
    Link,
    List,
    Name,
    Paragraph,
    Quote,
    Ref,
    Section,
    Source,
    SourceKind,
    Strong,
    Text,
    Token,
    Tone,
    clean,
    safe_address,
)
from consult.outcomes.walk import (
    Citable,
    Citation,
    inlines,
    paragraphs,
    plain,
    problems,
    sources,
    walk,
    with_numbers,
    with_tokens,
)
from consult.testing.specimen import specimen

PASSAGE = Source(SourceKind.PASSAGE, "TC-2026-00412/2")
BALLOT = Source(SourceKind.BALLOT, "12")


def test_text_is_one_line_in_nfc_without_controls() -> None:
    assert clean("e\u0301\u202eabc\u2066\u2069\x00\ufeff\r\nnext\u2028line\U000e0041") == "éabc next line"
    assert clean("می\u200cخواهم \u200f.") == "می\u200cخواهم \u200f."
    assert Name("Ghat\u202e").text == "Ghat"
    assert Clause("12.1\n", ()).number == "12.1 "


def test_nodes_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Text("a").text = "b"  # type: ignore[misc]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "//evil.example",
        "vbscript:x",
        "https://a b",
        "ftp://x",
    ],
)
def test_an_unsafe_address_is_dropped(href: str) -> None:
    assert safe_address(href) == ""
    assert Link((Text("x"),), href).href == ""
    assert Ref("TC-2026-00001", href).href == ""


@pytest.mark.parametrize("href", ["https://a.b/c?d=1", "http://a.b", "mailto:a@b.ly", "/ar/c/tripoli", "#p14"])
def test_a_safe_address_stays(href: str) -> None:
    assert Link((Text("x"),), href).href == href


def test_strings_become_text_with_isolated_runs() -> None:
    assert inlines("انظر TC-2026-00004، TC-2026-00014 في 2020–2030 بنسبة 50%+1.") == (
        Text("انظر "),
        Ref("TC-2026-00004"),
        Text("، "),
        Ref("TC-2026-00014"),
        Text(" في "),
        Text("2020-2030", dir="ltr"),
        Text(" بنسبة "),
        Text("50%+1", dir="ltr"),
        Text("."),
    )
    assert inlines("GA-2/3 a@b.ly\nhttps://x.y/z.") == (
        Text("GA-2/3", dir="ltr"),
        Text(" "),
        Text("a@b.ly", dir="ltr"),
        Break(),
        Text("https://x.y/z", dir="ltr"),
        Text("."),
    )
    assert inlines("a", " b", Strong((Text("c"),)), "10,000 and 5% and e-mail") == (
        Text("a b"),
        Strong((Text("c"),)),
        Text("10,000 and 5% and e-mail"),
    )


def test_plain_words_of_inlines() -> None:
    assert (
        plain((Text("a "), Strong((Ref("TC-2026-00001"),)), Break(), Name("Ghat"), Token("x:1", "3")))
        == "a TC-2026-00001 Ghat3"
    )


def test_running_paragraphs_are_numbered_and_nothing_else() -> None:
    section = Section(
        inlines("One"),
        (
            Paragraph(inlines("lede"), tone=Tone.LEDE),
            Paragraph(inlines("note"), tone=Tone.NOTE),
            List((Item((Paragraph(inlines("in a list")),)),)),
            Quote((Paragraph(inlines("quoted")),), ()),
            Section(inlines("Inner"), (Paragraph(inlines("inner")),), id="inner"),
        ),
        id="one",
    )
    (numbered,) = with_numbers((section,), start=7)
    assert [(p.number, p.id) for p in walk(numbered) if isinstance(p, Paragraph)] == [
        (7, "p7"),
        (0, ""),
        (0, ""),
        (0, ""),
        (8, "p8"),
    ]


def test_a_paragraph_is_traced_to_its_sources_and_back() -> None:
    content = (*inlines("adopted by "), Token("ballot:12", "46 of 63", sources=(BALLOT,)))
    sections = with_numbers(
        (
            Section(
                inlines("Track"),
                (
                    Paragraph(content, sources=(PASSAGE,)),
                    Clauses((Clause("12.1", (Paragraph(inlines("x")),), id="c1", sources=(PASSAGE,)),)),
                ),
                id="track",
            ),
        )
    )
    document = replace(specimen("en"), sections=sections)
    assert list(paragraphs(document)) == [Citable(1, "p1", (PASSAGE, BALLOT))]
    assert list(sources(document)) == [
        Citation(PASSAGE, "p1", "track", 1),
        Citation(BALLOT, "p1", "track", 1),
        Citation(PASSAGE, "c1", "track", None),
    ]


def test_tokens_are_filled_from_the_record() -> None:
    blocks = (Paragraph((Text("by "), Strong((Token("ballot:12", "?"),)))), Paragraph((Token("ballot:13", "?"),)))
    read = {"ballot:12": Token("ballot:12", "46 of 63")}
    assert with_tokens(blocks, read.get) == (
        Paragraph((Text("by "), Strong((Token("ballot:12", "46 of 63"),)))),
        Paragraph((Token("ballot:13", "?"),)),
    )


def test_what_cannot_be_frozen_is_named() -> None:
    assert problems(specimen("ar")) == ()
    sections = (
        Section(inlines("A"), (Heading(inlines("deep"), 2), Paragraph(inlines("x"), number=2)), id="same"),
        Section(inlines("B"), (Paragraph(inlines("y"), number=1),), id="same"),
        Section(inlines("C")),
    )
    assert problems(replace(specimen("en"), sections=sections, published="yesterday")) == (
        "the id 'same' is given 2 times",
        "paragraph numbers do not rise",
        "the date 'yesterday' is not a time in UTC",
        "the heading 'deep' jumps from level 0 to 2",
        "the section 'C' has no id",
    )
