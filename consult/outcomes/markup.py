"""Blocks into Markdown: the text an organiser starts from when a region is edited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from consult.outcomes.tree import (
    Block,
    Break,
    Emphasis,
    Heading,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Strong,
    Table,
    Token,
)

_SPECIAL = re.compile(r"[\\`*_\[\]]")
_ENTITY = re.compile(r"&(?=#?\w+;)|<(?=[a-z]+:)|(?<=\{)\{", re.IGNORECASE)
_LINE_START = re.compile(r"(?m)^(?:(\d+)(\.)(?=\s)|([#>+-])|([=|:—]))")


def markdown_of(blocks: Iterable[Block]) -> str:
    """Return the Markdown that `prose.markdown_blocks` reads back as the same blocks.

    Headings, paragraphs, lists, tables and quotations have a form in Markdown; anything else is a ValueError.
    """
    return "\n\n".join("\n".join(_block(block)) for block in blocks) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * block.level} {_words(block.content)}"
        case Paragraph():
            yield _line_start(_words(block.content))
        case List():
            yield from _list(block)
        case Quote():
            yield from _quote(block)
        case Table():
            yield from _table(block)
        case _:
            raise ValueError(f"{type(block).__name__} has no form in Markdown")


def _list(block: List) -> Iterator[str]:
    loose = any(len(item.blocks) > 1 for item in block.items)
    for number, item in enumerate(block.items, block.start):
        if loose and number > block.start:
            yield ""
        mark = f"{number}." if block.ordered else "-"
        inner = markdown_of(item.blocks).rstrip("\n").split("\n")
        yield f"{mark:<3} {inner[0]}"
        yield from (f"    {line}" if line else "" for line in inner[1:])


def _quote(block: Quote) -> Iterator[str]:
    for line in markdown_of(block.blocks).rstrip("\n").split("\n"):
        yield f"> {line}".rstrip()
    if block.attribution:
        yield from (">", f"> — {_words(block.attribution)}")


def _table(block: Table) -> Iterator[str]:
    def row(cells: Iterable[tuple[Inline, ...]]) -> str:
        return "| " + " | ".join(_words(cell).replace("|", r"\|") for cell in cells) + " |"

    yield row(column.title for column in block.columns)
    yield "|" + "|".join(" --- " for _ in block.columns) + "|"
    yield from (row(line.cells) for line in block.rows)


def _words(content: Iterable[Inline]) -> str:
    return "".join(_inline(node) for node in content)


def _inline(node: Inline) -> str:
    match node:
        case Strong():
            return f"**{_words(node.content)}**"
        case Emphasis():
            return f"*{_words(node.content)}*"
        case Link():
            return f"[{_words(node.content)}](<{node.href}>)" if node.href else _words(node.content)
        case Token():
            return f"{{{{{node.key}}}}}"
        case Break():
            return "  \n"
        case _:
            return _ENTITY.sub(_entity, _SPECIAL.sub(r"\\\g<0>", node.text))


def _entity(match: re.Match[str]) -> str:
    return {"&": "&amp;", "<": "&lt;", "{": "&#123;"}[match[0]]


def _line_start(text: str) -> str:
    """Return a paragraph in which no line begins like a heading, a list, a quotation, a rule or a signature."""

    def escaped(match: re.Match[str]) -> str:
        number, dot, sign, other = match.groups()
        if number:
            return rf"{number}\{dot}"
        return rf"\{sign}" if sign else f"&#{ord(other)};"

    return _LINE_START.sub(escaped, text)
