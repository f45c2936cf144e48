"""PDF: refused where something in it acts by itself or hides, and written anew without who made it, when and with what."""

from __future__ import annotations

import zlib
from base64 import a85decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream, String
from pypdfium2 import PdfDocument, PdfiumError

from consult.attachments.kinds import DAMAGED, EICAR, VIRUS, Refused
from consult.attachments.pictures import without_words, without_words_of_jp2
from consult.i18n import N_

MOST_OBJECTS, DEEPEST, MOST_PAGES = 200_000, 60, 500
#: Bytes of one stream unpacked, and how many times smaller it may be packed where it unpacks to more than HARMLESS bytes.
MOST_UNPACKED, MOST_RATIO, HARMLESS = 64 * 2**20, 200, 8 * 2**20
MOST_PIXELS = 200_000_000
#: Kinds of actions that run, start, send or open something else.
ACTS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound"}
)
SCRIPTS = ("/JS", "/JavaScript", "/XFA")
FILES = ("/EF", "/EmbeddedFiles", "/RichMediaContent")
#: What tells who made it, or with what.
METADATA = ("/Metadata", "/PieceInfo", "/LastModified", "/CreationDate", "/ModDate", "/DSS", "/SpiderInfo")
#: What a note tells of whose it is and when it was made; what a signature tells, which no longer holds for what is written anew.
OF_NOTES, OF_SIGNATURES = (
    ("/T", "/M", "/NM"),
    ("/Name", "/M", "/Location", "/Reason", "/ContactInfo", "/Cert", "/Prop_Build", "/ByteRange"),
)
#: What names somebody where it is words: as the name of a kind of paragraph it stays.
WRITERS = ("/Author", "/Producer", "/Keywords")
HOLDS_FILES = N_("The PDF holds other files. Save it without them, or hand them in one by one.")
ACTING = N_("The PDF holds a program or an action that starts by itself. Print it to PDF and hand in that.")
TRAP = N_("The file is packed so tightly that it may be a trap. Save it anew from its program.")


