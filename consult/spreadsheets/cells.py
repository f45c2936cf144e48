"""Cells and rows: what every format has in common, and the limits of all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from consult.i18n import N_, Message

#: What one cell may hold: a text of 60,000 characters, quoted, in any encoding.
LONGEST_CELL = 1_000_000
#: Rows and columns of a table that is read: as many as a sheet of Excel has rows, and more columns than any form asks.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 1_000
#: What a formula begins with: where letters are as wide as ideograms, and in some locales elsewhere, their forms too.
BEGINS = "[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
_FORMULA = re.compile(rf"'*{BEGINS}")
_QUOTED = re.compile(rf"'+{BEGINS}")
#: What no database keeps in a text: NUL, and halves of a character, which JSON and XLSX can write.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


class TableError(ValueError):
    """A table that cannot be read or written; `message` says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


class UnreadableTable(TableError):
    """A file that is no table, or has no header, or is more than is read."""


class UnwritableTable(TableError):
    """A table of which a format does not hold a cell, or all rows."""


def damaged(row: int = 0) -> UnreadableTable:
    """Return that a workbook cannot be read, from a row on where that is known: what a library says of it helps nobody."""
    if row:
        return UnreadableTable(
            N_(
                "the workbook is damaged from row %(row)s on: open it in a spreadsheet program and save it anew",
                row=row,
            )
        )
    return UnreadableTable(
        N_("the workbook cannot be opened, it is damaged: open it in a spreadsheet program and save it anew")
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet program shows it (the header is 1), and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table being read: its columns in order, and its rows, one at a time."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def quoted(cell: str) -> str:
    """Return a cell that no program takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unquoted(cell: str) -> str:
    """Return a cell as it was before `quoted`."""
    return cell[1:] if _QUOTED.match(cell) else cell


def storable(text: str) -> str:
    """Return what was read with a sign of replacement for what no database keeps."""
    return _NOT_KEPT.sub("\ufffd", text)


def cell_text(value: object) -> str:
    """Return a value as the text of a cell: ISO dates, whole numbers without a point, lists by commas, the rest as JSON.

    A list whose items hold commas or brackets is written as JSON, so that it can be told apart again.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        plain = all(isinstance(item, str) and item and not re.search(r"[,\[\]\n]|^\s|\s$", item) for item in value)
        return ", ".join(value) if plain else json.dumps(list(value), ensure_ascii=False)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True) if value else ""
    return str(value)


def cells_of(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Return the cells of a row that is written, none of which a program takes for a formula."""
    return [quoted(cell_text(row.get(column))) for column in columns]


def demand_rows(count: int) -> None:
    """Raise UnwritableTable where so many rows and their header are more than a sheet has: programs would leave the rest out."""
    if count >= MOST_ROWS:
        limit = MOST_ROWS - 1
        raise UnwritableTable(N_("A sheet holds %(limit)s rows, and there are more. Take CSV or JSON.", limit=limit))


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the columns, each of its own; raises UnreadableTable where there are none, or too many."""
    names = [" ".join(storable(name).split()) for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise UnreadableTable(N_("the first row has no names of columns"))
    if len(names) > MOST_COLUMNS:
        raise UnreadableTable(N_("the table has more than %(limit)s columns", limit=MOST_COLUMNS))
    seen: dict[str, int] = {}
    unique = []
    for place, name in enumerate(names, start=1):
        name = name or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def numbered(columns: tuple[str, ...], rows: Iterable[Sequence[str]]) -> Iterator[Row]:
    """Yield the rows below the header that hold anything; raises UnreadableTable past the limit of rows."""
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS:
            raise UnreadableTable(N_("the table has more than %(limit)s rows", limit=MOST_ROWS))
        if any(cell.strip() for cell in cells):
            padded = chain(cells, [""] * (len(columns) - len(cells)))
            yield Row(number, {name: storable(unquoted(cell)) for name, cell in zip(columns, padded, strict=False)})


def letters(column: int) -> str:
    """Return the letters by which a spreadsheet program names a column: 1 is A, 27 is AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
