"""The kinds of files that are taken: how their content begins, what they are called, as what they are served."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from consult.errors import ConsultError
from consult.i18n import N_, Message


class Kind(StrEnum):
    """A kind of file; the value is the ending of its name."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    ODT = "odt"
    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    MP3 = "mp3"
    OGG = "ogg"
    M4A = "m4a"
    WAV = "wav"


KIND_LABELS: Mapping[Kind, Message] = {
    Kind.PDF: N_("PDF document"),
    Kind.DOCX: N_("Word document"),
    Kind.XLSX: N_("Excel workbook"),
    Kind.ODT: N_("OpenDocument text"),
    Kind.JPEG: N_("Picture"),
    Kind.PNG: N_("Picture"),
    Kind.WEBP: N_("Picture"),
    Kind.MP3: N_("Sound recording"),
    Kind.OGG: N_("Sound recording"),
    Kind.M4A: N_("Sound recording"),
    Kind.WAV: N_("Sound recording"),
}


class Group(StrEnum):
    """Kinds of files that are asked for together."""

    TEXT = "text"
    TABLE = "table"
    PICTURE = "picture"
    SOUND = "sound"


GROUPS: Mapping[Group, frozenset[Kind]] = {
    Group.TEXT: frozenset({Kind.PDF, Kind.DOCX, Kind.ODT}),
    Group.TABLE: frozenset({Kind.XLSX}),
    Group.PICTURE: frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP}),
    Group.SOUND: frozenset({Kind.MP3, Kind.OGG, Kind.M4A, Kind.WAV}),
}
GROUP_LABELS: Mapping[Group, Message] = {
    Group.TEXT: N_("Texts: PDF, Word (DOCX), ODT"),
    Group.TABLE: N_("Tables: Excel (XLSX)"),
    Group.PICTURE: N_("Pictures: JPEG, PNG, WebP"),
    Group.SOUND: N_("Sounds: MP3, OGG, M4A, WAV"),
}
#: The types files are served as: none that a browser runs.
MEDIA_TYPES: Mapping[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.MP3: "audio/mpeg",
    Kind.OGG: "audio/ogg",
    Kind.M4A: "audio/mp4",
    Kind.WAV: "audio/wav",
}
ARCHIVES = frozenset({Kind.DOCX, Kind.XLSX, Kind.ODT})
PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.WEBP})
SOUNDS = frozenset({Kind.MP3, Kind.OGG, Kind.M4A, Kind.WAV})

#: The file that every scanner must call a virus, cut in two so that no scanner finds it here.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*"
CHUNK = 2**20


class Refused(ConsultError):
    """A file was not taken; the message says why, and what can be done."""

    message = N_("This file cannot be taken.")


class NotNow(ConsultError):
    """A file could not be checked now; it may come again later."""

    message = N_("Files cannot be checked now, so none is taken. Try again later; what you wrote is kept.")


UNKNOWN = N_(
    "This is no file of a kind that is taken. Hand in PDF, Word (DOCX), Excel (XLSX), ODT, a picture or a sound."
)
VIRUS = N_("A virus was found in this file.")
SEVERAL = N_("This file is two kinds of file at once. Save it anew from its program.")
DAMAGED = N_("This file is damaged or incomplete. Save it anew from its program.")


def kind_of(path: Path) -> Kind:
    """Return the kind of a file by how its content begins; its name says nothing. Raises Refused for any other."""
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE"):
        return Kind.WEBP if head[8:12] == b"WEBP" else Kind.WAV
    if head.startswith(b"OggS"):
        return Kind.OGG
    if head[4:8] == b"ftyp":
        return Kind.M4A
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return Kind.MP3
    raise Refused(N_("The file is empty.") if not head else UNKNOWN)


def _kind_of_archive(path: Path) -> Kind:
    """Tell by the names in its directory; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refused(DAMAGED) from error
    for part, kind in (("word/document.xml", Kind.DOCX), ("xl/workbook.xml", Kind.XLSX), ("content.xml", Kind.ODT)):
        if part in names:
            return kind
    raise Refused(N_("Archives are not taken. Hand in the files one by one."))
