"""Tables in files: CSV of any separator and encoding, XLSX, ODS and JSON, read and written row by row.

A cell that a spreadsheet program would take for a formula gets an apostrophe in front when it is written, and loses it
when it is read, so that what was exported imports back to the same. What a file may unpack to is limited before it is
unpacked.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

from consult.i18n import N_
from consult.spreadsheets.archive import kind_of_archive
from consult.spreadsheets.cells import (
    Row,
    Table,
    TableError,
    UnreadableTable,
    UnwritableTable,
    cell_text,
    demand_rows,
    quoted,
    unquoted,
)
from consult.spreadsheets.ods import open_ods, write_ods
from consult.spreadsheets.texts import csv_table, encoding_of, is_json, read_json, write_csv, write_csv_rows, write_json
from consult.spreadsheets.xlsx import XLSX_CELL, Sheet, write_workbook, write_xlsx, xlsx_cells

#: Bytes by which is told what a file is, and what those begin with that Excel made before 2007.
_START, _OLD_WORKBOOK = 2**16, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: By the ending of a file's name, how a table is written.
WRITERS: Mapping[str, Callable[[Sequence[str], Iterable[Mapping[str, Any]], IO[bytes]], int]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "ods": write_ods,
    "json": write_json,
}


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path, form: str) -> int:
    """Write a table to a file in one of the formats; return the number of rows.

    Raises UnwritableTable where the format does not hold it; then there is no file.
    """
    try:
        with path.open("wb") as file:
            return WRITERS[form](columns, rows, file)
    except UnwritableTable:
        path.unlink()
        raise


def demand_held(
    form: str, count: int, columns: Sequence[str], longest: Callable[[int], Iterable[Mapping[str, Any]]]
) -> None:
    """Raise UnwritableTable where a format does not hold so many rows, or a cell of them: what a writer finds out on its way.

    `longest` returns at least all rows of which a cell takes more than so many bytes of UTF-8.
    """
    if form in ("xlsx", "ods"):
        demand_rows(count)
    if form == "xlsx":
        for row in longest(XLSX_CELL):
            xlsx_cells(row, columns)


@contextmanager
def open_table(path: Path, *, encoding: str = "", separator: str = "", sheet: str = "") -> Iterator[Table]:
    """Open a CSV, XLSX, ODS or JSON file (by its content, not its name). Raises UnreadableTable, while it is read too.

    Without `encoding` and `separator` both are found out: byte-order mark, UTF-8, else a guess; the separator that gives
    the header the most columns.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if start.startswith(b"PK\x03\x04"):
        with _opener(path)(path, sheet) as table:
            yield table
        return
    _demand_text(start, encoding)
    encoding = encoding or encoding_of(path)
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise UnreadableTable(N_("there is no encoding “%(name)s”", name=encoding)) from error
    try:
        if is_json(path, encoding):
            yield read_json(path, encoding)
            return
        with path.open(encoding=encoding, newline="") as text:
            yield csv_table(text, separator)
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            N_("the file is not in %(encoding)s: byte %(place)s cannot be read", encoding=encoding, place=error.start)
        ) from error


def _demand_text(start: bytes, encoding: str) -> None:
    """Refuse what begins as something else than a table in text: else all of it would be read as one odd column."""
    if start.startswith(_OLD_WORKBOOK):
        raise UnreadableTable(N_("the file is a workbook as Excel made them before 2007 (XLS): save it as XLSX"))
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise UnreadableTable(
            N_(
                "the file is a page (HTML or XML), whatever its name says: open it in a spreadsheet program and save it as XLSX"
            )
        )
    wide = encoding or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if start.startswith(b"%PDF-") or (b"\0" in start and not wide):
        raise UnreadableTable(N_("the file is no table: it must be CSV, XLSX, ODS or JSON"))


def _opener(path: Path) -> Callable[[Path, str], AbstractContextManager[Table]]:
    """Return what opens a packed table; workbooks of Excel need a library of two hundred modules, which is loaded now."""
    if kind_of_archive(path) != "xlsx":
        return open_ods
    from consult.spreadsheets.xlsx_reading import open_xlsx

    return open_xlsx


__all__ = [
    "WRITERS",
    "Row",
    "Sheet",
    "Table",
    "TableError",
    "UnreadableTable",
    "UnwritableTable",
    "cell_text",
    "demand_held",
    "open_table",
    "quoted",
    "read_json",
    "unquoted",
    "write_csv",
    "write_csv_rows",
    "write_json",
    "write_ods",
    "write_table",
    "write_workbook",
    "write_xlsx",
]
