"""Files that tell: one of every kind, with a name, a place and a day in every part in which programs and devices write them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from consult.testing.attached_files import (
    PERSON,
    box,
    docx_parts,
    m4a,
    mp3,
    odt_parts,
    ogg_of,
    pdf,
    picture,
    wav,
    xlsx_parts,
    zipped,
)

PLACE, DAY = "Ghat 24.9647N", "2026-03-14"
#: What tells, in the form that stands in files; `MADE` is the day in the seconds of MP4, since 1904.
TELLING = f"{PERSON} {PLACE} {DAY}"
MADE = 3_856_327_200
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_RDF = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r>{TELLING}</r></x:xmpmeta>'


def said_in(content: bytes) -> list[str]:
    """Return what of it still stands in a file, its parts unpacked, in any of the forms in which text is written."""
    wanted = [*TELLING.split(), PLACE, PERSON, DAY.replace("-", ":"), DAY.replace("-", "")]
    forms = {word: {word.encode(how) for how in ("utf-8", "utf-16-le", "utf-16-be")} for word in wanted}
    forms["seconds"] = {struct.pack(">I", MADE), struct.pack(">Q", MADE)}
    parts = list(_parts(content))
    return sorted(word for word, writings in forms.items() if any(one in part for one in writings for part in parts))


def _parts(content: bytes) -> Iterator[bytes]:
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from _parts(archive.read(name))
    if content.startswith(b"%PDF"):
        with pikepdf.open(BytesIO(content)) as opened:
            for one in opened.objects:
                yield one.unparse()
                if isinstance(one, Stream):
                    yield one.read_raw_bytes()
                    yield (
                        one.read_bytes() if "DCT" not in str(one.get("/Filter")) + "DCT" * ("JPX" in str(one)) else b""
                    )
    if content.startswith(b"\x89PNG"):
        for kind, chunk in _chunks(content):
            yield kind
            yield zlib.decompress(chunk) if kind == b"IDAT" else chunk


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def telling_files() -> dict[str, bytes]:
    """Return the files, by the ending of their name."""
    return {
        "pdf": _pdf(),
        "docx": _docx(),
        "xlsx": _xlsx(),
        "odt": _odt(),
        "jpg": telling_jpeg(),
        "png": _png(),
        "webp": _webp(),
        "mp3": _mp3(),
        "ogg": _ogg(),
        "m4a": _m4a(),
        "wav": _wav(),
    }


def telling_jpeg() -> bytes:
    """Return a photograph with EXIF, XMP, Photoshop's and other parts, a comment, and words after its end."""
    plain = picture(comment=TELLING.encode(), icc_profile=TELLING.encode())
    words = TELLING.encode()
    parts = b"".join(
        b"\xff" + bytes([mark]) + struct.pack(">H", 2 + len(one)) + one
        for mark, one in (
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + _RDF.encode()),
            (0xE2, b"FPXR\0" + words),
            (0xED, b"Photoshop 3.0\0" + words),
            (0xEF, words),
        )
    )
    return plain[:2] + parts + plain[2:] + words


def _png() -> bytes:
    said = PngInfo()
    said.add_text("Author", TELLING)
    said.add_text("Comment", TELLING, zip=True)
    said.add_itxt("XML:com.adobe.xmp", _RDF)
    said.add(b"tIME", struct.pack(">HBBBBB", 2026, 3, 14, 10, 0, 0))
    said.add(b"vpAg", TELLING.encode())
    return picture("PNG", pnginfo=said, icc_profile=TELLING.encode())


def _webp() -> bytes:
    return picture("WEBP", xmp=_RDF.encode(), icc_profile=TELLING.encode())


def other_pictures() -> dict[str, bytes]:
    """Return pictures as they stand in documents only."""
    made = {}
    for form, more in (
        ("GIF", {"comment": TELLING.encode()}),
        ("TIFF", {"description": TELLING, "artist": TELLING}),
        ("BMP", {}),
    ):
        out = BytesIO()
        Image.new("RGB", (20, 10), (40, 110, 120)).save(out, form, **more)
        made[form.lower()] = out.getvalue()
    return made


def _id3(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">I", len(content)) + b"\0\0" + content


