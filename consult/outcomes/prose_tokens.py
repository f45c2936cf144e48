"""Edited prose on its way into a document: figures that follow the record, receipts that lead on, and what it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from consult.i18n import N_
from consult.outcomes.addresses import Addresses
from consult.outcomes.citing import submission_source
from consult.outcomes.material import Material
from consult.outcomes.prose import markdown_blocks
from consult.outcomes.results import ballot_token
from consult.outcomes.sentences import words
from consult.outcomes.tree import (
    Block,
    Cleaned,
    Emphasis,
    Inline,
    Item,
    Link,
    List,
    Paragraph,
    Quote,
    Ref,
    Source,
    SourceKind,
    Strong,
    Token,
)
from consult.outcomes.walk import walk, with_tokens
from consult.typed_numbers import as_number

_SPACED = re.compile(r"\{\{\s*ballot:\s*(\d{1,9})[ \t]+([\w-]{1,40})\s*\}\}")
_RECEIPT = re.compile(r"\b[A-Z]{2,8}-\d{4}-\d{3,9}\b")
_RECOMMENDATION = re.compile(r"#recommendation:(\d{1,9})")

B = TypeVar("B", bound=Cleaned)


def as_written(markdown: str) -> str:
    """Return Markdown with the figures as the parser reads them: `{{ballot:12 for}}` is `{{ballot:12/for}}`."""
    return _SPACED.sub(r"{{ballot:\1/\2}}", markdown)


def receipts_in(markdown: str) -> set[str]:
    """Return the receipt numbers named in a text."""
    return set(_RECEIPT.findall(markdown))


def tokens_in(blocks: Iterable[Block]) -> list[str]:
    """Return the keys of the figures in some blocks, in reading order."""
    return [node.key for block in blocks for node in walk(block) if isinstance(node, Token)]


def unknown_tokens(markdown: str, language: str, material: Material) -> list[str]:
    """Return the figures of a text that no ballot has; a ballot that is still open may have them later."""
    return [
        key
        for key in tokens_in(markdown_blocks(as_written(markdown), language))
        if not _may_be_known(key, material, Addresses(material.slug, language))
    ]


def _may_be_known(key: str, material: Material, addresses: Addresses) -> bool:
    named = key.removeprefix("ballot:").partition("/")[0]
    ballot = material.ballot(as_number(named, 0)) if key.startswith("ballot:") else None
    return ballot is not None and (ballot.report is None or ballot_token(key, material, addresses) is not None)


@dataclass(frozen=True, slots=True)
class Citer:
    """Fills figures, links receipts and says what each paragraph cites, for one language."""

    material: Material
    addresses: Addresses
    receipts: Mapping[str, object]

    def blocks(self, markdown: str, sources: tuple[Source, ...]) -> tuple[Block, ...]:
        """Return the blocks of edited Markdown; every paragraph cites `sources` and what it names itself."""
        parsed = markdown_blocks(as_written(markdown), self.addresses.language)
        return tuple(self._cited(self.filled(block), sources) for block in parsed)

    def filled(self, block: B) -> B:
        """Return a block in which every figure reads what the record says now."""
        return with_tokens(block, self._token)

    def _token(self, key: str) -> Token:
        missing = words(N_("no result yet"), self.addresses.language)
        return ballot_token(key, self.material, self.addresses) or Token(key, missing)

    def _cited(self, block: Block, sources: tuple[Source, ...]) -> Block:
        linked = self._linked(block)
        if not isinstance(linked, Paragraph):
            return linked
        own = (*sources, *self._named(linked))
        return replace(linked, sources=tuple({source.key: source for source in own}.values()))

    def _named(self, block: Paragraph) -> Iterator[Source]:
        for node in walk(block):
            if isinstance(node, Ref) and node.text in self.receipts:
                yield submission_source(node.text)
            elif isinstance(node, Link) and (match := _RECOMMENDATION.fullmatch(node.href)):
                yield Source(SourceKind.RECOMMENDATION, match[1])

    def _linked(self, block: Block) -> Block:
        """Return a block in which the receipts of submissions that everybody can read lead to them."""
        match block:
            case Paragraph():
                return replace(block, content=self._inlines(block.content))
            case List():
                items = (Item(tuple(self._linked(inner) for inner in item.blocks)) for item in block.items)
                return replace(block, items=tuple(items))
            case Quote():
                return replace(block, blocks=tuple(self._linked(inner) for inner in block.blocks))
            case _:
                return block

    def _inlines(self, content: tuple[Inline, ...]) -> tuple[Inline, ...]:
        return tuple(self._inline(node) for node in content)

    def _inline(self, node: Inline) -> Inline:
        match node:
            case Ref() if node.text in self.receipts and not node.href:
                return replace(node, href=self.addresses.submission(node.text))
            case Strong() | Emphasis():
                return replace(node, content=self._inlines(node.content))
            case _:
                return node
