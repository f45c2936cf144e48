"""Files made in code, one in order of every kind; each carries the name of a person."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, String
from PIL import Image

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


_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def chart(values: str = "Sheet1!$B$2:$B$3", more: str = "") -> str:
    """Return a chart as Excel writes it, with what it keeps of its cells."""
    return _XML + (
        f'<c:chartSpace xmlns:c="{_CHART}" xmlns:r="{_OFFICE}"><c:chart><c:plotArea><c:barChart><c:ser><c:val><c:numRef>'
        f"<c:f>{values}</c:f><c:numCache><c:pt idx='0'><c:v>3</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>"
        f"</c:barChart></c:plotArea></c:chart>{more}</c:chartSpace>"
    )


def xlsx_with_chart(values: str = "[0]!People", shape: str = 'macro=""', reach: str = "") -> bytes:
    """Return a workbook with a chart on a sheet: drawing, style and colours beside it. `reach` are the chart's relations."""
    related = f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/'
    drawing = f'<xdr:wsDr xmlns:xdr="x:d"><xdr:graphicFrame {shape}/></xdr:wsDr>'
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": f'{_XML}{related}drawing" Target="../drawings/drawing1.xml"/></Relationships>',
        "xl/drawings/drawing1.xml": _XML + drawing,
        "xl/drawings/_rels/drawing1.xml.rels": f'{_XML}{related}chart" Target="../charts/chart1.xml"/></Relationships>',
        "xl/charts/chart1.xml": chart(values),
        "xl/charts/style1.xml": _XML + '<cs:chartStyle xmlns:cs="x:s" id="201"/>',
        "xl/charts/colors1.xml": _XML + '<cs:colorStyle xmlns:cs="x:s" meth="cycle"/>',
        "xl/chartsheets/sheet2.xml": _XML + f'<chartsheet xmlns="{_S}"/>',
        "xl/charts/_rels/chart1.xml.rels": reach or relations(),
    }
    return zipped(xlsx_parts(), **parts)


def docx_with_chart(where: str = "word/charts/_rels/chart1.xml.rels", behind: bytes = b"") -> bytes:
    """Return a text with a chart and the workbook behind it, to which the relations `where` lead."""
    package = f'<Relationship Id="rId1" Type="{_OFFICE}/package" Target="../embeddings/Book1.xlsx"/>'
    data = '<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData>'
    parts: dict[str, bytes | str] = {
        "word/charts/chart1.xml": chart(more=data),
        where: f'{_XML}<Relationships xmlns="{_RELATIONS}">{package}</Relationships>',
        "word/embeddings/Book1.xlsx": behind or zipped(xlsx_parts()),
    }
    return zipped(docx_parts(), **parts)


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


def wav(seconds: int = 1, more: bytes = b"", sound: bytes = b"") -> bytes:
    """Return a second of silence, or other sound of an even number of bytes, with the name of who recorded it."""
    sound = sound or bytes(8000 * seconds)
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


def m4a(handler: bytes = b"soun", more: bytes = b"", made: int = 0) -> bytes:
    """Return an MP4 of one track of two samples, with a name in its words; `more` are further boxes, `made` is when."""
    times = struct.pack(">III", 0, made, made)
    samples = b"\x21\x10\x04" * 20, b"\x21\x20\x05" * 20
    sound = box(b"mp4a", bytes(6) + b"\0\1", bytes(8), struct.pack(">HHHHI", 1, 16, 0, 0, 8000 << 16))
    begin = box(b"ftyp", b"M4A \0\0\0\0M4A mp42isom")

    def head(place: int) -> bytes:
        tables = (
            box(b"stsd", struct.pack(">II", 0, 1), sound),
            box(b"stts", struct.pack(">IIII", 0, 1, 2, 1024)),
            box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 2, 1)),
            box(b"stsz", struct.pack(">IIIII", 0, 0, 2, *map(len, samples))),
            box(b"stco", struct.pack(">III", 0, 1, place)),
        )
        named = box(b"hdlr", bytes(8) + handler + bytes(12) + PERSON.encode() + b"\0")
        inside = box(
            b"mdia",
            box(b"mdhd", times, struct.pack(">IIHH", 8000, 2048, 0, 0)),
            named,
            box(b"minf", box(b"stbl", *tables)),
        )
        track = box(b"trak", box(b"tkhd", times, bytes(72)), inside)
        whole = box(b"mvhd", times, struct.pack(">II", 1000, 256), bytes(80))
        return begin + box(b"moov", whole, track, box(b"udta", PERSON.encode()))

    return head(len(head(0)) + 8) + box(b"mdat", *samples) + more


def ogg() -> bytes:
    """Return an Opus file of half a second with a name in its words."""
    return ogg_of(b"none", [b"ARTIST=" + PERSON.encode()])


def ogg_of(program: bytes, words: Sequence[bytes], beyond: bytes = b"") -> bytes:
    """Return an Opus file of half a second, with the program that made it, its words, and what stands beyond its head."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0) + beyond
    said = struct.pack("<I", len(program)) + program
    said += struct.pack("<I", len(words)) + b"".join(struct.pack("<I", len(one)) + one for one in words)
    pages = _page(0, 2, 0, head) + _page(1, 0, 0, b"OpusTags" + said)
    return pages + _page(2, 4, 24_000, b"\xf8\xff\xfe" * 20)


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
