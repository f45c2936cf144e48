"""XLSX and ODS are ZIP files of XML: what is refused before anything of them is unpacked.

Python's zipfile never gives more bytes than the directory of the file says, so the sizes that stand there can be relied on.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat

from consult.i18n import N_
from consult.spreadsheets.cells import UnreadableTable, damaged

#: Bytes of a file unpacked, and of the strings that a reader keeps in memory; parts of a file.
MOST_UNPACKED, MOST_STRINGS, MOST_PARTS = 256 * 2**20, 64 * 2**20, 2_000
#: How many times smaller than its content a file may be, where the content is larger than HARMLESS bytes.
MOST_RATIO, HARMLESS = 200, 8 * 2**20
#: Tags in the strings of a workbook: four for each, and a reader keeps something of every one.
MOST_TAGS = 6_000_000
CHUNK = 2**16
STRINGS = "xl/sharedStrings.xml"
#: Parts that hold what runs, of Excel (its old sheets of macros too) and of OpenDocument.
MACROS = re.compile(r"vbaproject|macrosheets/|^basic/|^scripts/", re.I)


def kind_of_archive(path: Path) -> str:
    """Return "xlsx" or "ods" for a file that may be unpacked. Raises UnreadableTable, saying why, for every other."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _demand_small(parts)
            names = {part.filename for part in parts}
            kind = "xlsx" if "xl/workbook.xml" in names else "ods" if "content.xml" in names else ""
            if not kind:
                raise UnreadableTable(N_("the file is an archive and no workbook (XLSX or ODS)"))
            if any(MACROS.search(name) for name in names):
                raise UnreadableTable(N_("the workbook holds macros: save it without them"))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        _demand_plain(file)
            if STRINGS in names:
                with archive.open(STRINGS) as file:
                    _demand_few_tags(file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, expat.ExpatError) as error:
        raise damaged() from error
    return kind


def _demand_small(parts: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    strings = sum(part.file_size for part in parts if part.filename == STRINGS)
    if unpacked > MOST_UNPACKED or strings > MOST_STRINGS or len(parts) > MOST_PARTS:
        raise UnreadableTable(
            N_("the workbook holds more than %(limit)s MB once it is unpacked", limit=MOST_UNPACKED // 2**20)
        )
    if unpacked > HARMLESS and unpacked > MOST_RATIO * max(packed, 1):
        raise UnreadableTable(N_("the workbook is packed so tightly that it may be a trap; save it anew, or as CSV"))
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableTable(N_("the workbook is protected by a password"))
    if any(part.filename.startswith("/") or ".." in part.filename.split("/") for part in parts):
        raise UnreadableTable(N_("the file is an archive and no workbook (XLSX or ODS)"))


class _Begun(Exception):
    """The first element was reached: no declaration can follow."""


def _demand_plain(file: IO[bytes]) -> None:
    """Refuse a part that declares a document type: entities can stand only there."""
    parser = expat.ParserCreate()

    def declared(*_: object) -> None:
        raise UnreadableTable(N_("the workbook declares entities, as no spreadsheet program does"))

    def begun(*_: object) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begun
    try:
        while chunk := file.read(CHUNK):
            parser.Parse(chunk, False)
    except _Begun:
        return


def _demand_few_tags(file: IO[bytes]) -> None:
    count = 0
    while chunk := file.read(CHUNK):
        count += chunk.count(b"<")
        if count > MOST_TAGS:
            raise UnreadableTable(N_("the workbook holds more texts than are read at once; save it as CSV"))
