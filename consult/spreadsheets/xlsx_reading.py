"""Workbooks of Excel (XLSX), read cell by cell. Loaded when one is opened: openpyxl is large."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from consult.i18n import N_
from consult.spreadsheets.cells import (
    MOST_COLUMNS,
    MOST_ROWS,
    Table,
    UnreadableTable,
    cell_text,
    column_names,
    damaged,
    letters,
    numbered,
)

#: What XML cannot hold, as a workbook writes it (ECMA-376, 22.9.2.19, ST_Xstring).
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class _Parser(WorkSheetParser):
    """Reads what formulas gave when the workbook was saved; one that gave nothing is refused, not taken for empty."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Return a cell, its characters as they were typed."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is not None and cell["column"] > MOST_COLUMNS:
            raise UnreadableTable(N_("the table has more than %(limit)s columns", limit=MOST_COLUMNS))
        empty = not element.findtext(VALUE_TAG) and element.get("t") != "str"  # a formula may give an empty text
        if empty and element.find(FORMULA_TAG) is not None:
            place = f"{letters(cell['column'])}{cell['row']}"
            raise UnreadableTable(
                N_("cell %(cell)s holds a formula without a result: put in the value instead", cell=place)
            )
        if isinstance(cell["value"], str):
            cell["value"] = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell["value"])
        return cell


@contextmanager
def open_xlsx(path: Path, sheet: str) -> Iterator[Table]:
    """Open a workbook that `kind_of_archive` let pass; its first sheet unless another is named. Raises UnreadableTable."""
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (OSError, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
            raise damaged() from error
        if sheet and sheet not in book.sheetnames:
            raise UnreadableTable(
                N_("there is no sheet “%(sheet)s”; there are %(names)s", sheet=sheet, names=", ".join(book.sheetnames))
            )
        rows = _rows(book, book[sheet] if sheet else book[book.sheetnames[0]])
        header = next(rows, None)
        if header is None:
            raise UnreadableTable(N_("the sheet is empty"))
        columns = column_names(header)
        yield Table(columns, numbered(columns, rows))


def _rows(book: Any, sheet: Any) -> Iterator[list[str]]:
    """Yield the rows of a sheet from its first, those that the file leaves out too."""
    formats = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}
    expected = 1
    with sheet._get_source() as source, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a date outside of what Excel knows comes as #VALUE!, and is seen there
        parser = _Parser(source, sheet._shared_strings, data_only=True, epoch=book.epoch, **formats)
        try:
            for number, cells in parser.parse():
                if number > MOST_ROWS:
                    raise UnreadableTable(N_("the table has more than %(limit)s rows", limit=MOST_ROWS))
                yield from ([""] for _ in range(expected, number))
                expected = number + 1
                yield _texts(cells)
        except (SyntaxError, ValueError, KeyError, IndexError, TypeError, zipfile.BadZipFile) as error:
            if isinstance(error, UnreadableTable):
                raise
            raise damaged(expected) from error


def _texts(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    held = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
    return [cell_text(held.get(column)) for column in range(1, max(held, default=1) + 1)]