def _mp3() -> bytes:
    words = b"\x03" + TELLING.encode()
    frames = b"".join(
        _id3(name, content)
        for name, content in (
            (b"TPE1", words),
            (b"TDRC", words),
            (b"COMM", b"\x03eng\0" + TELLING.encode()),
            (b"GEOB", b"\0text/plain\0a\0b\0" + TELLING.encode()),
            (b"TENC", b"\x01" + TELLING.encode("utf-16")),
        )
    )
    tag = b"ID3\x03\0\0" + bytes([0, 0, len(frames) >> 7, len(frames) & 127]) + frames
    item = struct.pack("<II", len(TELLING), 0) + b"Artist\0" + TELLING.encode()
    ape, end = (
        b"APETAGEX" + struct.pack("<IIII", 2000, 32 + len(item), 1, flags) + bytes(8)
        for flags in (0xA000_0000, 0x8000_0000)
    )
    lyrics = b"LYRICSBEGININD00002" + TELLING.encode() + b"000049LYRICS200"
    sound = mp3()[-128 - 40 * 417 : -128]
    head = bytearray(417)
    head[:4], head[36:44] = b"\xff\xfb\x90\x00", b"Info\0\0\0\x0f"
    head[156 : 156 + len(TELLING)] = TELLING.encode()
    old = (b"TAG" + b"title".ljust(30, b"\0") + TELLING.encode()).ljust(128, b"\0")[:128]
    return tag * 2 + bytes(head) + sound + ape + item + end + lyrics + old


def _ogg() -> bytes:
    block = b64encode(TELLING.encode())
    words = [b"ARTIST=" + TELLING.encode(), b"METADATA_BLOCK_PICTURE=" + block + TELLING.encode()]
    return ogg_of(TELLING.encode(), words, beyond=TELLING.encode()) + TELLING.encode()


def _m4a() -> bytes:
    words = TELLING.encode()
    place = box(b"udta", box(b"\xa9xyz", words), box(b"\xa9day", words), box(b"name", words))
    more = [
        box(name, words) for name in (b"free", b"skip", b"wide", b"uuid", b"iods", b"SDLN", b"smrd", b"mfra", b"prft")
    ]
    return m4a(
        made=MADE, more=b"".join([place, *more, box(b"meta", bytes(4), box(b"ilst", words)), box(b"mdat", words)])
    )


def _wav() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)

    words = TELLING.encode()
    named = (b"LIST", b"INFO" + chunk(b"IART", words)), (b"iXML", words), (b"id3 ", words), (b"_PMX", _RDF.encode())
    return wav(more=b"".join(chunk(*one) for one in ((b"bext", words.ljust(602, b"\0")), *named, (b"junk", words))))


def _pdf() -> bytes:
    def tell(made: pikepdf.Pdf) -> None:
        words = String(TELLING)
        page = made.pages[0].obj
        info = {"/Author": words, "/Creator": words, "/Producer": words, "/CreationDate": words, "/ModDate": words}
        for key, value in info.items():
            made.docinfo[key] = value
        made.Root.Metadata = page.Metadata = made.make_stream(_RDF.encode(), Type=Name.Metadata, Subtype=Name.XML)
        page.LastModified = words
        made.Root.PieceInfo = page.PieceInfo = Dictionary(Illustrator=Dictionary(Private=words, LastModified=words))
        made.Root.Threads = Array([made.make_indirect(Dictionary(I=Dictionary(Author=words, CreationDate=words)))])
        made.Root.DSS = Dictionary(Certs=Array([made.make_stream(TELLING.encode())]))
        signed = Dictionary(Type=Name.Sig, Name=words, M=words, Location=words, Reason=words, ContactInfo=words)
        signed.Contents, signed.ByteRange = words, Array([0, 1, 2, 3])
        note: dict[str, Any] = {
            "Subtype": Name.Text,
            "Rect": Array([0, 0, 9, 9]),
            "T": words,
            "M": words,
            "CreationDate": words,
            "NM": words,
        }
        field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 9, 9]), T=String("f"), M=words)
        field.FT, field.V = Name.Sig, made.make_indirect(signed)
        shown = made.make_indirect(field)
        page.Annots = Array([Dictionary(Type=Name.Annot, **note), Dictionary(**note), shown])
        made.Root.AcroForm = Dictionary(Fields=Array([shown]))
        facts: dict[str, Any] = {
            "Subtype": Name.Image,
            "Width": 64,
            "Height": 48,
            "ColorSpace": Name.DeviceRGB,
            "BitsPerComponent": 8,
        }
        jpeg = telling_jpeg()
        jp2 = (
            box(b"jP  ", b"\r\n\x87\n")
            + box(b"uuid", TELLING.encode())
            + box(b"xml ", _RDF.encode())
            + box(b"jp2c", b"x")
        )
        page.Resources.XObject = Dictionary(
            One=Stream(made, jpeg, Filter=Name.DCTDecode, Metadata=page.Metadata, **facts),
            Two=Stream(made, zlib.compress(jpeg), Filter=Array([Name.FlateDecode, Name.DCTDecode]), **facts),
            Three=Stream(
                made, jpeg.hex().encode() + b">", Filter=Array([Name.ASCIIHexDecode, Name.DCTDecode]), **facts
            ),
            Four=Stream(made, jp2, Filter=Name.JPXDecode, **facts),
        )

    return pdf(tell)


