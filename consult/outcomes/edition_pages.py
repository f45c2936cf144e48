"""An edition as pages of the site: a first page with cover, contents and front matter, then a page for each chapter.

A phone on a slow line reads a chapter, not a book. The pages are made once, at publication, from the frozen tree; the links
between them and the numbers of paragraphs, which lead to where a paragraph comes from, are put in here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from consult.outcomes.addresses import Addresses
from consult.outcomes.links import relinked
from consult.outcomes.renderers.html import html_of
from consult.outcomes.renderers.seals import sealed
from consult.outcomes.tree import Document, Section, SectionKind
from consult.outcomes.walk import plain, walk

#: Under which format the pages of an edition are kept: the first one, and the others with their part of the address.
FIRST = "page"

_PARAGRAPH = re.compile(r'(<div class="para" id="p(\d+)">)<span class="no2">\2</span>')


@dataclass(frozen=True, slots=True)
class Part:
    """A page of an edition: its part of the address ("" for the first page) and the sections on it."""

    slug: str
    sections: tuple[Section, ...]


def format_of(slug: str) -> str:
    """Return the format under which a page is kept."""
    return f"{FIRST}/{slug}" if slug else FIRST


def slug_of(key: str) -> str:
    """Return the key of a region as a part of an address: `track:municipal/context` is `track.municipal.context`."""
    return key.replace(":", ".").replace("/", ".")


def parts_of(document: Document) -> list[Part]:
    """Return the pages of a document: front matter on the first one, each chapter and each annex on its own."""
    front = tuple(section for section in document.sections if section.kind is SectionKind.FRONT)
    found = [Part("", front)]
    for section in document.sections:
        if section.kind is SectionKind.CHAPTER:
            found.append(Part(slug_of(section.id), (section,)))
        elif section.kind is SectionKind.ANNEX:
            found += [Part(slug_of(inner.id), (inner,)) for inner in section.blocks if isinstance(inner, Section)]
    return found


def pages_of(document: Document, seal: str, addresses: Addresses) -> Iterator[tuple[str, bytes]]:
    """Yield the pages of a document, each with the format under which it is kept."""
    parts = parts_of(document)
    homes = {
        f"#{node.id}": f"{addresses.part(document.edition, part.slug)}#{node.id}"
        for part in parts
        for section in part.sections
        for node in walk(section)
        if node.id
    }
    yield FIRST, _first_page(document, seal, parts, homes, addresses)
    for part in parts[1:]:
        yield format_of(part.slug), _html(document, part, homes, addresses).encode()


def _first_page(document: Document, seal: str, parts: list[Part], homes: dict[str, str], addresses: Addresses) -> bytes:
    known, cover = sealed(document, seal), document.cover
    first: dict[str, Any] = {
        "cover": {
            "consultation": cover.consultation,
            "title": cover.title,
            "subtitle": cover.subtitle,
            "edition": cover.edition,
            "date": cover.date,
            "publisher": cover.publisher,
        },
        "address": known.address,
        "qr": {"size": known.qr_size, "path": known.qr_path},
        "contents": [_entry(section, document.edition, part, addresses) for part in parts for section in part.sections],
        "front": _html(document, parts[0], homes, addresses),
    }
    return json.dumps(first, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _entry(section: Section, edition: int, part: Part, addresses: Addresses) -> dict[str, Any]:
    page = addresses.part(edition, part.slug)
    inner = [one for one in section.blocks if isinstance(one, Section)]
    return {
        "slug": part.slug,
        "key": section.id,
        "title": _title(section),
        "href": page if part.slug else f"#{section.id}",
        "children": [{"title": _title(one), "href": f"{page}#{one.id}"} for one in inner],
    }


def _title(section: Section) -> str:
    return f"{section.number} {plain(section.title)}" if section.number else plain(section.title)


def _html(document: Document, part: Part, homes: dict[str, str], addresses: Addresses) -> str:
    """Return what stands on a page: front matter with its headings; of a chapter, whose title is the page's, what is in it.

    A link to another page gets its whole address, one to this page stays an anchor.
    """
    own = {f"#{node.id}" for section in part.sections for node in walk(section) if node.id}
    elsewhere = {anchor: address for anchor, address in homes.items() if anchor not in own}
    sections = tuple(relinked(section, elsewhere) for section in part.sections)
    blocks = sections[0].blocks if part.slug else sections

    def linked(match: re.Match[str]) -> str:
        href = addresses.paragraph(document.edition, int(match[2]))
        return f'{match[1]}<a class="no2" href="{href}">{match[2]}</a>'

    return _PARAGRAPH.sub(linked, str(html_of(blocks, document.lang, 1)))
