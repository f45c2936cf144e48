"""The faces a document is printed in, and which characters they have.

A missing character makes a PDF/UA file invalid, and typst refuses the whole document; so what no face has is replaced by
an empty box before it gets there. Only these faces are used, whatever the machine has, so that the same edition gives the
same bytes everywhere.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import fontpkg_amiri

REPLACEMENT = "□"

# What Libertinus Serif, which comes inside typst, adds to Amiri: Latin (Hausa, Tamazight, Vietnamese), Greek, Cyrillic,
# signs of currency, letter-like signs, arrows, mathematics, shapes. Found by setting every character; a test sets them again.
_LIBERTINUS = (
    (0x0180, 0x01E5),
    (0x01E8, 0x0236),
    (0x0238, 0x02BA),
    (0x0329, 0x036F),
    (0x037A, 0x037E),
    (0x0384, 0x038A),
    (0x038C, 0x038C),
    (0x038E, 0x03A1),
    (0x03A3, 0x03CE),
    (0x03FD, 0x0477),
    (0x048C, 0x04C4),
    (0x04D0, 0x04F9),
    (0x1E00, 0x1EF1),
    (0x1EF4, 0x1EF9),
    (0x20AB, 0x20AB),
    (0x20B9, 0x20B9),
    (0x20BF, 0x20BF),
    (0x2103, 0x2103),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x219B),
    (0x2200, 0x220D),
    (0x220F, 0x2211),
    (0x221B, 0x222E),
    (0x2260, 0x2262),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
    (0x25B2, 0x25B3),
    (0x25CE, 0x25D7),
    (0x2605, 0x2605),
    (0x2714, 0x2714),
    (0x2718, 0x2718),
)
_JOINING = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\u061c\u00ad\u00a0\u202f \n")
_PRIVATE = range(0xE000, 0xF900)


_FACES = ("Amiri-Regular.ttf", "Amiri-Italic.ttf", "Amiri-Bold.ttf", "Amiri-BoldItalic.ttf")


def font_directory() -> Path:
    """Return the folder with the four faces of Amiri."""
    return Path(fontpkg_amiri.__file__).parent / "files"


def font_paths() -> tuple[Path, ...]:
    """Return where the four faces of Amiri should be."""
    return tuple(font_directory() / face for face in _FACES)


@cache
def covered() -> frozenset[str]:
    """Return every character that can be printed upright, bold and slanted."""
    upright, *others = (set(_characters(path.read_bytes())) for path in font_paths())
    shared = upright.intersection(*others)
    supplement = {code for first, last in _LIBERTINUS for code in range(first, last + 1)}
    codes = (shared | supplement) - set(_PRIVATE) - set(range(0x20)) - set(range(0x202A, 0x202F))
    codes -= {0x7F, 0xFEFF, 0xFFFF, 0x2028, 0x2029}
    return frozenset(map(chr, codes)) | _JOINING


def printable(text: str) -> str:
    """Return the text with every character that no face has replaced by an empty box."""
    return _lacking().sub(REPLACEMENT, text)


@cache
def _lacking() -> re.Pattern[str]:
    """Return the pattern of what is lacking, as ranges, so that a megabyte is searched in milliseconds."""
    codes = sorted(map(ord, covered()))
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return re.compile("[^" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]")


def _characters(font: bytes) -> Iterator[int]:
    """Give the code points of a font's character map (OpenType `cmap`, formats 4 and 12)."""
    tables = (font[12 + 16 * n : 28 + 16 * n] for n in range(_short(font, 4)))
    cmap = next(_long(entry, 8) for entry in tables if entry[:4] == b"cmap")
    for number in range(_short(font, cmap + 2)):
        at = cmap + _long(font, cmap + 8 + 8 * number)
        match _short(font, at):
            case 4:
                count = _short(font, at + 6) // 2
                ends = struct.unpack_from(f">{count}H", font, at + 14)
                starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
                for first, last in zip(starts, ends, strict=True):
                    yield from range(first, last + 1)
            case 12:
                for group in range(_long(font, at + 12)):
                    first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * group)
                    yield from range(first, last + 1)


def _short(font: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", font, at)[0])


def _long(font: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", font, at)[0])
