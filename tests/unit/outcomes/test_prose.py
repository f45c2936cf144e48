"""Markdown: what organisers write, what the hostile write, and the way back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.outcomes.markup import markdown_of
from consult.outcomes.prose import LONGEST, markdown_blocks
from consult.outcomes.tree import (
    Break,
    Clauses,
    Column,
    Emphasis,
    Heading,
    Item,
    Link,
    List,
    Paragraph,
    Quote,
    Ref,
    Row,
    Strong,
    Table,
    Text,
    Token,
)
from consult.outcomes.walk import inlines, walk


def paragraph(text: str) -> Paragraph:
    return Paragraph(inlines(text))


def test_prose() -> None:
    text = (
        "## Data\n\nThe *south* agreed, **46** of 63: {{ballot:12}}.\nSee TC-2026-00412  \nand [the text](/en/c/tripoli).\n\n"
        "#### Cost\n\n- one\n- two\n\n    more\n\n3. three\n\n> Words.\n>\n> — Municipality of Ghat\n\n"
        "| Track | Seats |\n|---|---|\n| Municipal | 45 |\n\n***\n"
    )
    assert markdown_blocks(text, "en") == (
        Heading((Text("Data"),)),
        Paragraph(
            (
                Text("The "),
                Emphasis((Text("south"),)),
                Text(" agreed, "),
                Strong((Text("46"),)),
                Text(" of 63: "),
                Token("ballot:12", "{{ballot:12}}"),
                Text(". See "),
                Ref("TC-2026-00412"),
                Break(),
                Text("and "),
                Link((Text("the text"),), "/en/c/tripoli"),
                Text("."),
            )
        ),
        Heading((Text("Cost"),), 2),
        List((Item((paragraph("one"),)), Item((paragraph("two"), paragraph("more"))))),
        List((Item((paragraph("three"),)),), ordered=True, start=3),
        Quote((paragraph("Words."),), (Text("Municipality of Ghat"),)),
        Table(
            (),
            (Column((Text("Track"),)), Column((Text("Seats"),), numeric=True)),
            (Row(((Text("Municipal"),), (Text("45"),))),),
        ),
    )


def test_a_block_that_runs_the_other_way_says_so() -> None:
    assert markdown_blocks("English\n\nعربي\n\n12", "en") == (
        Paragraph((Text("English"),)),
        Paragraph((Text("عربي"),), dir="rtl"),
        Paragraph((Text("12"),)),
    )
    assert markdown_blocks("English\n\nعربي", "ar") == (
        Paragraph((Text("English"),), dir="ltr"),
        Paragraph((Text("عربي"),)),
    )


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<div onclick=x>hi</div>", "<div onclick=x>hi</div>"),
        ("[x](javascript:alert(1))", "x"),
        ("[x][y]\n\n[y]: javascript:alert(1)", "x"),
        ("<javascript:alert(1)>", "<javascript:alert(1)>"),
        ("[x](<data:text/html,y>)", "x"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("#eval(1) $x$ @y", "#eval(1) $x$ @y"),
        ("a\u202eb\u2066c", "abc"),
        ("\x02klzzwxh:0000\x03", "klzzwxh:0000"),
    ],
)
def test_hostile_text_becomes_harmless_words(hostile: str, words: str) -> None:
    assert markdown_blocks(hostile, "en") == (Paragraph((Text(words),)),)


def test_an_image_becomes_its_own_source() -> None:
    assert markdown_blocks("![a](https://e.example/x.png)", "en") == (
        Paragraph((Text("![a]("), Text("https://e.example/x.png", dir="ltr"), Text(")"))),
    )


@pytest.mark.parametrize(
    "text",
    [
        lambda times: ">" * (2500 * times) + " a",
        lambda times: "> " * (2500 * times) + "a",
        lambda times: "".join("    " * n + "- a\n" for n in range(150 * times)),
        lambda times: "*" * (10000 * times),
        lambda times: "_a" * (10000 * times),
        lambda times: "[" * (10000 * times),
        lambda times: "[a](" * (2500 * times),
        lambda times: "`" * (10000 * times),
        lambda times: "<http://" * (2500 * times),
        lambda times: "|a" * (2500 * times) + "\n" + "|-" * (2500 * times),
        lambda times: "1-" * (25000 * times),
        lambda times: "A-" * (25000 * times),
        lambda times: "{{a:" * (10000 * times),
    ],
)
def test_what_would_choke_the_parser_costs_as_much_as_it_is_long_and_is_flat(text: Callable[[int], str]) -> None:
    """Twice the text is read in about twice the time: one that grew with the square would take four times as much."""
    assert _cost(text(2)) < 3.5 * max(_cost(text(1)), 0.05)
    assert depth(markdown_blocks(text(2), "en")) <= 20


def _cost(text: str) -> float:
    """Return seconds of CPU: the least of three, which no collection of garbage fell into."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        markdown_blocks(text, "en")
        taken.append(time.process_time() - started)
    return min(taken)


def depth(value: object) -> int:
    parts = (
        value
        if isinstance(value, tuple)
        else tuple(getattr(value, n) for n in ("blocks", "items") if hasattr(value, n))
    )
    return 1 + max(map(depth, parts), default=0)


def test_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="200001 characters of prose; at most 200000 are parsed"):
        markdown_blocks("a" * (LONGEST + 1), "en")


def test_there_and_back() -> None:
    blocks = (
        Heading((Text("1. A heading # with * marks"),)),
        Paragraph((Text("# not a heading, 2 * 3 * 4 [x](y) {{no:t}} a_b_c `d` \\ &amp; <https:x>"),)),
        Paragraph((Text("1. not a list"), Break(), Text("- nor this"), Break(), Text("> nor that"))),
        Paragraph((Text("— a dash"),)),
        List(
            (
                Item((Paragraph((Strong((Text("a"),)), Text(" b"))), List((Item((paragraph("deep"),)),)))),
                Item((paragraph("c"), paragraph("d"))),
            ),
            ordered=True,
            start=4,
        ),
        Quote((paragraph("said"), paragraph("and more")), (Text("Ghat, "), Ref("TC-2026-00412"))),
        Table((), (Column((Text("a|b"),)), Column((Text("n"),), numeric=True)), (Row(((Text("x"),), (Text("5"),))),)),
        Paragraph((Link((Text("here"),), "https://a.b/c_d?e=1&f=(2)"), Text(" "), Token("ballot:12", "{{ballot:12}}"))),
    )
    assert markdown_blocks(markdown_of(blocks), "en") == blocks


def test_what_has_no_form_in_markdown_is_named() -> None:
    with pytest.raises(ValueError, match=r"^Clauses has no form in Markdown$"):
        markdown_of((Clauses(()),))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab1 *_`[]()#>-+.!\\&<{}|~^=:\"'—\n٣ع"), max_size=40))
def test_any_plain_paragraph_comes_back_as_written(text: str) -> None:
    words = " ".join(text.split())
    if not words:
        return
    before = (Paragraph(inlines(words), dir="rtl" if first_is_arabic(words) else ""),)
    assert markdown_blocks(markdown_of(before), "en") == before


def first_is_arabic(text: str) -> bool:
    return next((c for c in text if c in "abع"), "") == "ع"


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab1 *_`[]()#>-+.!\\&<{}|:"\n\t٣ع\u202e'), max_size=200))
def test_any_markdown_is_parsed(text: str) -> None:
    for block in markdown_blocks(text, "ar"):
        assert all("\u202e" not in getattr(node, "text", "") for node in walk(block))
