"""Edited prose: Markdown into blocks and back.

The one parse of what organisers write. Raw HTML, images and unsafe addresses are not interpreted: their words stay as
words. `{{ballot:12}}` becomes a token that the compiler fills from the record, and a receipt number such as
TC-2026-00412 is kept whole and left to right.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import cast
from xml.etree.ElementTree import Element

import markdown
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension

from consult.i18n import direction
from consult.outcomes.tree import (
    Block,
    Break,
    Column,
    Emphasis,
    Heading,
    Inline,
    Item,
    Link,
    List,
    Paragraph,
    Quote,
    Row,
    Strong,
    Table,
    Text,
    Token,
)
from consult.outcomes.walk import joined, plain, split_runs

DEPTH = 4  # lists and quotations inside one another; what is deeper is kept as plain text
LONGEST = 200_000  # characters; the parser's time grows faster than the text

_MARKS = re.compile(r"[\[\]*_`]")

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_TOKEN = re.compile(r"\{\{\s*([a-z]+:[^\s{}]{1,80})\s*\}\}")
_NUMBER = re.compile(r"[+−-]?\d[\d.,\s]*%?")
_SIGNED = re.compile(r"(?:—|--)\s*")
_OFF = ("html", "entity", "automail", "image_link", "image_reference", "short_image_ref")
_BLOCKS = frozenset({"p", "ul", "ol", "blockquote", "table", "pre", "hr", *(f"h{n}" for n in range(1, 7))})


def markdown_blocks(text: str, lang: str) -> tuple[Block, ...]:
    """Return Markdown of a language as blocks; raise ValueError when it is longer than `LONGEST`.

    A block whose first letter runs the other way than its language says so in its `dir`.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters of prose; at most {LONGEST} are parsed")
    if _tangled(text):
        chunks = (_paragraph(_lines(chunk), direction(lang)) for chunk in re.split(r"\n\s*\n", text))
        return tuple(block for found in chunks for block in found)
    return _levelled(tuple(_blocks(_parsed(text), direction(lang), 0)))


def _tangled(text: str) -> bool:
    """Tell whether the parser would need more than about a second: its inline patterns take marks times length.

    Such a text is no one's prose, and is kept as plain words.
    """
    return any(len(_MARKS.findall(chunk)) * len(chunk) > 20_000_000 for chunk in text.split("\n\n"))


def _parsed(text: str) -> Element:
    """Return the element tree of Markdown with everything switched off that lets HTML or images through."""
    parser = markdown.Markdown(extensions=[TableExtension(), SaneListExtension()])
    parser.preprocessors.deregister("html_block")
    for pattern in _OFF:
        parser.inlinePatterns.deregister(pattern)
    parser.treeprocessors.deregister("prettify")
    deepest = " " * 4 * (DEPTH + 1)  # what is indented further would only make the parser recurse
    lines = [re.sub(rf"^ {{{len(deepest)},}}", deepest, line) for line in text.expandtabs(4).split("\n")]
    lines = [re.sub(r"^(?=#{1,6}[^#\s])", r"\\", line) for line in lines]  # a heading has a space after its marks
    for preprocessor in parser.preprocessors:
        lines = preprocessor.run(lines)
    root = cast(Element, parser.parser.parseDocument(lines).getroot())
    for processor in parser.treeprocessors:
        processor.run(root)
    return root


def _blocks(parent: Element, way: str, depth: int) -> Iterator[Block]:
    """Give the blocks inside an element; loose words between them become paragraphs."""
    loose: list[Inline] = list(_words(parent.text))
    for child in parent:
        if child.tag in _BLOCKS:
            yield from _paragraph(loose, way)
            loose = []
            yield from _block(child, way, depth)
        else:
            loose += _inline(child)
        loose += _words(child.tail)
    yield from _paragraph(loose, way)