def clean_pdf(source: Path, target: Path) -> None:
    """Write a PDF anew without metadata. Raises Refused, saying why, for one that is not taken."""
    try:
        with pikepdf.open(source, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Refused(N_("The PDF is protected by a password. Save it without one."))
            if not len(pdf.pages):
                raise Refused(DAMAGED)
            _demand_end(source)
            _look_through(pdf)
            for key in ("/Info", "/ID"):  # the number of the file from which others were made
                if key in pdf.trailer:
                    del pdf.trailer[key]
            with target.open("w+b") as out:  # by its path it would be written beside it first, under another name
                pdf.save(out, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise Refused(N_("The PDF is protected by a password. Save it without one.")) from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise Refused(DAMAGED) from error


def _demand_end(source: Path) -> None:
    """Refuse a file that goes on after its end: what follows is something else."""
    with source.open("rb") as file:
        file.seek(max(source.stat().st_size - 4096, 0))
        _, found, rest = file.read().rpartition(b"%%EOF")
    if not found:
        raise Refused(DAMAGED)
    if rest.strip(b"\r\n\t \0"):
        raise Refused(N_("Something follows after the end of the PDF. Save it anew from its program."))


def _look_through(pdf: pikepdf.Pdf) -> None:
    """Look at every object, refuse what acts or hides, and take away what tells who made it."""
    for count, one in enumerate(pdf.objects):
        if count > MOST_OBJECTS:
            raise Refused(N_("The PDF holds too many parts. Save it anew, or as several files."))
        for held in _dictionaries(one):
            _demand_still(held)
            _forget(held)
        if isinstance(one, Stream):
            _demand_plain(one)
            _silence(one)


def _dictionaries(one: Object) -> Iterator[Any]:
    """Yield the dictionaries of an object that stand in it directly, itself first."""
    waiting: list[tuple[Any, int]] = [(one, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > DEEPEST:
            raise Refused(DAMAGED)
        if isinstance(here, Dictionary | Stream):
            yield here
            children = [here[key] for key in here.keys()]  # noqa: SIM118  # an object of a PDF is no mapping
        elif isinstance(here, Array):
            children = list(here)
        else:
            continue
        waiting += [
            (child, depth + 1)
            for child in children
            if isinstance(child, Dictionary | Array) and not getattr(child, "is_indirect", False)
        ]


def _demand_still(held: Any) -> None:
    if str(held.get("/S", "")) in ACTS or any(key in held for key in SCRIPTS):
        raise Refused(ACTING)
    if any(key in held for key in FILES) or str(held.get("/Type", "")) == "/EmbeddedFile":
        raise Refused(HOLDS_FILES)
    if str(held.get("/Subtype", "")) in ("/FileAttachment", "/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"):
        raise Refused(HOLDS_FILES)
    if int(held.get("/Width", 0) or 0) * int(held.get("/Height", 0) or 0) > MOST_PIXELS:
        raise Refused(N_("A picture in the PDF is too large. Save it anew with smaller pictures."))


def _forget(held: Any) -> None:
    away = [*METADATA, *(key for key in WRITERS if isinstance(held.get(key), String))]
    if "/ByteRange" in held or str(held.get("/Type", "")) in ("/Sig", "/DocTimeStamp"):
        away += OF_SIGNATURES
        held["/Contents"] = String("")
    elif "/Rect" in held and "/Subtype" in held:
        away += OF_NOTES if str(held["/Subtype"]) != "/Widget" else ("/M", "/NM")  # whose T is the name of a field
    for key in away:
        if key in held:
            del held[key]


def _silence(stream: Any) -> None:
    """Take out of a picture what it says about itself; its pixels stay."""
    *wrapped, form = _filters(stream) or [""]
    clean = {"/DCTDecode": without_words, "/JPXDecode": without_words_of_jp2}.get(form)
    if clean is None:
        return
    raw = stream.read_raw_bytes()
    for name in wrapped:
        if name not in UNWRAP:
            raise Refused(DAMAGED)
        raw = UNWRAP[name](raw)
    given = stream.get("/DecodeParms")
    if isinstance(given, Array):
        given = given[-1] if len(given) else None
    stream.write(clean(raw), filter=Name(form), decode_parms=given if isinstance(given, Dictionary) else None)


def _inflated(raw: bytes) -> bytes:
    inflate = zlib.decompressobj()
    out = inflate.decompress(raw, MOST_UNPACKED)
    if inflate.unconsumed_tail:
        raise Refused(TRAP)
    return out


#: What a picture can be wrapped into once more.
UNWRAP: Mapping[str, Callable[[bytes], bytes]] = {
    "/FlateDecode": _inflated,
    "/ASCII85Decode": lambda raw: a85decode(raw.strip().removeprefix(b"<~").removesuffix(b"~>")),
    "/ASCIIHexDecode": lambda raw: bytes.fromhex(raw.partition(b">")[0].decode("ascii")),
}


def _demand_plain(stream: Any) -> None:
    """Refuse a stream that unpacks to very much, or that holds what every scanner must find."""
    names = _filters(stream)
    if names.count("/FlateDecode") > 1 or len(names) > 3:
        raise Refused(TRAP)
    raw = stream.read_raw_bytes()
    if names[:1] != ["/FlateDecode"] or str(stream.get("/Subtype", "")) == "/Image":
        if EICAR in raw:
            raise Refused(VIRUS)
        return
    inflate, size, kept = zlib.decompressobj(), 0, b""
    waiting = raw
    while waiting and not inflate.eof:
        out = inflate.decompress(waiting, 2**20)
        waiting, size = inflate.unconsumed_tail, size + len(out)
        if size > MOST_UNPACKED or (size > HARMLESS and size > MOST_RATIO * max(len(raw), 1)):
            raise Refused(TRAP)
        if EICAR in kept + out:
            raise Refused(VIRUS)
        kept = out[-len(EICAR) :]


def _filters(stream: Any) -> list[str]:
    filters = stream.get("/Filter")
    return [str(one) for one in filters] if isinstance(filters, Array) else [str(filters)] if filters else []


def text_of_pdf(path: Path, most: int) -> tuple[str, bool]:
    """Return the words of a PDF, at most so many characters, and whether its pages seem to be pictures without any."""
    found: list[str] = []
    size = 0
    try:
        pdf = PdfDocument(path)
        try:
            for number in range(min(len(pdf), MOST_PAGES)):
                page = pdf[number]
                words = page.get_textpage()
                found.append(words.get_text_bounded())
                words.close()
                page.close()
                size += len(found[-1])
                if size > most:
                    break
        finally:
            pdf.close()
    except PdfiumError:
        pass
    text = "\n".join(found)[:most]
    return text, not text.strip()
