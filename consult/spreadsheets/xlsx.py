"""Workbooks of Excel (XLSX): read cell by cell and written row by row."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from consult.i18n import N_
from consult.spreadsheets.cells import (
    MOST_COLUMNS,
    MOST_ROWS,
    Table,
    UnreadableTable,
    UnwritableCell,
    cell_text,
    cells_of,
    column_names,
    letters,
    numbered,
)

#: The most characters Excel keeps in a cell; what is longer would be cut without a word.
XLSX_CELL = 32_767
#: What XML cannot hold, and what its readers change: a workbook writes it as _xHHHH_ (ECMA-376, 22.9.2.19, ST_Xstring).
_NOT_PLAIN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
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
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except (OSError, KeyError, ValueError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
            raise UnreadableTable(N_("the workbook cannot be opened (%(kind)s)", kind=type(error).__name__)) from error
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
            raise UnreadableTable(N_("the workbook cannot be opened (%(kind)s)", kind=type(error).__name__)) from error


def _texts(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    held = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
    return [cell_text(held.get(column)) for column in range(1, max(held, default=1) + 1)]


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = "xl/worksheets/sheet1.xml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">'
    '<sheets><sheet name="consult" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a table as XLSX, every cell a text; return the number of rows.

    Raises UnwritableCell for a cell that Excel would cut; then there is no file.
    """
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _PARTS.items():
                archive.writestr(name, _XML + content)
            with archive.open(_SHEET, "w", force_zip64=True) as sheet:
                return _write_sheet(sheet, columns, rows)
    except UnwritableCell:
        path.unlink()
        raise


def _write_sheet(sheet: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{_row(columns)}'.encode())
    count = 0
    for count, row in enumerate(rows, start=1):
        cells = cells_of(row, columns)
        for column, cell in zip(columns, cells, strict=True):
            if len(cell) > XLSX_CELL:
                raise UnwritableCell(
                    f"row {count + 1}, {column}: {len(cell)} characters; a cell of XLSX holds {XLSX_CELL}. Use CSV, ODS or JSON."
                )
        sheet.write(_row(cells).encode())
    sheet.write(b"</sheetData></worksheet>")
    return count


def _row(cells: Sequence[str]) -> str:
    return f"<row>{''.join(map(_written, cells))}</row>"


def _written(cell: str) -> str:
    if not cell:
        return "<c/>"
    plain = escape(_NOT_PLAIN.sub(lambda found: f"_x{ord(found[0]):04X}_", cell))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'
