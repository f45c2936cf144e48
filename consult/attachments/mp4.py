"""M4A: a file of boxes (ISO/IEC 14496-12). Those that are needed to play its sound stay where they are, all else becomes nothing."""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from consult.attachments.kinds import CHUNK, DAMAGED, UNKNOWN, Refused
from consult.i18n import N_

#: Boxes that hold boxes.
HOLDS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"mvex", b"moof", b"traf"})
#: Boxes that say how a sound is played; and those of them that say when it was made, and how.
PLAYS = frozenset(
    {
        *(b"ftyp", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"smhd", b"dref", b"elst", b"stsd", b"stts", b"ctts", b"stsc"),
        *(b"stsz", b"stco", b"co64", b"stss", b"stsh", b"sdtp", b"sgpd", b"sbgp", b"cslg", b"mdat"),
        *(b"mehd", b"trex", b"mfhd", b"tfhd", b"tfdt", b"trun", b"sidx", b"styp"),
    }
)
TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
TABLES = frozenset({b"stsz", b"stsc", b"stco", b"co64"})
DEEPEST, MOST_TABLE = 8, 8 * 2**20
_BRAND = re.compile(rb"M4A |mp4[12]|iso[m2-9]|3g[gp][2-9]|qt  |dash|msdh|msix|hlsf|cmfa")
#: No language (ISO 639-2 "und", packed).
_UNDETERMINED = b"\x55\xc4"


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, where it begins, where its content begins, where it ends; in which boxes it stands, outermost first."""

    name: bytes
    at: int
    content: int
    end: int
    within: tuple[bytes, ...]
    track: int


def clean_m4a(source: Path, target: Path) -> None:
    """Write a sound without words, times, and whatever is not played. Raises Refused for films, and for what is damaged."""
    shutil.copyfile(source, target)
    size = target.stat().st_size
    with target.open("r+b") as file:
        boxes = list(_boxes(file, 0, size, ()))
        sounds = _sounds(file, boxes)
        played = _played(file, boxes, sounds)
        for box in boxes:
            if box.name == b"mdat":
                _leave(file, box, played)
            elif box.name in HOLDS:
                if box.name == b"trak" and box.at not in sounds:
                    _blank(file, box)
            elif box.name not in PLAYS:
                _blank(file, box)
            elif not box.track or box.track in sounds:
                _forget(file, box)


def _boxes(file: IO[bytes], at: int, end: int, within: tuple[bytes, ...], track: int = 0) -> Iterator[Box]:
    """Yield the boxes between two places, each before those in it."""
    while at < end:
        file.seek(at)
        head = file.read(min(16, end - at))
        if len(head) < 8:
            if head.strip(b"\0"):
                raise Refused(DAMAGED)
            return
        size, start = int.from_bytes(head[:4]), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16]), 16
        size = size or end - at
        if size < start or at + size > end or len(within) > DEEPEST:
            raise Refused(DAMAGED)
        name = head[4:8]
        inside = at if name == b"trak" else track
        yield Box(name, at, at + start, at + size, within, inside)
        if name in HOLDS:
            yield from _boxes(file, at + start, at + size, (*within, name), inside)
        at += size


def _sounds(file: IO[bytes], boxes: Sequence[Box]) -> frozenset[int]:
    """Return the tracks that sound, by where they begin."""
    kinds: dict[int, bytes] = {}
    for box in boxes:
        if box.name == b"hdlr" and box.within[-1:] == (b"mdia",):
            file.seek(box.content + 8)
            kinds[box.track] = file.read(4)
    if b"vide" in kinds.values():
        raise Refused(N_("Moving pictures are not taken."))
    if b"soun" not in kinds.values():
        raise Refused(UNKNOWN)
    return frozenset(track for track, kind in kinds.items() if kind == b"soun")


def _played(file: IO[bytes], boxes: Sequence[Box], sounds: frozenset[int]) -> list[tuple[int, int]] | None:
    """Return what is played of a file, from byte to byte, ascending; None where its boxes do not say each sample's size.

    That is so where sound comes in pieces, each with a box of its own, and where all samples have one size.
    """
    if any(box.name == b"moof" for box in boxes):
        return None
    found: list[tuple[int, int]] = []
    for track in sounds:
        tables = {box.name: _read(file, box)[4:] for box in boxes if box.track == track and box.name in TABLES}
        if int.from_bytes(tables[b"stsz"][:4]):
            return None
        found += _chunks(tables)
    if not any(start < end for start, end in found):
        raise Refused(DAMAGED)
    return sorted(found)


def _chunks(tables: Mapping[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Yield where the chunks of a track lie, from byte to byte (ISO/IEC 14496-12, 8.7)."""
    sizes = _numbers(tables[b"stsz"][4:], "I")
    places = _numbers(tables[b"co64"], "Q") if b"co64" in tables else _numbers(tables[b"stco"], "I")
    rows = _numbers(tables[b"stsc"], "III")
    sample, row = 0, 0
    for number, place in enumerate(places, 1):
        while 3 * (row + 1) < len(rows) and rows[3 * (row + 1)] <= number:
            row += 1
        held = rows[3 * row + 1]
        yield place, place + sum(sizes[sample : sample + held])
        sample += held


