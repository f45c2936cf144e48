"""Sheets of LibreOffice (OpenDocument 1.3, part 3): read and written as a stream, without a document in memory."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from consult.i18n import N_
from consult.spreadsheets.cells import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Table,
    UnreadableTable,
    cell_text,
    cells_of,
    column_names,
    damaged,
    demand_rows,
    letters,
    numbered,
)
from consult.typed_numbers import as_number

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
#: What is not of a cell's own text: notes on it, drawings over it, cells of before a change.
_BESIDE = frozenset(
    {f"{_OFFICE} annotation", f"{_TABLE} tracked-changes", f"{_TABLE} shapes", f"{_TEXT} ruby-text", f"{_TEXT} note"}
)
_CELLS = frozenset({f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"})
#: Where the value of a cell stands, by its type, when it is no text.
_VALUES = {"float": "value", "percentage": "value", "currency": "value", "date": "date-value", "time": "time-value"}
_CHUNK = 2**16
_SPACES = re.compile("[ \t\r\n]+")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Spaces that a reader would join or drop: at the ends of a line, or more than one.
_LOST_SPACES = re.compile("^ +| +$|  +")


class _Reader:
    """Takes the events of a parser and puts together rows of texts, those of one sheet; `rows` are finished ones.

    A row is kept with how often it is repeated, a cell too: a sheet's empty rest is one row, repeated a million times.
    """

    def __init__(self, sheet: str) -> None:
        self.rows: deque[tuple[int, list[str]]] = deque()
        self.names: list[str] = []
        self.found = self.over = False
        self._wanted, self._beside, self._number = sheet, 0, 0
        self._row: list[tuple[int, str]] | None = None
        self._repeated, self._cell = 1, dict[str, str]()
        self._lines: list[str] | None = None
        self._line: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        if self._beside or name in _BESIDE or name.startswith("urn:oasis:names:tc:opendocument:xmlns:drawing"):
            self._beside += 1
        elif name == f"{_TABLE} table":
            self.names.append(attributes.get(f"{_TABLE} name", ""))
            self.found = not self.over and (not self._wanted or self.names[-1] == self._wanted)
        elif self.found and not self.over:
            self._start_within(name, attributes)

    def _start_within(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TABLE} table-row":
            self._row, self._repeated = [], _count(attributes.get(f"{_TABLE} number-rows-repeated"))
        elif name in _CELLS and self._row is not None:
            self._cell, self._lines = attributes, []
        elif self._lines is None:
            return
        elif name in (f"{_TEXT} p", f"{_TEXT} h"):
            self._line = []
        elif self._line is not None and name == f"{_TEXT} s":
            self._line.append("\0" * min(_count(attributes.get(f"{_TEXT} c")), LONGEST_CELL))
        elif self._line is not None and name == f"{_TEXT} tab":
            self._line.append("\1")
        elif self._line is not None and name == f"{_TEXT} line-break":
            self._line.append("\2")

    def text(self, characters: str) -> None:
        """Take the characters of a cell."""
        if self._line is not None and not self._beside:
            self._line.append(characters)

    def end(self, name: str) -> None:
        """End an element."""
        if self._beside:
            self._beside -= 1
        elif not self.found or self.over:
            return
        elif name in (f"{_TEXT} p", f"{_TEXT} h") and self._line is not None and self._lines is not None:
            self._lines.append(_typed("".join(self._line)))
            self._line = None
        elif name in _CELLS and self._row is not None:
            self._row.append((_count(self._cell.get(f"{_TABLE} number-columns-repeated")), self._value()))
            self._lines = None
        elif name == f"{_TABLE} table-row" and self._row is not None:
            self.rows.append((self._repeated, _spread(self._row)))
            self._number += self._repeated
            self._row = None
        elif name == f"{_TABLE} table":
            self.over = True

    def _value(self) -> str:
        kind = self._cell.get(f"{_OFFICE} value-type", "")
        value = self._cell.get(f"{_OFFICE} {_VALUES.get(kind, 'string-value')}")
        if kind == "boolean":
            value = self._cell.get(f"{_OFFICE} boolean-value")
        if f"{_TABLE} formula" in self._cell and not kind and not self._lines:
            place = f"{letters(sum(count for count, _ in self._row or ()) + 1)}{self._number + 1}"
            raise UnreadableTable(
                N_("cell %(cell)s holds a formula without a result: put in the value instead", cell=place)
            )
        if value is None:
            value = "\n".join(self._lines or ())
        if len(value) > LONGEST_CELL:
            raise UnreadableTable(N_("a cell holds more than %(limit)s characters", limit=LONGEST_CELL))
        return _whole(value) if kind in ("float", "percentage", "currency") else value


def _count(text: str | None) -> int:
    return as_number(text, 1)


def _typed(line: str) -> str:
    """Return a line as it was typed: runs of white space are one space, those the elements stand for are kept."""
    plain = _SPACES.sub(" ", line).strip(" ")
    return plain.replace("\0", " ").replace("\1", "\t").replace("\2", "\n")


def _whole(value: str) -> str:
    try:
        return cell_text(float(value)) if re.fullmatch(r"-?\d{1,15}(\.0+)?|.*[eE].*", value) else value
    except (ValueError, OverflowError):
        return value


def _spread(row: list[tuple[int, str]]) -> list[str]:
    """Return the cells of a row, its empty rest left off; raises UnreadableTable where they are too many."""
    while row and not row[-1][1]:
        row.pop()
    if sum(count for count, _ in row) > MOST_COLUMNS:
        raise UnreadableTable(N_("the table has more than %(limit)s columns", limit=MOST_COLUMNS))
    return [text for count, text in row for _ in range(count)]


@contextmanager
def open_ods(path: Path, sheet: str) -> Iterator[Table]:
    """Open a file that `kind_of_archive` let pass; its first sheet unless another is named. Raises UnreadableTable."""
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        rows = _rows(content, _Reader(sheet))
        header = next(rows, None)
        if header is None:
            raise UnreadableTable(N_("the sheet is empty"))
        columns = column_names(header)
        yield Table(columns, numbered(columns, rows))


def _rows(content: Any, reader: _Reader) -> Iterator[list[str]]:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.buffer_text = reader.text, True
    number = 0
    try:
        while not reader.over and (chunk := content.read(_CHUNK)):
            parser.Parse(chunk, False)
            while reader.rows:
                count, cells = reader.rows.popleft()
                if cells and number + count > MOST_ROWS:
                    raise UnreadableTable(N_("the table has more than %(limit)s rows", limit=MOST_ROWS))
                count = min(count, MOST_ROWS - number)
                number += count
                yield from (cells for _ in range(count))
    except (expat.ExpatError, zipfile.BadZipFile, EOFError) as error:
        raise damaged(reader._number + 1) from error
    if reader._wanted and reader._wanted not in reader.names:
        raise UnreadableTable(
            N_(
                "there is no sheet “%(sheet)s”; there are %(names)s",
                sheet=reader._wanted,
                names=", ".join(reader.names),
            )
        )


_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<office:document-content xmlns:office="{_OFFICE}" xmlns:table="{_TABLE}" xmlns:text="{_TEXT}" office:version="1.3">'
    '<office:body><office:spreadsheet><table:table table:name="consult">'
)
_FOOT = "</table:table></office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def write_ods(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write a table as ODS, every cell a text; return the number of rows. What XML cannot hold becomes U+FFFD.

    Raises UnwritableTable at a row that a sheet does not have.
    """
    count = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _write_media_type(archive)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        with archive.open("content.xml", "w", force_zip64=True) as content:
            content.write(_HEAD.encode())
            content.write(_row(columns).encode())
            for count, row in enumerate(rows, start=1):
                demand_rows(count)
                content.write(_row(cells_of(row, columns)).encode())
            content.write(_FOOT.encode())
    return count


