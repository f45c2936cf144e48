"""Walking the document tree: numbering, tracing, validity, and mapping over its inlines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from consult.outcomes.tree import (
    Block,
    Break,
    Cleaned,
    Document,
    Emphasis,
    Heading,
    Inline,
    Link,
    Node,
    Paragraph,
    Ref,
    Row,
    Section,
    Source,
    Strong,
    Text,
    Token,
    Tone,
    VoteResult,
)

# Runs that must read left to right in an Arabic line: web and e-mail addresses, receipt numbers, references with a stroke
# ("GA-2/3"), ranges and formulas with a sign ("50%+1"). Every repetition is bounded: the time stays linear in the text.
_DIGITS = r"\d{1,12}(?:[.,]\d{1,12}){0,4}%?"
_LEFT_TO_RIGHT = re.compile(
    r"https?://[^\s<>\"،؛]{1,2000}(?<![.,;:!?)\]])"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    r"|(?P<receipt>\b[A-Z]{2,8}-\d{4}-\d{3,9}\b)"
    r"|(?<![\w/-])[A-Z][A-Z0-9]{0,11}(?:[-/][A-Z0-9]{1,12}){0,3}[-/]\d{1,8}(?:[-/]\d{1,8}){0,3}\b"
    rf"|(?<![\w%.,])[+-]?{_DIGITS}(?:\s?[-–−+×/=]\s?{_DIGITS}){{1,8}}(?![\w%])"
    rf"|(?<![\w%])[+−-]{_DIGITS}(?![\w%])",
    re.ASCII,
)
_YEARS = re.compile(r"(?<!\d)(\d{4})\s?[–—−]\s?(\d{4})(?!\d)")

N = TypeVar("N")


def inlines(*parts: str | Inline) -> tuple[Inline, ...]:
    """Return the parts as inlines: strings become text with breaks kept, receipts whole, left-to-right runs isolated.

    Ranges of years get the hyphen, which keeps its place between digits in either direction.
    """
    found: list[Inline] = []
    for part in parts:
        if isinstance(part, str):
            found.extend(split_runs(part))
        else:
            found.append(part)
    return joined(found)


def joined(content: Iterable[Inline]) -> tuple[Inline, ...]:
    """Return the inlines with plain words that follow each other made one."""
    found: list[Inline] = []
    for node in content:
        before = found[-1] if found else None
        if (
            isinstance(node, Text)
            and isinstance(before, Text)
            and node == Text(node.text)
            and before == Text(before.text)
        ):
            found[-1] = Text(before.text + node.text)
        else:
            found.append(node)
    return tuple(found)


def split_runs(text: str) -> Iterator[Inline]:
    """Give a text as plain words, breaks, receipt numbers, and runs that read left to right."""
    for index, line in enumerate(re.split(r"\r\n|[\n\r\u2028\u2029]", _YEARS.sub(r"\1-\2", text))):
        if index:
            yield Break()
        done = 0
        for match in _LEFT_TO_RIGHT.finditer(line):
            if match.start() > done:
                yield Text(line[done : match.start()])
            yield Ref(match[0]) if match["receipt"] else Text(match[0], dir="ltr")
            done = match.end()
        if line[done:]:
            yield Text(line[done:])


def plain(content: Iterable[Inline]) -> str:
    """Return the words of inlines without their form."""
    said: list[str] = []
    for node in content:
        match node:
            case Break():
                said.append(" ")
            case Strong() | Emphasis() | Link():
                said.append(plain(node.content))
            case _:
                said.append(node.text)
    return "".join(said)


_SCALARS = frozenset({"str", "int", "bool", "int | None", "Mapping[str, str]"})
_known_children: dict[type, tuple[str, ...]] = {}


def _child_fields(value: Cleaned) -> tuple[str, ...]:
    kind = type(value)
    if kind not in _known_children:
        _known_children[kind] = tuple(f.name for f in fields(value) if f.type not in _SCALARS)
    return _known_children[kind]


def _children(value: Cleaned) -> Iterator[Cleaned]:
    for name in _child_fields(value):
        stack = [getattr(value, name)]
        while stack:
            child = stack.pop(0)
            if isinstance(child, tuple):
                stack[:0] = child
            elif isinstance(child, Cleaned) and not isinstance(child, Source):
                yield child


def walk(value: Cleaned) -> Iterator[Node]:
    """Give every node under a node (a document, section, block) and itself, in reading order."""
    if isinstance(value, Node):
        yield value
    for child in _children(value):
        yield from walk(child)


def _sources_within(value: Cleaned) -> Iterator[Source]:
    """Give the sources of a node and of everything in it, in reading order."""
    yield from getattr(value, "sources", ())
    for child in _children(value):
        yield from _sources_within(child)


def _distinct(found: Iterable[Source]) -> tuple[Source, ...]:
    return tuple({source.key: source for source in found}.values())


@dataclass(frozen=True, slots=True)
class Citable:
    """A numbered paragraph with what it comes from, its inlines included."""

    number: int
    id: str
    sources: tuple[Source, ...]


def paragraphs(document: Document) -> Iterator[Citable]:
    """Give the numbered paragraphs in order, each with its sources."""
    for node in walk(document):
        if isinstance(node, Paragraph) and node.number:
            yield Citable(node.number, node.id, _distinct(_sources_within(node)))


@dataclass(frozen=True, slots=True)
class Citation:
    """A place that comes from a source: the anchor, the region it stands in, and its number if it is a paragraph."""

    source: Source
    anchor: str
    region: str
    paragraph: int | None


def sources(document: Document) -> Iterator[Citation]:
    """Give every place that names a source, in reading order; the anchor is that of the nearest node with an id."""
    for section in document.sections:
        yield from _citations(section, "", "", None)


def _citations(value: Cleaned, anchor: str, region: str, number: int | None) -> Iterator[Citation]:
    if isinstance(value, Node) and value.id:
        anchor, number = value.id, None
    if isinstance(value, Section):
        region = value.id
    if isinstance(value, Paragraph) and value.number:
        number = value.number
    for source in getattr(value, "sources", ()):
        yield Citation(source, anchor, region, number)
    for child in _children(value):
        yield from _citations(child, anchor, region, number)


def with_numbers(sections: Iterable[Section], start: int = 1) -> tuple[Section, ...]:
    """Return the sections with their running paragraphs numbered on from `start`; small notes stay without a number.

    Only paragraphs that stand directly in a section are numbered: not those in lists, quotations, clauses or notices.
    """
    counter = iter(range(start, 10**9))

    def numbered(block: Block) -> Block:
        if isinstance(block, Section):
            return replace(block, blocks=tuple(numbered(inner) for inner in block.blocks))
        if isinstance(block, Paragraph) and block.tone in {Tone.BODY, Tone.LEDE}:
            return replace(block, number=next(counter), id="")
        return block

    return tuple(replace(section, blocks=tuple(numbered(block) for block in section.blocks)) for section in sections)


def with_tokens(value: N, read: Callable[[str], Token | None]) -> N:
    """Return the node (or tuple of nodes) with every token replaced by what `read` gives for its key; None keeps it."""
    if isinstance(value, Token):
        return read(value.key) or value  # type: ignore[return-value]  # a token stands where a token stood
    if isinstance(value, tuple):
        return tuple(with_tokens(part, read) for part in value)  # type: ignore[return-value]  # same shape
    if isinstance(value, Cleaned) and not isinstance(value, Source):
        changed = {}
        for name in _child_fields(value):
            before = getattr(value, name)
            after = with_tokens(before, read)
            if after is not before and after != before:
                changed[name] = after
        return replace(value, **changed) if changed else value
    return value


def problems(document: Document) -> tuple[str, ...]:
    """Return what makes a document unfit to be frozen, for the developer: ids, numbers, levels, cells, bars."""
    ids = Counter(node.id for node in walk(document) if node.id)
    numbers = [paragraph.number for paragraph in paragraphs(document)]
    found = [f"the id {name!r} is given {times} times" for name, times in ids.items() if times > 1]
    found += [f"the id {name!r} holds white space" for name in ids if re.search(r"\s", name)]
    if numbers != sorted(set(numbers)):
        found.append("paragraph numbers do not rise")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document.published):
        found.append(f"the date {document.published!r} is not a time in UTC")
    for node in walk(document):
        found += _node_problems(node)
    return tuple(found)


def _node_problems(node: Node) -> Iterator[str]:
    if isinstance(node, Section):
        if not node.id:
            yield f"the section {plain(node.title)!r} has no id"
        yield from _level_problems(node)
    rows: tuple[Row, ...] = getattr(node, "rows", ())
    if rows and any(len(row.cells) != len(node.columns) for row in rows):  # type: ignore[attr-defined]  # rows: a table
        yield f"the table {node.id!r} has rows of another width than its head"
    if isinstance(node, VoteResult) and node.bar is not None and sum(p.count for p in node.bar.parts) > node.bar.base:
        yield f"the bar of {plain(node.title)!r} is longer than its base"


def _level_problems(section: Section) -> Iterator[str]:
    level = 0
    for block in section.blocks:
        if isinstance(block, Heading):
            if not 1 <= block.level <= level + 1:
                yield f"the heading {plain(block.content)!r} jumps from level {level} to {block.level}"
            level = block.level
        elif isinstance(block, Section):
            level = 0
