"""A second kind of file in a file, wherever it stands: in front, behind, or in a part that nobody plays or shows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from consult.attachments.kinds import ARCHIVES, CHUNK, EICAR, PICTURES, SEVERAL, SOUNDS, VIRUS, Kind, Refused

#: How files begin that are opened or run wherever they stand in another; what must follow tells them from chance, in six
#: bytes at least: of a thousand million files of 20 MB of noise, one is refused for each such six.
BEGINNINGS: Mapping[bytes, re.Pattern[bytes]] = {
    start: re.compile(re.escape(start) + rest, re.S)
    for start, rest in (
        (b"PK\x03\x04", rb"[\x0a-\x3f][\0-\x03]..[\0\x08\x09\x0c\x0e\x14\x5d-\x63]\0"),
        (b"PK\x05\x06", rb"\0\0\0\0(..)\1"),
        (b"Rar!\x1a\x07", rb"[\0\x01]"),
        (b"7z\xbc\xaf\x27\x1c", rb""),
        (b"\xfd7zXZ\0", rb""),
        (b"MSCF\0\0\0\0", rb""),
        (b"PE\0\0", rb"(?:\x4c\x01|\x64\x86|\x64\xaa|[\xc0\xc2\xc4]\x01)"),
        (b"\x7fELF", rb"[\x01\x02][\x01\x02]\x01"),
        (b"\xcf\xfa\xed\xfe", rb"[\x07\x0c]\0\0\x01"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", rb""),
        (b"\xca\xfe\xba\xbe", rb"\0[\0-\x03]\0[\x03-\x7f]"),
        (b"%PDF-", rb"[12]\.\d"),
        (b"{\\rtf1", rb""),
        (b"\x01CD001\x01", rb""),
        (b"ustar", rb"(?:\x0000|  \0)"),
        (b"SQLite format 3\0", rb""),
    )
}
#: What a browser or a server might run, whatever the rest of the file is.
RUNNABLE = (b"<script", b"<?php", b"<!doctype html", b"<html")
_LONGEST = 64


def demand_one_thing(path: Path, kind: Kind) -> None:
    """Refuse a file that is something else besides, or that holds what every scanner must find (one reading, in pieces)."""
    if kind not in ARCHIVES and zipfile.is_zipfile(path):
        raise Refused(SEVERAL)
    own = (b"PK",) if kind in ARCHIVES else (b"%PDF-",) if kind is Kind.PDF else ()
    others = {start: whole for start, whole in BEGINNINGS.items() if not start.startswith(own)}
    kept = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            piece = kept + chunk
            if EICAR in piece:
                raise Refused(VIRUS)
            if any(start in piece and whole.search(piece) for start, whole in others.items()):
                raise Refused(SEVERAL)
            if kind in PICTURES | SOUNDS and any(word in piece.lower() for word in RUNNABLE):
                raise Refused(SEVERAL)
            kept = piece[-max(len(EICAR), _LONGEST) :]