def _write_media_type(archive: zipfile.ZipFile) -> None:
    """Write the media type as the format demands: first, not packed, its size in its head.

    Into a file that cannot be wound back `writestr` puts the size behind, which strict readers refuse of what is not packed.
    """
    entry, content = zipfile.ZipInfo("mimetype"), MEDIA_TYPE.encode()
    entry.file_size = entry.compress_size = len(content)
    entry.CRC = zlib.crc32(content)
    assert archive.fp is not None  # noqa: S101 (it is open)
    entry.header_offset = archive.fp.tell()
    archive.fp.write(entry.FileHeader(zip64=False) + content)
    archive.filelist.append(entry)
    archive.NameToInfo[entry.filename] = entry
    archive.start_dir = archive.fp.tell()


def _row(cells: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(_written(cell) for cell in cells)}</table:table-row>"


def _written(cell: str) -> str:
    cell = _NOT_IN_XML.sub("\ufffd", cell)
    if not cell:
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{_line(line)}</text:p>" for line in cell.split("\n"))
    exact = f" office:string-value={_attribute(cell)}" if "\r" in cell else ""
    return f'<table:table-cell office:value-type="string"{exact}>{lines}</table:table-cell>'


def _attribute(cell: str) -> str:
    return quoteattr(cell, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _line(line: str) -> str:
    kept = _LOST_SPACES.sub(lambda found: f"\0{len(found[0])}\0", line)
    plain = escape(kept, {"\t": "<text:tab/>", "\r": ""})
    return re.sub("\0(\\d+)\0", lambda found: f'<text:s text:c="{found[1]}"/>', plain)