_W15 = 'xmlns:w15="x:w15" xmlns:w14="x:w14" xmlns:pic="x:p" xmlns:v="x:v" xmlns:o="x:o"'


def _docx() -> bytes:
    who = f'w:author="{TELLING}" w:initials="{PERSON}" w:date="{DAY}T10:00:00Z"'
    body = (
        f"<w:p {_W15} w:rsidR=\"{DAY}\" w:rsidRPr='{DAY}'><w:ins {who}/><w:del {who}/><w:rPrChange {who}/>"
        f'<pic:cNvPr id="1" name="IMG {TELLING}.jpg" descr="C:\\{TELLING}\\a.jpg"/><v:imagedata o:title="{TELLING}.jpg"/></w:p>'
    )
    w = 'xmlns:w="x:w" xmlns:w15="x:w15" xmlns:w16cex="x:c"'
    related = (
        f'{_XML}<Relationships xmlns="x:r"><Relationship Id="r1" Type="x/people" Target="people.xml"/>'
        '<Relationship Id="r2" Type="x/customXml" Target="../customXml/item1.xml"/></Relationships>'
    )
    return zipped(
        {
            **docx_parts(body),
            "word/comments.xml": f"{_XML}<w:comments {w}><w:comment {who}/></w:comments>",
            "word/commentsExtensible.xml": f'{_XML}<w16cex:c {w} w16cex:dateUtc="{DAY}T10:00:00Z"/>',
            "word/people.xml": f'{_XML}<w15:people {w}><w15:person w15:author="{TELLING}"><w15:presenceInfo '
            f'w15:providerId="AD" w15:userId="{TELLING}"/></w15:person></w15:people>',
            "word/settings.xml": f'{_XML}<w:settings {w}><w:rsids><w:rsid w:val="{DAY}"/></w:rsids><w15:docId w15:val="{TELLING}"/>'
            f'<w:docVars><w:docVar w:name="a" w:val="{TELLING}"/></w:docVars></w:settings>',
            "word/_rels/document.xml.rels": related,
            "customXml/item1.xml": f"{_XML}<a>{TELLING}</a>",
            "_xmlsignatures/sig1.xml": f"{_XML}<a>{TELLING}</a>",
            "docMetadata/LabelInfo.xml": f"{_XML}<a>{TELLING}</a>",
            "docProps/app.xml": f"{_XML}<a><Company>{TELLING}</Company></a>",
            "docProps/custom.xml": f"{_XML}<a>{TELLING}</a>",
            "docProps/thumbnail.jpeg": telling_jpeg(),
            "word/media/image1.jpeg": telling_jpeg(),
            "word/media/image2.png": _png(),
            "word/media/image3.webp": _webp(),
            "word/media/image4.svg": f'{_XML}<svg docname="{TELLING}"><metadata>{TELLING}</metadata></svg>',
            **{f"word/media/other.{ending}": content for ending, content in other_pictures().items()},
        },
    )


def _xlsx() -> bytes:
    return zipped(
        {
            **xlsx_parts(),
            "xl/comments1.xml": f'{_XML}<x:comments xmlns:x="x:s"><x:authors><x:author>{TELLING}</x:author></x:authors></x:comments>',
            "xl/threadedComments/threadedComment1.xml": f'{_XML}<t><c dT="{DAY}T10:00:00" personId="1"/></t>',
            "xl/persons/person.xml": f'{_XML}<p><person displayName="{TELLING}" userId="{TELLING}" providerId="{TELLING}"/></p>',
            "xl/pivotCache/pivotCacheDefinition1.xml": f'{_XML}<p refreshedBy="{TELLING}" refreshedDateIso="{DAY}"/>',
            "xl/workbook2.xml": f'{_XML}<w xmlns:a="x:a" xmlns:xr="x:r"><a:absPath url="C:\\{TELLING}"/>'
            f'<fileSharing userName="{TELLING}"/><xr:revisionPtr documentId="{TELLING}"/></w>',
            "xl/worksheets/sheet2.xml": f'{_XML}<w xmlns:r="x:r"><pageSetup orientation="portrait" r:id="r1"/></w>',
            "xl/worksheets/_rels/sheet2.xml.rels": f'{_XML}<Relationships><Relationship Id="r1" Type="x" '
            'Target="../printerSettings/printerSettings1.bin"/></Relationships>',
            "xl/printerSettings/printerSettings1.bin": TELLING.encode("utf-16-le"),
            "xl/revisions/revisionHeaders.xml": f'{_XML}<h userName="{TELLING}" dateTime="{DAY}"/>',
            "docProps/app.xml": f"{_XML}<a><Manager>{TELLING}</Manager></a>",
            "docProps/custom.xml": f"{_XML}<a>{TELLING}</a>",
            "xl/media/image1.jpeg": telling_jpeg(),
        },
    )


