"""Sound recordings: their structure is read, and the words they carry are taken away."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mutagen import MutagenError
from mutagen.apev2 import delete as delete_ape
from mutagen.id3 import delete as delete_id3
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from consult.attachments.kinds import CHUNK, DAMAGED, UNKNOWN, Kind, Refused
from consult.i18n import N_

#: Boxes of MP4 that hold boxes, and those that hold words.
HOLDS, WORDS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"}), frozenset({b"udta", b"meta", b"uuid"})
#: Chunks of WAV that hold sound; every other is left out.
SOUND = (b"fmt ", b"fact", b"data")


def clean_sound(source: Path, target: Path, kind: Kind) -> None:
    """Write a recording without its tags. Raises Refused for one that cannot be read, or that holds moving pictures."""
    try:
        if kind is Kind.WAV:
            _clean_wav(source, target)
            return
        shutil.copyfile(source, target)
        {Kind.MP3: _clean_mp3, Kind.OGG: _clean_ogg, Kind.M4A: _clean_m4a}[kind](target)
    except (MutagenError, struct.error, ValueError, KeyError, IndexError, EOFError) as error:
        raise Refused(DAMAGED) from error


def _clean_mp3(path: Path) -> None:
    delete_ape(path)
    delete_id3(path)
    read: Any = MP3(path)  # type: ignore[no-untyped-call]
    if read.info.sketchy or read.info.length <= 0:
        raise Refused(DAMAGED)


def _clean_ogg(path: Path) -> None:
    for form in (OggOpus, OggVorbis, OggFLAC):
        try:
            read: Any = form(path)
        except MutagenError:
            continue
        if read.info.length <= 0:
            break
        read.delete(path)
        return
    raise Refused(DAMAGED)


def _clean_m4a(path: Path) -> None:
    """Overwrite what holds words with zeros; every box stays where it is, so the places of the sound still fit."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        kinds = list(_boxes(file, 0, size, depth=0))
        if b"vide" in kinds:
            raise Refused(N_("Moving pictures are not taken."))
        if b"soun" not in kinds:
            raise Refused(UNKNOWN)
    read: Any = MP4(path)  # type: ignore[no-untyped-call]
    if read.info.length <= 0:
        raise Refused(DAMAGED)


def _boxes(file: IO[bytes], at: int, end: int, depth: int) -> Iterator[bytes]:
    """Walk the boxes between two places, blank those with words, and yield the kinds of tracks."""
    while at < end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", file.read(8)), 16
        size = size or end - at
        if size < head or at + size > end or depth > 8:
            raise Refused(DAMAGED)
        if name in WORDS:
            _blank(file, at, head, size)
        elif name in HOLDS:
            yield from _boxes(file, at + head, at + size, depth + 1)
        elif name == b"hdlr":
            file.seek(at + head + 8)
            yield file.read(4)
            _zeros(file, at + head + 24, max(size - head - 24, 0))  # the name of the device that recorded it
        at += size


def _blank(file: IO[bytes], at: int, head: int, size: int) -> None:
    file.seek(at + 4)
    file.write(b"free")
    _zeros(file, at + head, size - head)


def _zeros(file: IO[bytes], at: int, count: int) -> None:
    file.seek(at)
    while count > 0:
        file.write(bytes(min(count, CHUNK)))
        count -= CHUNK


def _clean_wav(source: Path, target: Path) -> None:
    size = source.stat().st_size
    with source.open("rb") as file, target.open("wb") as out:
        if struct.unpack("<I", file.read(8)[4:])[0] + 8 > size:
            raise Refused(DAMAGED)
        found, at = set[bytes](), 12
        out.write(b"RIFF\0\0\0\0WAVE")
        while at + 8 <= size:
            file.seek(at)
            name, length = struct.unpack("<4sI", file.read(8))
            if at + 8 + length > size:
                raise Refused(DAMAGED)
            if name in SOUND:
                found.add(name)
                out.write(struct.pack("<4sI", name, length))
                _copy(file, out, length)
                out.write(bytes(length % 2))
            at += 8 + length + length % 2
        if not {b"fmt ", b"data"} <= found:
            raise Refused(DAMAGED)
        whole = out.tell()
        out.seek(4)
        out.write(struct.pack("<I", whole - 8))


def _copy(file: IO[bytes], out: IO[Any], length: int) -> None:
    while length:
        chunk = file.read(min(CHUNK, length))
        out.write(chunk)
        length -= len(chunk)
