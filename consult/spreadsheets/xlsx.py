"""Workbooks of Excel (XLSX): written row by row."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from consult.i18n import N_
from consult.spreadsheets.cells import UnwritableTable, cells_of, demand_rows

#: The most that Excel keeps in a cell, in units of UTF-16 (a character outside of the first 65,536 is two); more would be cut.
XLSX_CELL = 32_767
#: What XML cannot hold, and what its readers change: a workbook writes it as _xHHHH_ (ECMA-376, 22.9.2.19, ST_Xstring).
_NOT_PLAIN = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, which Excel shows (31 characters at most), its columns and rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]]


def write_xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write a table as XLSX, every cell a text; return the number of rows. Raises UnwritableTable at a cell or row that Excel would cut."""
    return write_workbook([Sheet("consult", columns, rows)], file)


def write_workbook(sheets: Sequence[Sheet], file: IO[bytes]) -> int:
    """Write tables as the sheets of a workbook, as `write_xlsx` writes one; return the number of rows of all of them."""
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _parts([sheet.name for sheet in sheets]).items():
            archive.writestr(name, _XML + content)
        for number, one in enumerate(sheets, start=1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as sheet:
                count += _write_sheet(sheet, one.columns, one.rows)
    return count


def _parts(names: Sequence[str]) -> Mapping[str, str]:
    """Return the parts of a workbook beside its sheets."""
    numbered = list(enumerate(names, start=1))
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for number, _ in numbered
    )
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in numbered
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in numbered
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}</Relationships>',
    }


def _write_sheet(sheet: IO[bytes], columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{_row(columns)}'.encode())
    count = 0
    for count, row in enumerate(rows, start=1):
        demand_rows(count)
        sheet.write(_row(xlsx_cells(row, columns)).encode())
    sheet.write(b"</sheetData></worksheet>")
    return count


def xlsx_cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Return the cells of a row; raises UnwritableTable, naming the row by its first cell, for one that Excel would cut."""
    cells = cells_of(row, columns)
    for column, cell in zip(columns, cells, strict=True):
        if 2 * len(cell) > XLSX_CELL and len(cell.encode("utf-16-le")) > 2 * XLSX_CELL:
            raise UnwritableTable(
                N_(
                    "%(row)s, %(column)s: the text is longer than a cell of Excel. Take CSV, ODS or JSON.",
                    row=cells[0],
                    column=column,
                )
            )
    return cells


def _row(cells: Sequence[str]) -> str:
    return f"<row>{''.join(map(_written, cells))}</row>"


def _written(cell: str) -> str:
    if not cell:
        return "<c/>"
    plain = escape(_NOT_PLAIN.sub(lambda found: f"_x{ord(found[0]):04X}_", cell))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'
