"""What a plugin adds to its track's chapter of the outcome document: words and a table, in the reader's language later."""

from __future__ import annotations

from dataclasses import dataclass

from consult.i18n import Localized, Message

Cell = Message | Localized | str | int


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table: every row has as many cells as there are headings; numbers are aligned by units."""

    caption: Message
    headings: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A section of the chapter of `track`; `key` is stable, because edits of the section are kept under it."""

    track: str
    key: str
    title: Message
    paragraphs: tuple[Message, ...] = ()
    table: ReportTable | None = None
