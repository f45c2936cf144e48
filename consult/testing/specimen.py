"""A specimen outcome document in each language: every kind of block once, and any length on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from consult.i18n import direction
from consult.outcomes.tree import (
    BarChart,
    Block,
    ChartBar,
    ChartShape,
    Clause,
    Clauses,
    Column,
    Condition,
    Cover,
    Digest,
    Document,
    Emphasis,
    Figure,
    Figures,
    Heading,
    Integrity,
    Item,
    Link,
    List,
    Name,
    Notice,
    Outcome,
    Paragraph,
    Quote,
    QuoteKind,
    Ref,
    Row,
    Section,
    SectionKind,
    Source,
    SourceKind,
    Strong,
    Table,
    Token,
    Tone,
    VoteResult,
)
from consult.outcomes.walk import inlines, with_numbers
from consult.outcomes.words import document_words, vote_bar, vote_part
from consult.testing.specimen_texts import TEXTS

Texts = Mapping[str, str]


def specimen(language: str, *, chapters: int = 1, edition: int = 1) -> Document:
    """Return a document in "ar", "en" or "fr"; a chapter is about five pages, edition 0 is a draft."""
    texts = TEXTS[language]
    sections = (
        *_front(texts),
        *(chapter for number in range(chapters) for chapter in (_chapter(texts, language, number + 2),)),
        _annex(texts),
    )
    return Document(
        cover=Cover(
            texts["consultation"],
            texts["title"],
            texts["subtitle"],
            texts["edition"],
            texts["date"],
            texts["publisher"],
        ),
        sections=with_numbers(sections),
        published="2027-02-21T10:00:00Z",
        words=document_words(language),
        edition=edition,
        site="https://consult.example.ly",
        verification=f"https://consult.example.ly/{language}/verify/{{seal}}",
        lang=language,
        dir=direction(language),
    )


def table_of(rows: int, language: str = "en") -> Table:
    """Return a table with that many rows, each with a receipt number, a name and a count."""
    texts = TEXTS[language]
    return Table(
        inlines(texts["index"]),
        (
            Column(inlines(texts["receipt"]), share=2),
            Column(inlines(texts["body"]), share=3),
            Column(inlines(texts["passages"]), numeric=True),
        ),
        tuple(
            Row(((Ref(f"TC-2026-{row:05}"),), (Name(texts["ghat"]),), inlines(str(row % 7 + 1))))
            for row in range(1, rows + 1)
        ),
    )


def _front(texts: Texts) -> Iterator[Section]:
    yield Section(
        inlines(texts["summary"]),
        (
            Paragraph(inlines(texts["lede"]), tone=Tone.LEDE),
            Figures(
                (
                    Figure("417", texts["submissions"]),
                    Figure("128", texts["municipalities"], texts["of 142"]),
                    Figure("11", texts["adopted"]),
                    Figure("3", texts["sessions"]),
                )
            ),
            Paragraph(inlines(texts["summary 1"], Ref("TC-2026-00004"), texts["separator"], Ref("TC-2026-00014"), ".")),
            Notice((Paragraph(inlines(texts["authoritative"])),)),
        ),
        kind=SectionKind.FRONT,
        id="summary",
    )
    yield Section(inlines(texts["method"]), (*_method(texts),), number="1", kind=SectionKind.FRONT, id="method")


def _method(texts: Texts) -> Iterator[Block]:
    yield Paragraph(inlines(texts["method 1"]))
    yield BarChart(
        texts["by topic"],
        texts["by topic described"],
        texts["topic"],
        texts["handed in"],
        tuple(ChartBar(texts[f"topic {n}"], value) for n, value in ((1, 132), (2, 96), (3, 71), (4, 40), (5, 12))),
    )
    yield BarChart(
        texts["by week"],
        texts["by week described"],
        texts["week"],
        texts["handed in"],
        tuple(
            ChartBar(f"{texts['week']} {n}", value, now=n == 8)
            for n, value in enumerate((12, 18, 29, 34, 52, 61, 71, 38), 1)
        ),
        ChartShape.COLUMNS,
    )
    yield Heading(inlines(texts["how read"]))
    yield Paragraph(
        inlines(
            texts["method 2"], Strong(inlines(texts["strong"])), texts["method 3"], Emphasis(inlines(texts["em"])), "."
        )
    )
    yield List((Item((Paragraph(inlines(texts["item 1"])),)), Item((Paragraph(inlines(texts["item 2"])),))))
    yield List(
        (Item((Paragraph(inlines(texts["step 1"])),)), Item((Paragraph(inlines(texts["step 2"])),))),
        ordered=True,
        start=3,
    )


def _chapter(texts: Texts, language: str, number: int) -> Section:
    receipt = f"TC-2026-{number:05}"
    passage = Source(
        SourceKind.PASSAGE,
        f"{receipt}/2",
        inlines(texts["ghat"], texts["separator"], texts["passage 2"], " (", Ref(receipt), ")"),
        f"/{language}/c/tripoli/submissions/{receipt}",
    )
    ballot = Source(SourceKind.BALLOT, str(number))
    recommendation = Section(
        inlines(f"{texts['recommendation']} {number}{texts['colon']}{texts['register']}"),
        (
            Clauses(
                tuple(
                    Clause(f"{number}.{n}", (Paragraph(inlines(texts[f"clause {n}"])),), id=f"clause-{number}.{n}")
                    for n in (1, 2, 3)
                ),
                sources=(Source(SourceKind.VERSION, f"{number}/3"),),
            ),
            replace(vote(language), id=f"ballot-{number}", sources=(ballot,)),
            Quote(
                (Paragraph(inlines(texts["reservation"])),),
                (Name(texts["shwayrif"]),),
                QuoteKind.RESERVATION,
                sources=(Source(SourceKind.RESERVATION, f"{number}/1"),),
            ),
        ),
        number=f"{number}.2",
        id=f"recommendation:{number}",
    )
    context = Section(
        inlines(texts["context"]),
        (
            Paragraph(inlines(texts["context 1"]), sources=(passage,)),
            Paragraph(
                inlines(
                    texts["context 2"],
                    Token(f"ballot:{number}", texts["token"], sources=(ballot,)),
                    texts["context 3"],
                    Link(inlines(texts["see"]), f"#ballot-{number}"),
                    ".",
                )
            ),
            Quote(
                (Paragraph(inlines(texts["other words"])),),
                (Name(texts["other name"]),),
                lang=texts["other"],
                dir=direction(texts["other"]),
            ),
            *(Paragraph(inlines(texts[f"discussion {n}"])) for n in (1, 2, 3, 1, 2)),
        ),
        number=f"{number}.1",
        id=f"context:{number}",
    )
    return Section(inlines(texts["municipal"]), (context, recommendation), number=str(number), id=f"track:{number}")


def vote(language: str) -> VoteResult:
    """Return the result of a ballot that was adopted by two thirds and a majority in each track."""
    texts, words = TEXTS[language], document_words(language)
    bar = vote_bar(words, 63, (vote_part(words, "for", 46), vote_part(words, "against", 17)), 42)
    conditions = ((66, 75, 50), (46, 63, 42), (28, 37, 19), (9, 14, 8), (9, 12, 7))
    return VoteResult(
        inlines(texts["result"]),
        Outcome.ADOPTED,
        texts["verdict"],
        inlines(texts["sentence"]),
        tuple(
            Condition(texts[f"condition {n}"], texts[f"rule {n}"], count, base, needed, count >= needed)
            for n, (count, base, needed) in enumerate(conditions, 1)
        ),
        bar,
        inlines(texts["rule"]),
    )


def _annex(texts: Texts) -> Section:
    language = texts["code"]
    return Section(
        inlines(texts["annexes"]),
        (
            Section(
                inlines(texts["index"]),
                (table_of(40, language),),
                number=texts["annex 1"],
                kind=SectionKind.ANNEX,
                id="annex:index",
            ),
            Section(
                inlines(texts["integrity"]),
                (
                    Integrity(
                        (Paragraph(inlines(texts["integrity 1"]), tone=Tone.NOTE),),
                        (
                            "consult.example.ly/log",
                            "1482",
                            "qGcX1m4u9P0l2oQYk0m8Q1pQmJm0uE4N1y9w5b3h6c8=",
                            "",
                            "— consult.example.ly Az3grl",
                        ),
                        (Digest(texts["bundle"], "7c1e09ab5d44e2f038b791cc6a25d0f3" * 2),),
                    ),
                ),
                number=texts["annex 2"],
                kind=SectionKind.ANNEX,
                id="annex:integrity",
            ),
        ),
        kind=SectionKind.ANNEX,
        id="annexes",
    )
