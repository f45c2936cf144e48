"""The document tree: what an outcome document says, as data, before it has any form.

The compiler builds a `Document` from the database; `canonical` freezes it; every renderer walks it and knows nothing
else. Nodes are frozen. Each has an `id` (stable, usable as an anchor), a `lang` and a `dir` where they differ from what
surrounds it, and `sources`: the passages, ballots and versions it comes from, so that a paragraph can be followed back
and forth. What stands inside a line is in `inline`, and is offered here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from consult.outcomes.inline import (
    Break,
    Cleaned,
    Emphasis,
    Inline,
    Link,
    Name,
    Node,
    Ref,
    Source,
    SourceKind,
    Strong,
    Text,
    Token,
    clean,
    safe_address,
)

__all__ = [
    "Bar",
    "BarChart",
    "Block",
    "Break",
    "ChartBar",
    "ChartShape",
    "Clause",
    "Clauses",
    "Cleaned",
    "Column",
    "Condition",
    "Cover",
    "Digest",
    "Document",
    "Emphasis",
    "Figure",
    "Figures",
    "Heading",
    "Inline",
    "Integrity",
    "Item",
    "Link",
    "List",
    "Name",
    "Node",
    "Notice",
    "Outcome",
    "Paragraph",
    "Part",
    "PartKind",
    "Quote",
    "QuoteKind",
    "Ref",
    "Row",
    "Section",
    "SectionKind",
    "Source",
    "SourceKind",
    "Strong",
    "Table",
    "Text",
    "Token",
    "Tone",
    "VoteResult",
    "clean",
    "safe_address",
]


class SectionKind(StrEnum):
    """Front matter (foreword, summary), a chapter, or an annex."""

    FRONT = "front"
    CHAPTER = "chapter"
    ANNEX = "annex"


class Tone(StrEnum):
    """How a paragraph or a notice speaks: running text, an opening sentence, a small note; something to heed."""

    BODY = "body"
    LEDE = "lede"
    NOTE = "note"
    HEED = "heed"


class QuoteKind(StrEnum):
    """Whose words are quoted: a passage of a submission, or a reservation."""

    PASSAGE = "passage"
    RESERVATION = "reservation"


class Outcome(StrEnum):
    """What a decision rule can say of a ballot."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    NEXT_ROUND = "next_round"
    NO_QUORUM = "no_quorum"
    NO_DECISION = "no_decision"
    CONTESTED = "contested"


class PartKind(StrEnum):
    """How a part of a result bar is drawn: full, hatched, or quiet."""

    FOR = "for"
    AGAINST = "against"
    REST = "rest"


class ChartShape(StrEnum):
    """Rows for things with names, columns for steps of time."""

    ROWS = "rows"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class Section(Node):
    """A part with a title; `number` as printed ("2.1"), `id` the key of its region. Sections may hold sections."""

    title: tuple[Inline, ...]
    blocks: tuple[Block, ...] = ()
    number: str = ""
    kind: SectionKind = SectionKind.CHAPTER


@dataclass(frozen=True, slots=True)
class Heading(Node):
    """A heading inside a section; level 1 stands one below the section's own title."""

    content: tuple[Inline, ...]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph(Node):
    """A paragraph; with a `number` it can be cited, and its id is then "p" and the number unless given."""

    content: tuple[Inline, ...]
    number: int = 0
    tone: Tone = Tone.BODY

    def __post_init__(self) -> None:
        Node.__post_init__(self)
        if self.number and not self.id:
            object.__setattr__(self, "id", f"p{self.number}")


