"""Text files: CSV of any separator and encoding, and JSON with one object a row; both read and written row by row."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, TextIO

from charset_normalizer import from_bytes

from consult.i18n import N_
from consult.spreadsheets.cells import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Row,
    Table,
    UnreadableTable,
    cell_text,
    cells_of,
    column_names,
    numbered,
    storable,
)

SEPARATORS = (",", ";", "\t", "|")
#: Characters that are read at a time, and those of one object of JSON at most.
CHUNK, LONGEST_OBJECT = 2**16, 4 * LONGEST_CELL
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_JSON_START = re.compile(r"\s*(?:\[\s*[{\]]|\{)")
_BEGIN = re.compile(r"\s*\[?")
_BETWEEN = re.compile(r"[\s,]*")


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file: by its mark, UTF-8 if all of it is, else the best guess."""
    with path.open("rb") as file:
        start = file.read(200_000)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            chunk = start
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            best = from_bytes(start, cp_isolation=["cp1256", "cp1252", "iso8859_6", "latin_1", "mac_arabic"]).best()
            return best.encoding if best else "latin-1"
    return "utf-8"


def is_json(path: Path, encoding: str) -> bool:
    """Tell whether a file begins as a list of objects, or as objects one after the other."""
    with path.open(encoding=encoding, errors="replace") as file:
        return _JSON_START.match(file.read(CHUNK).removeprefix("\ufeff")) is not None


def csv_table(text: TextIO, separator: str) -> Table:
    """Return the table of an open CSV file; without `separator`, the one that gives the header the most columns."""
    csv.field_size_limit(LONGEST_CELL)
    separator = separator or _separator_of(text)
    reader = csv.reader(text, delimiter=separator)
    lines = _lines(reader)
    header = next(lines, None)
    if header is None:
        raise UnreadableTable(N_("the file is empty"))
    columns = column_names(header)
    return Table(columns, numbered(columns, lines))


def _lines(reader: Any) -> Iterator[list[str]]:
    """Yield the lines of a CSV reader. Raises UnreadableTable, naming the line, for one that is none."""
    try:
        yield from reader
    except csv.Error as error:
        line = reader.line_num
        if "field limit" in str(error):
            raise UnreadableTable(
                N_(
                    "line %(line)s: a cell holds more than %(limit)s characters; perhaps a quotation mark before it is not closed",
                    line=line,
                    limit=LONGEST_CELL,
                )
            ) from error
        raise UnreadableTable(N_("line %(line)s cannot be read as a line of CSV", line=line)) from error


def _separator_of(text: TextIO) -> str:
    widths = {}
    for separator in SEPARATORS:
        text.seek(0)
        with suppress(csv.Error):  # it is told once the table is read
            widths[separator] = len(next(csv.reader(text, delimiter=separator), []))
    text.seek(0)
    return max(SEPARATORS, key=lambda s: widths.get(s, 0))


def read_json(path: Path, encoding: str = "") -> Table:
    """Read a list of objects, or objects one after the other. Raises UnreadableTable.

    A list or an object in a row stands in its column as `cell_text` writes it; an object's own entries stand in columns
    beside it too, named with a stroke between: `title/ar`.
    """
    encoding = encoding or encoding_of(path)
    columns: dict[str, None] = {}
    for entry in _objects(path, encoding):
        columns.update(dict.fromkeys(_flat(entry)))
        if len(columns) > MOST_COLUMNS:
            raise UnreadableTable(N_("the table has more than %(limit)s columns", limit=MOST_COLUMNS))
    if not columns:
        raise UnreadableTable(N_("the file is empty"))
    return Table(tuple(columns), _json_rows(path, encoding, tuple(columns)))


def _json_rows(path: Path, encoding: str, columns: Sequence[str]) -> Iterator[Row]:
    for number, entry in enumerate(_objects(path, encoding), start=2):
        if number > MOST_ROWS:
            raise UnreadableTable(N_("the table has more than %(limit)s rows", limit=MOST_ROWS))
        flat = _flat(entry)
        cells = {column: flat.get(column, "") for column in columns}
        if any(cell.strip() for cell in cells.values()):
            yield Row(number, cells)


def _flat(entry: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in entry.items():
        name = f"{before}{key}"
        found[storable(name)] = storable(cell_text(value))
        if isinstance(value, dict) and depth < 2:
            found.update(_flat(value, f"{name}/", depth + 1))
    return found


def _objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, one at a time, keeping no more of it in memory than one needs."""
    decoder = json.JSONDecoder()
    with path.open(encoding=encoding) as file:
        held, more = file.read(CHUNK).removeprefix("\ufeff"), True
        begin = _end_of(_BEGIN, held)
        line, held = 1 + held.count("\n", 0, begin), held[begin:]
        while True:
            begin = _end_of(_BETWEEN, held)
            line, held = line + held.count("\n", 0, begin), held[begin:]
            if not more and (not held or held.strip() == "]"):
                return
            try:
                entry, end = decoder.raw_decode(held)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or not more or len(held) > LONGEST_OBJECT:
                    if held.startswith("]") and not held[1:].strip():
                        return
                    at = line + getattr(error, "lineno", 1) - 1
                    raise UnreadableTable(N_("the file is not JSON at line %(line)s", line=at)) from error
                chunk = file.read(max(CHUNK, len(held)))
                held, more = held + chunk, bool(chunk)
                continue
            if not isinstance(entry, dict):
                raise UnreadableTable(N_("the file is not a list of objects"))
            line, held = line + held.count("\n", 0, end), held[end:]
            yield entry


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write a table as CSV in UTF-8 with a byte-order mark, so that Excel reads Arabic; return the number of rows."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    count = write_csv_rows(columns, rows, text)
    text.detach()
    return count


def write_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: TextIO) -> int:
    """Write a table as CSV into an open file, its first line the columns; return the number of rows."""
    count = 0
    writer = csv.writer(file)
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):  # noqa: B007  # the last number is the count
        writer.writerow(cells_of(row, columns))
    return count


def write_json(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write a table as a JSON list of objects, one a line, lists and objects as such; return the number of rows."""
    count = 0
    file.write(b"[")
    for count, row in enumerate(rows, start=1):
        line = json.dumps({column: _as_json(row.get(column)) for column in columns}, ensure_ascii=False)
        file.write((("," if count > 1 else "") + "\n" + line).encode())
    file.write(b"\n]\n")
    return count


def _as_json(value: object) -> object:
    return value if isinstance(value, list | dict) else cell_text(value)
