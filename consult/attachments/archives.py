"""DOCX, XLSX and ODT are ZIP files of XML: measured before anything of them is unpacked, read through, and packed anew."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from pathlib import Path
from xml.parsers import expat

from consult.attachments.foreign import RUNNABLE
from consult.attachments.kinds import DAMAGED, EICAR, SEVERAL, VIRUS, Kind, Refused
from consult.attachments.markup import Reader
from consult.attachments.pictures import painted_inside
from consult.i18n import N_

#: Bytes of all parts unpacked, of one part, and the number of parts.
MOST_UNPACKED, MOST_PART, MOST_PARTS = 96 * 2**20, 24 * 2**20, 2_000
#: How many times smaller than its content a part may be packed where it unpacks to more than HARMLESS bytes.
MOST_RATIO, HARMLESS = 200, 2**20
END = 22  # bytes of the end of a ZIP without a comment
#: Parts that run, or that hold what runs, or that fetch from elsewhere.
MACROS = re.compile(
    r"vbaproject|vbadata|activex|macrosheets|dialogsheets|customui|\.bas$|^basic/|^scripts/|^dialogs/|addin", re.I
)
INSIDE = re.compile(
    r"embeddings/|oleobject|^object ?\d|^objects?/|package\.stream$|afchunk|media/.*\.(?:exe|dll|jar|js)$", re.I
)
OUTSIDE = re.compile(r"externallinks|querytables|connections\.xml$|webextension", re.I)
#: The workbook behind a chart in a text. The chart shows what it keeps of it: the workbook, and the way to it, are left out.
BEHIND_CHART = re.compile(r"^word/embeddings/[^/]+\.xlsx$", re.I)
#: What tells of whoever made it and is no part of what is read: signatures, a small picture of an earlier state, the settings of a
#: printer, the history of a shared workbook, what other programs keep in a document of their own (readers, days, a file's number).
TELLING = re.compile(
    r"^docprops/thumbnail\.|^thumbnails/|^_xmlsignatures/|^meta-inf/(?:document|macro|package)signatures\.xml$|^customxml/|^docmetadata/|"
    r"^(?:xl|word)/printersettings/|^xl/revisions/|^xl/usernames\.xml$|^word/people\.xml$",
    re.I,
)
_CHART = re.compile(r"^word/charts/(?:_rels/)?[^/]+\.(?:xml|rels)$", re.I)
_BEHIND = re.compile(rb"<(c:|)externalData\b[^>]*?(?:/>|>.*?</\1externalData>)", re.S)
#: Where a part is named: in the relations of another, in the list of types, in the list of OpenDocument.
_LISTED = re.compile(
    rb"<(?:[\w.-]+:)?(?:Relationship|Override|file-entry)\s[^>]*?"
    rb"(?:Target|PartName|full-path)=[\"']([^\"']*)[\"'][^>]*?(?:/>|>\s*</(?:[\w.-]+:)?(?:Relationship|Override|file-entry)>)"
)
#: How files begin that have no place inside a document.
FOREIGN = (
    b"PK\x03\x04",
    b"MZ",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
    b"%PDF-",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\xca\xfe\xba\xbe",
    b"MSCF",
    b"{\\rtf",
    b"#!",
)
MAIN = {
    Kind.DOCX: b"wordprocessingml.document.main+xml",
    Kind.XLSX: b"spreadsheetml.sheet.main+xml",
}
_CORE = b"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/"
#: What stands in place of the parts that tell who made a document, when, and with what.
BLANK = {
    "docprops/core.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<cp:coreProperties xmlns:cp="' + _CORE + b'"/>',
    "docprops/app.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<Properties xmlns="'
    + _OFFICE
    + b'extended-properties"/>',
    "docprops/custom.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<Properties xmlns="'
    + _OFFICE
    + b'custom-properties"/>',
    "meta.xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3"/>',
}
#: Names and signs of people that stand beside changes and notes, and the folder a workbook was saved in: emptied.
_NAMED = re.compile(
    rb"(\s(?:[\w.-]+:)?(?:author|initials|userId|userName|displayName|providerId|lastModifiedBy|refreshedBy|docname|export-filename)=)"
    rb"(?:\"[^\"]*\"|'[^']*')"
)
_CREATOR = re.compile(
    rb"(<(?:dc:creator|meta:initial-creator|meta:creator-initials|loext:sender-\w+|(?:[\w.-]+:)?author)(?:\s[^>]*)?>)[^<]*(?=</)"
)
_FOLDER = re.compile(rb"(<[\w.-]+:absPath\s[^>]*?url=)(?:\"[^\"]*\"|'[^']*')")
#: Which printer, in which room, and by which numbers two texts are known to be of one computer (OpenDocument): emptied.
_SETTING = re.compile(
    rb"(<config:config-item\s[^>]*?config:name=[\"'](?:PrinterName|PrinterSetup|PrinterFaxName|Rsid\w*|CurrentDatabase\w+|RedlineProtectionKey)[\"'][^>]*>)"
    rb"[^<]*(?=</)"
)
#: When a change or a note was made, and by which session of writing: left out, where a document may lack it.
_WHEN = re.compile(
    rb"\s(?:[\w.-]+:date(?:Utc)?|dT|refreshedDate(?:Iso)?|[\w.-]+:(?:paragraph-)?rsid\w*)=(?:\"[^\"]*\"|'[^']*')"
)
_ON = re.compile(rb"(<(?:dc:date|meta:date-string|meta:creation-date)(?:\s[^>]*)?>)[^<]*(?=</)")
EPOCH = b"1970-01-01T00:00:00"
#: The name that a picture had as a file, where a program says it in place of a description.
_PICTURE = re.compile(
    rb"((?:<pic:cNvPr\s[^>]*?\bname|<v:imagedata\s[^>]*?\bo:title|\sdescr)=)"
    rb"(?:\"[^\"]*\.(?:jpe?g|png|gif|tiff?|bmp|heic|webp)\"|'[^']*\.(?:jpe?g|png|gif|tiff?|bmp|heic|webp)')",
    re.I,
)
#: Whole elements by which a document is known again, or that keep words of whoever made it beside the text; ways to a printer's settings.
_KNOWN_BY = re.compile(
    rb"<(w:rsids|w:docVars|w15:docId|w14:docId|w15:presenceInfo|xr:revisionPtr|w:printerSettings|(?:svg:)?metadata)\b"
    rb"(?:[^>]*?/>|[^>]*>.*?</\1>)",
    re.S,
)
_PRINTED = re.compile(rb"(<(?:x:)?pageSetup\b[^>]*?)\s[\w.-]+:id=(?:\"[^\"]*\"|'[^']*')")
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=[\"']([\w.-]+)[\"']")

LIMIT = N_("The file holds more than %(limit)s MB once it is unpacked.", limit=MOST_UNPACKED // 2**20)
TRAP = N_("The file is packed so tightly that it may be a trap. Save it anew from its program.")
PASSWORD = N_("The file is protected by a password. Save it without one.")
HOLDS_MACROS = N_("The file holds macros. Save it without them.")
HOLDS_FILES = N_("The file holds other files or objects. Save it without them, or as PDF.")
REACHES_OUT = N_("The file fetches something from elsewhere when it is opened. Save it without such links, or as PDF.")


def clean_archive(source: Path, target: Path, kind: Kind, most_text: int) -> str:
    """Pack a document anew without who made it, and return its words. Raises Refused, saying why, for one that is not taken."""
    reader = Reader(kind, most_text)
    try:
        with zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
            _demand_sound(parts, source)
            behind = _behind_charts(archive) if kind is Kind.DOCX else frozenset()
            _demand_kind(archive, kind, behind)
            left_out = behind | {name for name in archive.namelist() if TELLING.search(name)}
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as clean:
                for part in parts:
                    if not part.is_dir():
                        stored = kind is Kind.ODT and part.filename == "mimetype"
                        made = _cleaned(archive, part, reader, left_out)
                        if made is None:
                            continue
                        how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                        clean.writestr(zipfile.ZipInfo(part.filename), made, how)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError, zlib.error, ValueError) as error:
        raise Refused(DAMAGED) from error
    except expat.ExpatError as error:
        raise Refused(DAMAGED) from error
    return reader.text


def _demand_sound(parts: list[zipfile.ZipInfo], source: Path) -> None:
    """Refuse by what the directory says: Python's zipfile never gives more bytes than stand there."""
    size = source.stat().st_size
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused(LIMIT)
    if any(part.file_size > MOST_PART for part in parts):
        raise Refused(N_("A part of the file is larger than %(limit)s MB.", limit=MOST_PART // 2**20))
    if any(p.file_size > HARMLESS and p.file_size > MOST_RATIO * max(p.compress_size, 1) for p in parts):
        raise Refused(TRAP)
    if sum(part.compress_size for part in parts) > size:  # parts that lie over each other
        raise Refused(TRAP)
    if any(part.flag_bits & 0x2041 for part in parts):
        raise Refused(PASSWORD)
    names = [part.filename for part in parts]
    if len({name.lower() for name in names}) < len(names) or any(_strays(name) for name in names):
        raise Refused(DAMAGED)
    _demand_whole(parts, source, size)


def _strays(name: str) -> bool:
    return name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/")


def _demand_whole(parts: list[zipfile.ZipInfo], source: Path, size: int) -> None:
    """Refuse what stands before or after the archive: then the file is something else besides."""
    with source.open("rb") as file:
        file.seek(max(size - END, 0))
        end = file.read()
    if min((part.header_offset for part in parts), default=1) != 0 or end[:4] != b"PK\x05\x06":
        raise Refused(SEVERAL)


def _behind_charts(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the workbooks that only charts lead to; none where anything else does."""
    names = archive.namelist()
    ways = [name for name in names if name.lower().endswith(".rels") and not _CHART.match(name)]
    if any(b"embeddings/" in archive.read(name).lower() for name in ways):
        return frozenset()
    return frozenset(name for name in names if BEHIND_CHART.match(name))


def _demand_kind(archive: zipfile.ZipFile, kind: Kind, left_out: frozenset[str]) -> None:
    """Refuse a document whose own words call it something else: one with macros, a template, a drawing."""
    names = [part.filename for part in archive.infolist() if part.filename not in left_out]
    for pattern, why in ((MACROS, HOLDS_MACROS), (INSIDE, HOLDS_FILES), (OUTSIDE, REACHES_OUT)):
        if any(pattern.search(name) for name in names):
            raise Refused(why)
    if kind is Kind.ODT:
        if archive.read("mimetype").strip() != b"application/vnd.oasis.opendocument.text":
            raise Refused(N_("Of OpenDocument, texts (ODT) are taken. Save it as ODT or PDF."))
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise Refused(PASSWORD)
        return
    types = archive.read("[Content_Types].xml")
    if b"macroenabled" in types.lower() or b"vbaproject" in types.lower():
        raise Refused(HOLDS_MACROS)
    if MAIN[kind] not in types:
        raise Refused(DAMAGED)


def _cleaned(archive: zipfile.ZipFile, part: zipfile.ZipInfo, reader: Reader, left_out: frozenset[str]) -> bytes | None:
    """Return a part as it goes into the new archive, None for one that is left out."""
    content = archive.read(part)
    if EICAR in content:
        raise Refused(VIRUS)
    if part.filename in left_out:
        return None
    if content.startswith(FOREIGN):
        raise Refused(HOLDS_FILES)
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(RUNNABLE):
        raise Refused(HOLDS_FILES)
    name = part.filename.lower()
    if name in BLANK:
        reader.read(name, content)
        return BLANK[name]
    if name.endswith((".xml", ".rels", ".vml", ".rdf")) or content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<?xml"):
        _demand_utf8(content)
        reader.read(name, content)
        if _CHART.match(name):
            content = _BEHIND.sub(b"", content)
        return _silent(_unlisted(content, part.filename, left_out))
    return painted_inside(content)


def _unlisted(content: bytes, part: str, left_out: frozenset[str]) -> bytes:
    """Return a part that names other parts without those that are left out."""
    lower = part.lower()
    if not left_out or not (lower.endswith((".rels", "manifest.xml")) or lower == "[content_types].xml"):
        return content
    # Relations are named from the folder of the part that they are of; all else from the whole document.
    folder = posixpath.dirname(posixpath.dirname(part)) if lower.endswith(".rels") else ""

    def kept(found: re.Match[bytes]) -> bytes:
        target = found[1].decode("utf-8", "replace")
        named = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        return b"" if named in left_out else found[0]

    return _LISTED.sub(kept, content)


def _silent(content: bytes) -> bytes:
    """Return XML without the names, days and marks of whoever wrote it; what is read in it stays."""
    for pattern, instead in (
        (_KNOWN_BY, b""),
        (_WHEN, b""),
        (_NAMED, rb'\1""'),
        (_CREATOR, rb"\1"),
        (_FOLDER, rb'\1""'),
        (_SETTING, rb"\1"),
        (_ON, rb"\g<1>" + EPOCH),
        (_PICTURE, rb'\1""'),
        (_PRINTED, rb"\1"),
    ):
        content = pattern.sub(instead, content)
    return content


def _demand_utf8(content: bytes) -> None:
    """Refuse XML in any other writing: what is looked for as bytes would not be found in it."""
    declared = _ENCODING.match(content)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"utf8")
    ):
        raise Refused(DAMAGED)
