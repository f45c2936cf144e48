"""The kinds of files that are taken: how their content begins, what they are called, as what they are served."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
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
    "This is no file of a kind that is taken. Hand in PDF, Word (DOCX), Excel (XLSX), ODT, a picture (JPEG, PNG, WebP) or a sound (MP3, M4A, OGG, WAV)."
)
HEIC = N_(
    "Pictures in HEIC or AVIF are not taken. Hand in a JPEG: for new pictures choose it in the settings of the camera (on an iPhone: Formats, Most Compatible; elsewhere switch off high efficiency), of one that you have make a screenshot or send a copy saved as JPEG."
)
RECORDED = N_(
    "Sounds in AAC, AMR or WebM are not taken. Hand in M4A, MP3, OGG or WAV: choose one of them in the settings of the recorder, as its format or file type, or save the recording from there once more."
)
#: What phones make and is not taken, and the kind that is asked for in its place.
INSTEAD = {HEIC.text: Kind.JPEG, RECORDED.text: Kind.M4A}
VIRUS = N_("A virus was found in this file.")
SEVERAL = N_("This file is two kinds of file at once. Save it anew from its program.")
DAMAGED = N_("This file is damaged or incomplete. Save it anew from its program.")


#: How the kinds begin; of two the first.
_BEGIN: Sequence[tuple[re.Pattern[bytes], Kind | Message]] = tuple(
    (re.compile(begin, re.S), kind)
    for begin, kind in (
        (rb"%PDF-", Kind.PDF),
        (rb"\xff\xd8\xff", Kind.JPEG),
        (rb"\x89PNG\r\n\x1a\n", Kind.PNG),
        (rb"RIFF....WEBP", Kind.WEBP),
        (rb"RIFF....WAVE", Kind.WAV),
        (rb"OggS", Kind.OGG),
        (rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", HEIC),
        (rb"....ftyp", Kind.M4A),
        (rb"ID3|\xff[\xe2\xe3\xea\xeb\xf2\xf3\xfa\xfb]", Kind.MP3),
        (rb"#!AMR|\x1a\x45\xdf\xa3|ADIF|\xff[\xf0\xf1\xf8\xf9]", RECORDED),
    )
)


def kind_of(path: Path) -> Kind:
    """Return the kind of a file by how its content begins; its name says nothing. Raises Refused for any other."""
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    found = next((kind for begin, kind in _BEGIN if begin.match(head)), UNKNOWN if head else N_("The file is empty."))
    if isinstance(found, Message):
        raise Refused(found)
    return found


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