def _numbers(table: bytes, each: str) -> tuple[int, ...]:
    """Return the numbers of a table whose first four bytes say how many rows it has. Raises struct.error for a shorter one."""
    count = int.from_bytes(table[:4])
    if count > len(table):
        raise Refused(DAMAGED)
    return struct.unpack_from(f">{each * count}", table, 4)


def _read(file: IO[bytes], box: Box) -> bytes:
    if box.end - box.content > MOST_TABLE:
        raise Refused(DAMAGED)
    file.seek(box.content)
    return file.read(box.end - box.content)


def _leave(file: IO[bytes], box: Box, played: Sequence[tuple[int, int]] | None) -> None:
    """Keep of what holds the sound what is played."""
    at = box.content
    for start, end in played or [(box.content, box.end)]:
        if start >= box.content and end <= box.end:
            _zeros(file, at, start - at)
            at = max(at, end)
    _zeros(file, at, box.end - at)


def _blank(file: IO[bytes], box: Box) -> None:
    file.seek(box.at + 4)
    file.write(b"free")
    _zeros(file, box.content, box.end - box.content)


def _forget(file: IO[bytes], box: Box) -> None:
    """Take out of a box that is needed when the sound was made, on what, by whom, and in which language of a telephone."""
    if box.name in TIMED:
        file.seek(box.content)
        long = file.read(1) == b"\1"
        _zeros(file, box.content + 4, 16 if long else 8)
        if box.name == b"mdhd":
            file.seek(box.content + (32 if long else 20))
            file.write(_UNDETERMINED)
    elif box.name == b"hdlr":  # the name of the device that recorded it
        _zeros(file, box.content + 12, box.end - box.content - 12)
    elif box.name in (b"ftyp", b"styp"):
        brands = _read(file, box)
        known = (brands[at : at + 4] for at in range(8, len(brands) - 3, 4))
        file.seek(box.content + 4)
        file.write(bytes(4) + b"".join(brand if _BRAND.fullmatch(brand) else b"isom" for brand in known))
    elif box.name == b"dref":  # where the sound lies: in this file, and nowhere that has an address
        entries = _read(file, box)
        if entries[4:8] != b"\0\0\0\1" or not entries[19] & 1:
            raise Refused(DAMAGED)
        _zeros(file, box.content + 20, box.end - box.content - 20)


def _zeros(file: IO[bytes], at: int, count: int) -> None:
    file.seek(at)
    while count > 0:
        file.write(bytes(min(count, CHUNK)))
        count -= CHUNK
