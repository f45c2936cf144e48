"""Tables in files: reading CSV of any separator and encoding and XLSX, writing both, with formula cells made harmless.

A cell that a spreadsheet program would take for a formula gets an apostrophe in front when it is written, and loses it
when it is read, so that what was exported imports back to the same.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import openpyxl
from charset_normalizer import from_bytes

SEPARATORS = (",", ";", "\t", "|")
#: What one cell may hold: a text of 60,000 characters, quoted, in any encoding.
LONGEST_CELL = 1_000_000
#: The most characters Excel keeps in a cell; what is longer would be cut without a word.
XLSX_CELL = 32_767
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class UnreadableTable(ValueError):
    """A file that is no table, or has no header; the message says what is wrong with it."""


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


@contextmanager
def open_table(path: Path, *, encoding: str = "", separator: str = "", sheet: str = "") -> Iterator[Table]:
    """Open a CSV or XLSX file (by its content, not its name). Raises UnreadableTable.

    Without `encoding` and `separator` both are found out: byte-order mark, UTF-8, else a guess; the separator that gives
    the header the most columns.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04":
        with _open_xlsx(path, sheet) as table:
            yield table
        return
    encoding = encoding or _encoding_of(path)
    try:
        with path.open(encoding=encoding, newline="") as text:
            yield _csv_table(text, separator)
    except UnicodeDecodeError as error:
        raise UnreadableTable(f"the file is not in {encoding}: byte {error.start} cannot be read") from error
    except (csv.Error, LookupError) as error:
        raise UnreadableTable(str(error)) from error


def _encoding_of(path: Path) -> str:
    start = path.read_bytes()
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    try:
        start.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(
            start[:200_000], cp_isolation=["cp1256", "cp1252", "iso8859_6", "latin_1", "mac_arabic"]
        ).best()
        return best.encoding if best else "latin-1"
    return "utf-8"


def _csv_table(text: io.TextIOBase, separator: str) -> Table:
    csv.field_size_limit(LONGEST_CELL)
    separator = separator or _separator_of(text)
    reader = csv.reader(text, delimiter=separator)
    try:
        columns = _columns(next(reader))
    except StopIteration:
        raise UnreadableTable("the file is empty") from None
    return Table(columns, _numbered(columns, reader))


def _separator_of(text: io.TextIOBase) -> str:
    """Return the separator that gives the header the most columns."""
    widths = {}
    for separator in SEPARATORS:
        text.seek(0)
        widths[separator] = len(next(csv.reader(text, delimiter=separator), []))
    text.seek(0)
    return max(SEPARATORS, key=lambda s: widths[s])


@contextmanager
def _open_xlsx(path: Path, sheet: str) -> Iterator[Table]:
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise UnreadableTable(f"the workbook cannot be opened ({type(error).__name__})") from error
        if sheet and sheet not in book.sheetnames:
            raise UnreadableTable(f"there is no sheet {sheet!r}; there are {', '.join(book.sheetnames)}")
        rows = (book[sheet] if sheet else book[book.sheetnames[0]]).iter_rows(values_only=True)
        header = next(rows, None)
        if header is None:
            raise UnreadableTable("the sheet is empty")
        columns = _columns([_cell(value) for value in header])
        yield Table(columns, _numbered(columns, ([_cell(value) for value in row] for row in rows)))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _columns(header: Sequence[str]) -> tuple[str, ...]:
    names = [" ".join(name.split()) for name in header]
    if not any(names):
        raise UnreadableTable("the first row has no names of columns")
    seen: dict[str, int] = {}
    unique = []
    for place, name in enumerate(names, start=1):
        name = name or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)


def _numbered(columns: tuple[str, ...], rows: Iterable[Sequence[str]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            padded = chain(cells, [""] * (len(columns) - len(cells)))
            yield Row(number, {name: unquoted(cell) for name, cell in zip(columns, padded, strict=False)})


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a table as CSV in UTF-8 with a byte-order mark, so that Excel reads Arabic; return the number of rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        return write_csv_rows(columns, rows, file)


def write_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """Write a table as CSV into an open file, its first line the columns; return the number of rows."""
    count = 0
    writer = csv.writer(file)
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):  # noqa: B007  # the last number is the count
        writer.writerow([quoted(_cell(row.get(column))) for column in columns])
    return count


def write_xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a table as XLSX; return the number of rows. Raises ValueError for a cell that Excel would cut."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("consult")
    sheet.append(list(columns))
    count = 0
    for count, row in enumerate(rows, start=1):
        cells = [quoted(_cell(row.get(column))) for column in columns]
        for column, cell in zip(columns, cells, strict=True):
            if len(cell) > XLSX_CELL:
                raise ValueError(
                    f"row {count + 1}, {column}: {len(cell)} characters; a cell of XLSX holds {XLSX_CELL}. Use CSV or JSON."
                )
        sheet.append(cells)
    book.save(path)
    return count


def write_json(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a table as a JSON list of objects, one a line; return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for count, row in enumerate(rows, start=1):
            line = json.dumps({column: _cell(row.get(column)) for column in columns}, ensure_ascii=False)
            file.write(("," if count > 1 else "") + "\n" + line)
        file.write("\n]\n")
    return count


def read_json(path: Path) -> Table:
    """Read what `write_json` wrote. Raises UnreadableTable."""
    try:
        entries = json.loads(path.read_text("utf-8-sig"))
    except ValueError as error:
        raise UnreadableTable(f"the file is not JSON: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableTable("the file is not a list of objects")
    columns = tuple(dict.fromkeys(key for entry in entries for key in entry))
    rows = (
        Row(number, {column: _cell(entry.get(column)) for column in columns})
        for number, entry in enumerate(entries, start=2)
    )
    return Table(columns, rows)


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}