def _odt() -> bytes:
    change = f"<dc:creator>{TELLING}</dc:creator><dc:date>{DAY}T10:00:00</dc:date>"
    body = (
        f"<text:changed-region><office:change-info>{change}</office:change-info></text:changed-region><office:annotation>"
        f'{change}<meta:creator-initials xmlns:meta="x:m">{PERSON}</meta:creator-initials></office:annotation>'
    )

    def setting(name: str) -> str:
        return f'<config:config-item config:name="{name}" config:type="string">{TELLING}</config:config-item>'

    named = "".join(setting(name) for name in ("PrinterName", "PrinterSetup", "Rsid", "RsidRoot"))
    listed = '<manifest:file-entry manifest:full-path="Thumbnails/thumbnail.png" manifest:media-type="image/png"/>'
    return zipped(
        {
            **odt_parts(body),
            "settings.xml": f'{_XML}<s xmlns:config="x:c">{named}</s>',
            "styles.xml": f'{_XML}<s xmlns:officeooo="x:o" officeooo:rsid="{DAY}" officeooo:paragraph-rsid="{DAY}"/>',
            "Thumbnails/thumbnail.png": _png(),
            "META-INF/documentsignatures.xml": f"{_XML}<a>{TELLING}</a>",
            "META-INF/manifest.xml": f'{_XML}<manifest:manifest xmlns:manifest="x:m">{listed}</manifest:manifest>',
            "Pictures/1.jpg": telling_jpeg(),
        },
    )


#: Other files, as they stand behind, before or within one.
SECOND_FILES: dict[str, bytes] = {
    "ZIP": zipped({"a.txt": b"a"}),
    "RAR": b"Rar!\x1a\x07\x01\x00" + bytes(range(200)),
    "old RAR": b"Rar!\x1a\x07\x00" + bytes(range(200)),
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(range(200)),
    "EXE": b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0\x64\x86" + bytes(range(200)),
    "ELF": b"\x7fELF\x02\x01\x01" + bytes(range(200)),
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "PDF": pdf(),
    "CAB": b"MSCF\0\0\0\0" + bytes(range(200)),
    "class": b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(range(200)),
    "Word of 1997": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(200)),
    "RTF": b"{\\rtf1 a}",
}


def with_second(kind: str, good: bytes, second: bytes) -> dict[str, bytes]:
    """Return a file of a kind with another in front, behind, and in a part that is not shown, played or read."""
    return {"in front": second + good, "behind": good + second, "within": WITHIN[kind](good, second)}


def _part(name: str) -> Callable[[bytes, bytes], bytes]:
    def put(good: bytes, second: bytes) -> bytes:
        with zipfile.ZipFile(BytesIO(good)) as archive:
            return zipped({one: archive.read(one) for one in archive.namelist()}, **{name: second})

    return put


def _in_png(good: bytes, second: bytes) -> bytes:
    chunk = struct.pack(">I", len(second)) + b"prVt" + second + struct.pack(">I", zlib.crc32(b"prVt" + second))
    return good[:33] + chunk + good[33:]


def _in_pdf(good: bytes, second: bytes) -> bytes:
    def put(made: Any) -> None:
        made.Root["/Extra"] = Stream(made, second)

    return pdf(put, compress_streams=False)


def _in_id3(good: bytes, second: bytes) -> bytes:
    frame = _id3(b"PRIV", b"a\0" + second)
    return b"ID3\x03\0\0" + bytes(len(frame) >> 7 * place & 127 for place in (3, 2, 1, 0)) + frame + good


WITHIN: dict[str, Callable[[bytes, bytes], bytes]] = {
    "pdf": _in_pdf,
    "docx": _part("word/media/a.dat"),
    "xlsx": _part("xl/media/a.dat"),
    "odt": _part("Pictures/a.dat"),
    "jpg": lambda good, second: good[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(second)) + second + good[2:],
    "png": _in_png,
    "webp": lambda good, second: (
        b"RIFF"
        + struct.pack("<I", len(good) + len(second) + len(second) % 2)
        + good[8:]
        + b"prVt"
        + struct.pack("<I", len(second))
        + second
        + bytes(len(second) % 2)
    ),
    "mp3": _in_id3,
    "ogg": lambda good, second: ogg_of(b"", [b"COVER=" + second]),
    "m4a": lambda good, second: good + box(b"free", second),
    "wav": lambda good, second: wav(more=b"junk" + struct.pack("<I", len(second)) + second + bytes(len(second) % 2)),
}
