"""Pictures: measured before they are read, then painted anew, so that nothing but their pixels is kept."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from consult.attachments.kinds import DAMAGED, Kind, Refused
from consult.i18n import N_

#: Pixels that a file may declare: a JPEG can be read at a fraction of its size, the others cannot, and WebP lies there twice.
MOST_PIXELS = {Kind.JPEG: 64_000_000, Kind.PNG: 12_000_000, Kind.WEBP: 6_000_000}
#: Pixels along the longer side of a JPEG that is kept as it is; a larger one is halved until it fits.
LONGEST = 4_096
FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.WEBP: "WEBP"}
QUALITY = 88
#: How pictures of points begin that stand in documents.
BEGINNINGS = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.S),
    "GIF": re.compile(rb"GIF8[79]a"),
    "TIFF": re.compile(rb"II\*\0|MM\0\*"),
    "BMP": re.compile(rb"BM....\0\0\0\0", re.S),
}
#: Pixels above which a library that gives up has likely met the limit of memory.
HARMLESS = 6_000_000
#: Parts of a JPEG that say something about it: comments and every APPn but JFIF's size and Adobe's sense of colours.
_SAYING = frozenset({0xFE, *range(0xE1, 0xEE), 0xEF})
#: Boxes of a JPEG 2000 that are needed to paint it.
_PAINTING = frozenset({b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jp2c"})
TOO_MUCH = N_("The picture is damaged, or needs more memory to check than a picture may. Save it anew and smaller.")

Image.MAX_IMAGE_PIXELS = None  # our own limit comes first, and says why
ImageFile.LOAD_TRUNCATED_IMAGES = False


def clean_picture(source: Path | IO[bytes], kind: Kind) -> bytes:
    """Return a picture painted anew, without place, time, device, profile or words. Raises Refused."""
    large = False
    try:
        with Image.open(source, formats=[FORMATS[kind]]) as image:
            _demand_small(image, kind)
            large = image.width * image.height > HARMLESS
            if kind is Kind.JPEG:
                _halve(image)
            ImageOps.exif_transpose(image, in_place=True)
            return _painted(image, kind)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Refused(TOO_MUCH if large else DAMAGED) from error


def painted_inside(content: bytes) -> bytes:
    """Return a part of a document painted anew where it is a picture of points, and as it is where it is none.

    Of several pictures in one, as those that move are, the first is kept. Raises Refused.
    """
    form = next((form for form, begins in BEGINNINGS.items() if begins.match(content)), "")
    for kind, name in FORMATS.items():
        if name == form:
            return clean_picture(BytesIO(content), kind)
    if not form:
        return content
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            _demand_pixels(image, Kind.PNG)
            plain = image.copy() if image.mode in ("1", "L", "P", "RGB", "RGBA") else image.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise Refused(DAMAGED) from error
    plain.info = {key: plain.info[key] for key in ("transparency",) if key in plain.info}
    out = BytesIO()
    plain.save(out, form, **({"compression": "tiff_adobe_deflate"} if form == "TIFF" else {}))
    return out.getvalue()


def without_words(jpeg: bytes) -> bytes:
    """Return a JPEG as it stands inside a document without place, time, device, profile, comment, or what follows its end.

    Its pixels are not touched (ISO/IEC 10918-1, annex B). Raises Refused for one whose parts do not follow each other.
    """
    kept, at = bytearray(jpeg[:2]), 2
    while jpeg[at : at + 1] == b"\xff":
        while jpeg[at + 1 : at + 2] == b"\xff":  # bytes that fill
            at += 1
        mark, size = jpeg[at + 1 : at + 2], int.from_bytes(jpeg[at + 2 : at + 4])
        if mark == b"\xda":
            end = jpeg.find(b"\xff\xd9", at)
            return bytes(kept + (jpeg[at:] if end < 0 else jpeg[at : end + 2]))
        if not mark or size < 2:
            break
        if mark[0] not in _SAYING:
            kept += jpeg[at : at + 2 + size]
        at += 2 + size
    raise Refused(DAMAGED)


def without_words_of_jp2(picture: bytes) -> bytes:
    """Return a JPEG 2000 as it stands inside a document without the boxes that say something (ISO/IEC 15444-1, annex I).

    One that is only pixels, without boxes, comes back as it is. Raises Refused for one whose boxes do not follow each other.
    """
    if picture.startswith(b"\xff\x4f"):
        return picture
    kept, at = bytearray(), 0
    while at < len(picture):
        size, head = int.from_bytes(picture[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(picture[at + 8 : at + 16]), 16
        size = size or len(picture) - at
        if size < head or at + size > len(picture):
            raise Refused(DAMAGED)
        if picture[at + 4 : at + 8] in _PAINTING:
            kept += picture[at : at + size]
        at += size
    return bytes(kept)


def _halve(image: Image.Image) -> None:
    """Let a large JPEG be read at a half, a fourth or an eighth: at no moment do all its pixels lie in memory."""
    scale = 1
    while scale < 8 and max(image.size) > LONGEST * scale:
        scale *= 2
    image.draft("RGB", (image.width // scale, image.height // scale))


def _demand_small(image: Image.Image, kind: Kind) -> None:
    _demand_pixels(image, kind)
    if getattr(image, "n_frames", 1) > 1 and kind is not Kind.JPEG:
        raise Refused(N_("Moving pictures are not taken."))


def _demand_pixels(image: Image.Image, kind: Kind) -> None:
    limit = MOST_PIXELS[kind]
    if image.width * image.height > limit:
        raise Refused(
            N_("The picture has more than %(limit)s million pixels. Make it smaller.", limit=limit // 1_000_000)
        )


def _painted(image: Image.Image, kind: Kind) -> bytes:
    if kind is Kind.JPEG and image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    elif image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGBA" if "A" in image.mode else "RGB")
    elif kind is Kind.WEBP and image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA")
    clear = image.info.get("transparency")
    image.info = {} if clear is None or kind is Kind.JPEG else {"transparency": clear}
    out = BytesIO()
    given = {} if kind is Kind.PNG else {"quality": QUALITY}
    image.save(out, FORMATS[kind], **given)
    return out.getvalue()
