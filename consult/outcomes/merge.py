"""Three texts word by word: where an edited text came from, what it says, and what is generated now.

The merge is that of diff3 (Khanna, Kunal and Pierce, "A Formal Investigation of Diff3", 2007): stretches in which all three
agree hold the text together; between them, what only one side changed is taken, and where both did there is a conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_WORDS = re.compile(r"\{\{[^{}]*\}\}|\w+|\s+|[^\w\s]")

#: Words of one side; beyond it the comparison is by line, because its time grows with the square of the number.
MOST_WORDS = 20_000


class Side(StrEnum):
    """Who changed a stretch of the text: nobody, the organiser, the source, both alike or both differently."""

    NONE = "none"
    MINE = "mine"
    THEIRS = "theirs"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the three texts; `text` is what the merge takes (in a conflict the organiser's own words)."""

    side: Side
    base: str
    mine: str
    theirs: str

    @property
    def text(self) -> str:
        """Return the words of this stretch in the merged text."""
        return self.theirs if self.side is Side.THEIRS else self.mine


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged text, stretch by stretch."""

    stretches: tuple[Stretch, ...]

    @property
    def text(self) -> str:
        """Return the proposed text: every change of either side, and the organiser's words where they exclude each other."""
        return "".join(stretch.text for stretch in self.stretches)

    @property
    def conflicts(self) -> tuple[Stretch, ...]:
        """Return the stretches that both sides changed differently."""
        return tuple(stretch for stretch in self.stretches if stretch.side is Side.CONFLICT)


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Return the three-way merge of a text."""
    split = _lines if max(len(base), len(mine), len(theirs)) > 6 * MOST_WORDS else _words
    words = split(base), split(mine), split(theirs)
    return Merge(tuple(_stretches(*words)))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _stretches(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Stretch]:
    """Yield the stretches between and at the points where all three agree."""
    at_base = at_mine = at_theirs = 0
    for base_start, mine_start, theirs_start, length in _agreed(base, mine, theirs):
        yield from _between(base[at_base:base_start], mine[at_mine:mine_start], theirs[at_theirs:theirs_start])
        if length:
            same = "".join(base[base_start : base_start + length])
            yield Stretch(Side.NONE, same, same, same)
        at_base, at_mine, at_theirs = base_start + length, mine_start + length, theirs_start + length


def _between(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[Stretch]:
    if not (base or mine or theirs):
        return
    if mine == base:
        side = Side.THEIRS
    elif theirs in (base, mine):
        side = Side.MINE
    else:
        side = Side.CONFLICT
    yield Stretch(side, "".join(base), "".join(mine), "".join(theirs))


def _agreed(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield (place in base, in mine, in theirs, length) of what all three have, in order; last the three ends."""
    left = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(left) and j < len(right):
        first, second = left[i], right[j]
        start, end = max(first.a, second.a), min(first.a + first.size, second.a + second.size)
        if start < end:
            yield start, first.b + start - first.a, second.b + start - second.a, end - start
        if first.a + first.size < second.a + second.size:
            i += 1
        else:
            j += 1
    yield len(base), len(mine), len(theirs), 0