def _block(element: Element, way: str, depth: int) -> Iterator[Block]:
    if depth >= DEPTH and element.tag in {"ul", "ol", "blockquote"}:
        yield from _paragraph(list(_words(" ".join(element.itertext()))), way)
        return
    match element.tag:
        case "ul" | "ol":
            items = tuple(Item(tuple(_blocks(item, way, depth + 1))) for item in element)
            yield List(items, ordered=element.tag == "ol", start=int(element.get("start", "1")))
        case "blockquote":
            yield _quote(tuple(_blocks(element, way, depth + 1)))
        case "table":
            yield _table(element)
        case "pre":
            yield from _paragraph(_lines("".join(element.itertext())), way)
        case "p":
            yield from _paragraph(_content(element), way)
        case "hr":
            return
        case _:
            yield Heading(tuple(_content(element)), int(element.tag[1]))


def _paragraph(content: list[Inline], way: str) -> Iterator[Paragraph]:
    trimmed = _trimmed(content)
    if trimmed:
        own = _first_direction(plain(trimmed))
        yield Paragraph(trimmed, dir=own if own and own != way else "")


def _trimmed(content: list[Inline]) -> tuple[Inline, ...]:
    """Return inlines without white space or breaks at either end."""
    inner = list(content)
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while inner and (
            isinstance(inner[end], Break) or (isinstance(inner[end], Text) and not _strip(inner[end], strip))
        ):
            inner.pop(end)
        if inner and isinstance(inner[end], Text):
            inner[end] = Text(_strip(inner[end], strip), dir=inner[end].dir)
    return joined(inner)


def _strip(node: Inline, strip: Callable[[str], str]) -> str:
    return strip(node.text) if isinstance(node, Text) else ""


def _first_direction(text: str) -> str:
    """Return the direction of the first strong character, "" when there is none (Unicode TR 9, rule P2)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"L", "R", "AL"}:
            return "ltr" if kind == "L" else "rtl"
    return ""


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _lines(text: str) -> list[Inline]:
    return list(split_runs(_unescaped(text).strip("\n")))


def _words(text: str | None) -> Iterator[Inline]:
    """Give the words of a piece of text, its tokens and left-to-right runs; line ends are spaces."""
    flowing = re.sub(r"[ \t\n]+", " ", text or "")
    done = 0
    for match in _TOKEN.finditer(flowing):
        yield from split_runs(_unescaped(flowing[done : match.start()]))
        yield Token(match[1], match[0])
        done = match.end()
    yield from split_runs(_unescaped(flowing[done:]))


def _content(element: Element) -> list[Inline]:
    found = list(_words(element.text))
    for child in element:
        found += _inline(child)
        found += _words(child.tail)
    return list(joined(found))


def _inline(element: Element) -> list[Inline]:
    content = _content(element)
    match element.tag:
        case "br":
            return [Break()]
        case "strong":
            return [Strong(tuple(content))] if content else []
        case "em":
            return [Emphasis(tuple(content))] if content else []
        case "a":
            link = Link(tuple(content), _unescaped(element.get("href", "")))
            return [link] if link.href and content else content
        case _:
            return content


def _quote(blocks: tuple[Block, ...]) -> Quote:
    """Return a quotation; a last paragraph that begins with a dash says whose words they are."""
    match blocks:
        case (*words, Paragraph(content=(Text(text=first), *rest))) if words and _SIGNED.match(first):
            return Quote(tuple(words), _trimmed([Text(_SIGNED.sub("", first, count=1)), *rest]))
    return Quote(blocks, ())


def _table(element: Element) -> Table:
    head, *body = [tuple(_trimmed(_content(cell)) for cell in row) for row in element.iter("tr")]
    rows = tuple(Row(cells) for cells in body)
    numeric = [
        bool(rows) and all(_NUMBER.fullmatch(plain(row.cells[place]) or "0") for row in rows)
        for place in range(len(head))
    ]
    return Table((), tuple(Column(title, numeric=numbers) for title, numbers in zip(head, numeric, strict=True)), rows)


def _levelled(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return the blocks with headings from level 1 on, none deeper than one below the one before."""
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    top, before = min(levels, default=1), 0
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            before = min(block.level - top + 1, before + 1)
            found.append(Heading(block.content, before))
        else:
            found.append(block)
    return tuple(found)
