"""Numbers of groups as they are pasted or stand in a file: a line each, the group and its number."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from consult.cleaning import clean_line
from consult.errors import Problem, Rejected
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.spreadsheets import UnreadableTable, open_table
from consult.typed_numbers import typed_number

#: So many lines are read at most.
MOST_LINES = 500
#: Digits of a number, and characters of a line that is pasted, at most: a country has fewer people, and the reader refuses longer cells.
LONGEST_NUMBER, LONGEST_LINE = 11, 2_000


def lines_of_text(text: str) -> Iterator[Sequence[str]]:
    """Yield the cells of each line of a pasted text: between tabs, else semicolons, else commas."""
    for line in text.splitlines():
        mark = next((one for one in "\t;،," if one in line), ",")
        yield next(csv.reader([line[:LONGEST_LINE]], delimiter=mark), [])


def lines_of_file(path: Path) -> Iterator[Sequence[str]]:
    """Yield the cells of each line of a CSV file or a workbook, its header first. Raises UnreadableTable while it is read."""
    with open_table(path) as table:
        yield table.columns
        for row in table.rows:
            yield list(row.cells.values())


def read_numbers(
    lines: Iterable[Sequence[str]], groups: Mapping[str, Message | Localized | str], field: str
) -> dict[str, int]:
    """Return the number of each group that stands there, by key; a first line without a number is a header.

    A group is named by its key or its name in any language. Raises Rejected at `field`, with every line that cannot be read.
    """
    known, found, problems = _names(groups), dict[str, int](), list[Problem]()
    try:
        for place, cells in enumerate(lines, 1):
            told = [clean_line(cell) for cell in cells if cell.strip()]
            if place > MOST_LINES:
                raise Rejected([Problem(field, N_("Give at most %(most)s lines.", most=MOST_LINES))])
            if not told:
                continue
            key, number = known.get(fold(told[0])), whole_number(told[1]) if len(told) == 2 else None
            if wrong := _wrong(place, told[0], key, number, found):
                problems.append(Problem(field, wrong))
            elif key is not None and isinstance(number, int):
                found[key] = number
    except UnreadableTable as refused:
        raise Rejected([Problem(field, N_("This file cannot be read: %(why)s", why=refused.message))]) from refused
    if problems or not found:
        raise Rejected(problems[:10] or [Problem(field, N_("No number of a group stands there."))])
    return found


def _wrong(
    place: int, name: str, key: str | None, number: int | Message | None, found: Mapping[str, int]
) -> Message | None:
    """Return what is wrong with a line, None for one in order and for a header."""
    if isinstance(number, Message):
        return N_("Line %(line)s: %(wrong)s", line=place, wrong=number)
    if number is None:
        header = place == 1 and key is None
        return None if header else N_("Line %(line)s: write a group and one whole number.", line=place)
    if key is None:
        return N_("Line %(line)s: no group is called “%(name)s”.", line=place, name=name)
    return N_("Line %(line)s: “%(name)s” stands there twice.", line=place, name=name) if key in found else None


def whole_number(text: str) -> int | Message | None:
    """Return a whole number that is typed with digits of either kind, with or without marks between thousands.

    A Message for what can be read as another number too, None for what is no whole number.
    """
    read = typed_number(text, LONGEST_NUMBER)
    return read.two_ways() or read.whole


def _names(groups: Mapping[str, Message | Localized | str]) -> Mapping[str, str]:
    """Return the key of each group by its folded names; a name that two of them bear is none."""
    found: dict[str, str | None] = {}
    for key, label in groups.items():
        texts = label.values() if isinstance(label, Localized) else [translate(label, code) for code in LANGUAGES]
        for name in {fold(one) for one in (key, *texts)}:
            found[name] = key if found.get(name, key) == key else None
    return {name: key for name, key in found.items() if key is not None}
