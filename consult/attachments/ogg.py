"""OGG: one stream of Opus, Vorbis or FLAC, written anew page by page with nothing said in it (RFC 3533, RFC 7845)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.ogg import OggPage

from consult.attachments.kinds import DAMAGED, SEVERAL, Refused
from consult.attachments.mp3 import MOST_ODD

#: The number that every stream gets in place of its own.
STREAM = 1
OPUS, VORBIS, FLAC = b"OpusHead", b"\x01vorbis", b"\x7fFLAC"
#: A comment in which neither a program nor anybody else says anything.
_NOTHING = struct.pack("<II", 0, 0)


def clean_ogg(source: Path, target: Path) -> None:
    """Write a sound without its comments and pictures. Raises Refused for several streams, or one that is damaged."""
    pages = _pages(source)
    heads = _bare(_heads(pages))
    position = 0
    with target.open("wb") as out:
        begin: Any = OggPage()
        begin.packets, begin.first = heads[:1], True
        more = OggPage.from_packets(heads[1:], sequence=1)
        for number, page in enumerate(chain([begin], more, pages)):
            page.serial, page.sequence = STREAM, number
            position = max(position, page.position)
            out.write(page.write())
    if position <= 0:
        raise Refused(DAMAGED)


def _pages(source: Path) -> Iterator[Any]:
    """Yield the pages of the one stream. What a recorder left behind the last, or cut off, is left out."""
    stream = None
    with source.open("rb") as file:
        while True:
            at = file.tell()
            try:
                page: Any = OggPage(file)
            except (MutagenError, EOFError):
                file.seek(at)
                rest = file.read()
                if len(rest.strip(b"\0")) > MOST_ODD and not rest.startswith(b"OggS"):
                    raise Refused(SEVERAL) from None
                return
            stream = page.serial if stream is None else stream
            if page.serial != stream or page.first != (at == 0):
                raise Refused(SEVERAL)
            yield page


def _heads(pages: Iterator[Any]) -> list[bytes]:
    """Read up to where the sound begins, which is on a page of its own, and return the packets before it."""
    read = []
    for page in pages:
        read.append(page)
        if page.complete:
            packets: list[bytes] = OggPage.to_packets(read)
            if _is_last(packets):
                return packets
    raise Refused(DAMAGED)


def _is_last(packets: Sequence[bytes]) -> bool:
    """Tell whether these are all packets before the sound. Raises Refused where it is no sound, or they are too many."""
    first = packets[0]
    if first.startswith(FLAC) and len(first) >= 51:
        blocks = [first[13:], *packets[1:]]
        return any(block[:1] >= b"\x80" for block in blocks) or len(packets) > 1 + int.from_bytes(first[7:9]) > 1
    wanted = 2 if first.startswith(OPUS) else 3 if first.startswith(VORBIS) else 0
    if len(packets) > wanted:
        raise Refused(DAMAGED)
    return len(packets) == wanted


def _bare(heads: Sequence[bytes]) -> list[bytes]:
    """Return what a player needs to know, and an empty comment."""
    first = heads[0]
    if first.startswith(OPUS) and len(first) >= 19:
        length = 19 if not first[18] else 21 + first[9]
        return [first[:length], b"OpusTags" + _NOTHING]
    if first.startswith(VORBIS):
        return [first[:30], b"\x03vorbis" + _NOTHING + b"\1", heads[2]]
    if first.startswith(FLAC):
        comment = b"\x84" + len(_NOTHING).to_bytes(3) + _NOTHING
        return [first[:7] + b"\0\1fLaC\0" + first[14:51], comment]
    raise Refused(DAMAGED)