@dataclass(frozen=True, slots=True)
class Item(Cleaned):
    """One item of a list."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List(Node):
    """A list, counted from `start` when it is ordered."""

    items: tuple[Item, ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class Column(Cleaned):
    """A column of a table: heading, whether it holds numbers, and its share of the width."""

    title: tuple[Inline, ...]
    numeric: bool = False
    share: int = 1


@dataclass(frozen=True, slots=True)
class Row(Cleaned):
    """A row: one cell for each column, the first naming the row; `total` sets it apart at the foot."""

    cells: tuple[tuple[Inline, ...], ...]
    total: bool = False
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A table of any length; its head is repeated on every page."""

    caption: tuple[Inline, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Clause(Node):
    """One clause of a recommendation: its number as printed ("12.1") and its text; the id is stable over versions."""

    number: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Clauses(Node):
    """The text of a recommendation, clause by clause."""

    items: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Part(Cleaned):
    """A part of a result bar: how many, and in which words."""

    kind: PartKind
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar(Cleaned):
    """A result drawn on the base of its rule; `needed` is where the needle stands, `description` says it in words."""

    base: int
    parts: tuple[Part, ...]
    description: str
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Condition(Cleaned):
    """One condition of a decision rule: its name, what it asks, and the count beside what was needed."""

    name: str
    rule: str
    count: int
    base: int | None
    needed: int | None
    met: bool


@dataclass(frozen=True, slots=True)
class VoteResult(Node):
    """The result of a ballot: title, outcome, verdict and sentence in words, conditions, bar, the rule's origin."""

    title: tuple[Inline, ...]
    outcome: Outcome
    verdict: str
    sentence: tuple[Inline, ...]
    conditions: tuple[Condition, ...]
    bar: Bar | None = None
    rule: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote(Node):
    """Somebody's own words, with who said them."""

    blocks: tuple[Block, ...]
    attribution: tuple[Inline, ...]
    kind: QuoteKind = QuoteKind.PASSAGE


@dataclass(frozen=True, slots=True)
class ChartBar(Cleaned):
    """A bar: its label and its value (a whole number, not negative); `now` marks the one still under way."""

    label: str
    value: int
    now: bool = False


@dataclass(frozen=True, slots=True)
class BarChart(Node):
    """A chart with its table beneath; `heading` names the labels and `unit` the values in that table."""

    title: str
    description: str
    heading: str
    unit: str
    bars: tuple[ChartBar, ...]
    shape: ChartShape = ChartShape.ROWS


@dataclass(frozen=True, slots=True)
class Figure(Cleaned):
    """A large figure and what it counts; `beside` is smaller ("of 142")."""

    value: str
    label: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Figures(Node):
    """A row of large figures."""

    items: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Notice(Node):
    """Something set apart from the text: which language is authoritative, what is stale."""

    blocks: tuple[Block, ...]
    tone: Tone = Tone.NOTE


@dataclass(frozen=True, slots=True)
class Digest(Cleaned):
    """The SHA-256 of something published beside the document, in hexadecimal."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Integrity(Node):
    """How to check the document: the renderer adds the seal; `checkpoint` holds the lines of the log's signed note."""

    blocks: tuple[Block, ...] = ()
    checkpoint: tuple[str, ...] = ()
    digests: tuple[Digest, ...] = ()

    def __post_init__(self) -> None:
        Node.__post_init__(self)
        object.__setattr__(self, "checkpoint", tuple(clean(line) for line in self.checkpoint))


Block: TypeAlias = (
    Section
    | Heading
    | Paragraph
    | List
    | Table
    | Clauses
    | VoteResult
    | Quote
    | BarChart
    | Figures
    | Notice
    | Integrity
)


@dataclass(frozen=True, slots=True)
class Cover(Cleaned):
    """The first page: names in the document's language, and the edition and its date in words ("Edition 1")."""

    consultation: str
    title: str
    subtitle: str = ""
    edition: str = ""
    date: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Document(Node):
    """One edition in one language, whole; edition 0 is a draft, which has no seal.

    `published` is the edition's time in UTC, as in "2027-02-21T10:00:00Z". `site` (scheme and host) goes before
    addresses that begin with "/". `verification` is where the seal is checked; "{seal}" in it stands for the seal.
    `words` are the document's own furniture (see `words.document_words`), so that no renderer needs a catalogue.
    """

    cover: Cover
    sections: tuple[Section, ...]
    published: str
    words: Mapping[str, str] = field(default_factory=dict)
    edition: int = 0
    site: str = ""
    verification: str = ""
