"""Links inside a document: what leads to a part of it leads to the part's first numbered paragraph, where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from consult.outcomes.tree import Block, Emphasis, Inline, Item, Link, List, Paragraph, Quote, Section, Strong, Table


def within_document(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """Return numbered sections whose inner links lead to paragraphs.

    A heading cannot be the target: typst repeats headings in contents and running heads, and a target stands once.
    """
    targets = {f"#{key}": f"#{anchor}" for section in sections for key, anchor in _firsts(section)}
    return tuple(relinked(section, targets) for section in sections)


def relinked(section: Section, targets: Mapping[str, str]) -> Section:
    """Return a section in which every link to one of `targets` has the address that stands for it."""
    return replace(section, blocks=_blocks(section.blocks, targets))


def _firsts(section: Section) -> Iterator[tuple[str, str]]:
    """Yield the key of a section and of those in it, each with the anchor of its first numbered paragraph."""
    inner = [pair for block in section.blocks if isinstance(block, Section) for pair in _firsts(block)]
    own = [block.id for block in section.blocks if isinstance(block, Paragraph) and block.number]
    if found := [*own, *(anchor for _, anchor in inner)]:
        yield section.id, found[0]
    yield from inner


def _blocks(blocks: tuple[Block, ...], targets: Mapping[str, str]) -> tuple[Block, ...]:
    return tuple(_block(block, targets) for block in blocks)


def _block(block: Block, targets: Mapping[str, str]) -> Block:
    match block:
        case Section() | Quote():
            return replace(block, blocks=_blocks(block.blocks, targets))
        case Paragraph():
            return replace(block, content=_inlines(block.content, targets))
        case List():
            return replace(block, items=tuple(Item(_blocks(item.blocks, targets)) for item in block.items))
        case Table():
            rows = (replace(row, cells=tuple(_inlines(cell, targets) for cell in row.cells)) for row in block.rows)
            return replace(block, rows=tuple(rows))
        case _:
            return block


def _inlines(content: tuple[Inline, ...], targets: Mapping[str, str]) -> tuple[Inline, ...]:
    return tuple(_inline(node, targets) for node in content)


def _inline(node: Inline, targets: Mapping[str, str]) -> Inline:
    match node:
        case Link() if node.href in targets:
            return replace(node, href=targets[node.href])
        case Strong() | Emphasis():
            return replace(node, content=_inlines(node.content, targets))
        case _:
            return node
