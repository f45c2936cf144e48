"""MP3: written anew from its frames alone (ISO/IEC 11172-3, 13818-3); tags and whatever else stands beside them are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from consult.attachments.kinds import DAMAGED, SEVERAL, Refused

#: Kilobits a second of layer 3 by the place in the head of a frame, in MPEG 1 and in MPEG 2 and 2.5; samples a second of MPEG 1.
_BITRATES = {
    True: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
#: How many of them MPEG 2.5, 2 and 1 take one of.
_SLOWER = {0: 4, 2: 2, 3: 1}
#: Frames that follow each other where a sound begins, and bytes that are no frame and no tag and are left out without a word.
FEWEST, MOST_ODD = 3, 4_096
_BEGINS = re.compile(rb"\xff[\xe2-\xff]|ID3|TAG|APETAGEX|LYRICSBEGIN")
_LYRICS_END = re.compile(rb"LYRICS(?:200|END)")
#: The fields of a Xing head: frames, bytes, places to jump to, quality.
_FIELDS = ((1, 4), (2, 4), (4, 100), (8, 4))


def clean_mp3(source: Path, target: Path) -> None:
    """Write the frames of a sound one after another. Raises Refused for one without, or with much beside them."""
    content = source.read_bytes()
    with target.open("wb") as out:
        for number, (start, end) in enumerate(_frames(content)):
            frame = content[start:end]
            out.write(_bare_head(frame) if number == 0 else frame)
        if not out.tell():
            raise Refused(DAMAGED)


def _frames(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the frames begin and end. Raises Refused where too much is neither frame nor tag."""
    at, odd, kind = 0, 0, b""
    while at < len(content):
        size = _size(content, at)
        if size and (_kind(content, at) == kind if kind else _goes_on(content, at)):
            if at + size > len(content):
                return  # the last frame, which was cut off
            kind = _kind(content, at)
            yield at, at + size
            at += size
        elif tag := _tag(content, at):
            at += tag
        else:
            begun, at = at, _next(content, at, kind)
            odd += len(content[begun:at].strip(b"\0"))
            if odd > MOST_ODD:
                raise Refused(SEVERAL)


def _tag(content: bytes, at: int) -> int:
    """Return how long the tag is that begins here, 0 where none does: of ID3 (versions 1 and 2), APE or Lyrics3."""
    here = content[at : at + 32]
    if here[:3] == b"ID3" and len(here) >= 10:
        length = sum((byte & 127) << 7 * place for place, byte in enumerate(reversed(here[6:10])))
        return 10 + length + (10 if here[5] & 0x10 else 0)
    if here[:8] == b"APETAGEX" and len(here) == 32:
        at_head = int.from_bytes(here[20:24], "little") & 0x2000_0000
        return 32 + (int.from_bytes(here[12:16], "little") if at_head else 0)
    if here[:11] == b"LYRICSBEGIN":
        end = _LYRICS_END.search(content, at, at + 2**20)
        return end.end() - at if end else 0
    if here[:3] == b"TAG":
        return 227 if here[:4] == b"TAG+" else 128
    return 0


def _next(content: bytes, at: int, kind: bytes) -> int:
    """Return where a frame or a tag comes after something else, the end where neither does."""
    while found := _BEGINS.search(content, at + 1):
        at = found.start()
        if _tag(content, at) or (_goes_on(content, at) and (not kind or _kind(content, at) == kind)):
            return at
    return len(content)


def _goes_on(content: bytes, at: int) -> bool:
    """Tell whether as many frames of one kind follow each other here as make a sound."""
    kind = _kind(content, at)
    for _ in range(FEWEST):
        size = _size(content, at)
        if not size or _kind(content, at) != kind or at + size > len(content):
            return False
        at += size
    return True


def _kind(content: bytes, at: int) -> bytes:
    """Return what is the same in all frames of a sound: version, layer, rate."""
    return bytes((content[at + 1] & 0xFE, content[at + 2] & 0x0C))


def _size(content: bytes, at: int) -> int:
    """Return how many bytes the frame that begins here has, 0 where none does."""
    if at + 4 > len(content) or content[at] != 0xFF or content[at + 1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = content[at + 1] >> 3 & 3, content[at + 2] >> 2 & 3, content[at + 2] >> 4
    if version not in _SLOWER or rate == 3 or not 0 < bits < 15:
        return 0
    first = version == 3
    length = (144_000 if first else 72_000) * _BITRATES[first][bits - 1] // (_RATES[rate] // _SLOWER[version])
    return length + (content[at + 2] >> 1 & 1)


def _bare_head(frame: bytes) -> bytes:
    """Return the first frame: of one that is no sound but a head, what players need; not which program wrote it."""
    first, mono = frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3
    at = 4 + (17 if mono else 32) if first else 4 + (9 if mono else 17)
    if frame[36:40] == b"VBRI":
        return b""
    if frame[at : at + 4] not in (b"Xing", b"Info"):
        return frame
    end = at + 8 + sum(size for flag, size in _FIELDS if frame[at + 7] & flag)
    return frame[:4] + bytes(at - 4) + frame[at:end] + bytes(len(frame) - end)
