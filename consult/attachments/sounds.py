"""Sound recordings: written anew from what is needed to play them, so that nothing they say about themselves is kept."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Any

from consult.attachments.kinds import CHUNK, DAMAGED, Kind, Refused
from consult.attachments.mp3 import clean_mp3
from consult.attachments.mp4 import clean_m4a
from consult.attachments.ogg import clean_ogg

#: Chunks of WAV that hold sound; every other is left out.
SOUND = (b"fmt ", b"fact", b"data")
#: Bytes of the chunk that says how the sound is written: no form of it has more.
LONGEST_FORM = 64


def clean_sound(source: Path, target: Path, kind: Kind) -> None:
    """Write a recording anew. Raises Refused for one that cannot be read, or that holds moving pictures."""
    clean = {Kind.WAV: _clean_wav, Kind.MP3: clean_mp3, Kind.OGG: clean_ogg, Kind.M4A: clean_m4a}[kind]
    try:
        clean(source, target)
    except (struct.error, ValueError, KeyError, IndexError, EOFError) as error:
        raise Refused(DAMAGED) from error


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
                if name in found or (name == b"fmt " and length > LONGEST_FORM):
                    raise Refused(DAMAGED)
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
