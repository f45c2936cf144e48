"""Sketches: what is kept of a text so that a hundred thousand of them can be compared.

A text is the set of its character shingles (A. Broder, "On the resemblance and containment of documents", 1997). Kept are a
signature, from which the resemblance of two sets is estimated (one permutation, densified by rotation: A. Shrivastava and
P. Li, "Densifying one permutation hashing via rotation", 2014), and the sample of those shingles whose hash is a multiple of
`ONE_IN`, from which resemblance and containment in any other set are estimated (Broder's modulo sketch).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.uint32, np.int64)
Hashes = NDArray[np.uint32]
Places = NDArray[np.int64]

#: Characters in a shingle: long enough to be rare in a language, short enough to outlive a changed word beside it.
SHINGLE = 6
#: Bins of a signature, a power of two; the standard error of an estimate is at most 0.5 / sqrt(BINS), here 0.044.
BINS = 128
#: Shingles in a row that make a phrase, which is rare in a language: about three words.
PHRASE = 3
#: One phrase in so many is sampled, a power of two.
PHRASES_IN = 8
#: One shingle in so many is sampled, a power of two.
ONE_IN = 4
#: Characters that are hashed at once, which bounds the memory: about 100 bytes for each.
BATCH = 400_000

_EMPTY = np.uint32(0xFFFFFFFF)
_VALUE_BITS = 32 - BINS.bit_length() + 1
#: An odd step for values that are taken from a neighbouring bin, so that two taken from different distances differ.
_STEP = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Samples:
    """The sampled hashes of texts by place, ascending and each once: `sizes[i]` of them from `starts[i]` on."""

    hashes: Hashes
    starts: Places
    sizes: Places

    def of(self, place: int) -> Hashes:
        """Return those of one text."""
        return self.hashes[self.starts[place] : self.starts[place] + self.sizes[place]]

    def of_all(self, places: Places) -> tuple[Hashes, Places]:
        """Return those of several texts one after another, and how many each has."""
        sizes = self.sizes[places]
        ends = np.cumsum(sizes)
        index = np.arange(ends[-1] if len(ends) else 0) + np.repeat(self.starts[places] - ends + sizes, sizes)
        return self.hashes[index], sizes

    def in_batches(self, size: int) -> Iterator[tuple[Hashes, Places]]:
        """Yield the hashes of some whole texts after each other, about so many at a time, each with the place of its text.

        For all at once what is counted of them would take more memory than they do.
        """
        stored = np.argsort(self.starts, kind="stable")
        ends = np.cumsum(self.sizes[stored])
        first = begun = 0
        while first < len(stored):
            last = max(first + 1, int(np.searchsorted(ends, begun + size, "right")))
            owners, end = stored[first:last], int(ends[last - 1])
            yield self.hashes[begun:end], np.repeat(owners, self.sizes[owners])
            first, begun = last, end

    def in_order(self, order: Places) -> Samples:
        """Return the same with the texts in another order."""
        return Samples(self.hashes, self.starts[order], self.sizes[order])


@dataclass(frozen=True, slots=True)
class Sketches:
    """The sketches of texts by place: signatures (texts x BINS), sampled shingles, sampled phrases."""

    signatures: Hashes
    shingles: Samples
    phrases: Samples

    def __len__(self) -> int:
        return len(self.signatures)

    def in_order(self, order: Places) -> Sketches:
        """Return the same sketches with the texts in another order."""
        return Sketches(self.signatures[order], self.shingles.in_order(order), self.phrases.in_order(order))

    def resemblance(self, one: Places, other: Places) -> NDArray[np.float64]:
        """Return the estimated resemblance (shared shingles among all shingles, 0 to 1) of pairs of texts."""
        step = 1 << 16
        parts = [
            (self.signatures[one[i : i + step]] == self.signatures[other[i : i + step]]).mean(axis=1)
            for i in range(0, len(one), step)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)


class _Sampler:
    """Gathers, batch after batch, the hashes that are multiples of a power of two."""

    def __init__(self, one_in: int) -> None:
        self._mask = np.uint32(one_in - 1)
        self._hashes = array("I")  # which grows where it lies: parts put together at the end would lie in memory twice
        self._sizes: list[Places] = []

    def add(self, hashes: Hashes, owners: Places, texts: int) -> None:
        """Take the hashes of a batch of texts; each has its text's place in the batch beside it."""
        chosen = (hashes & self._mask) == 0
        keys = np.sort(owners[chosen].astype(np.uint64) << np.uint64(32) | hashes[chosen].astype(np.uint64))
        keys = keys[np.concatenate([np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]])]
        self._hashes.frombytes((keys & np.uint64(_EMPTY)).astype(np.uint32).tobytes())
        self._sizes.append(np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=texts))

    def finish(self) -> Samples:
        """Return what was gathered."""
        sizes = _joined(self._sizes, np.int64)
        return Samples(np.frombuffer(self._hashes, np.uint32), np.cumsum(sizes) - sizes, sizes)


class Sketcher:
    """Takes texts one at a time and makes their sketches in batches."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._characters = 0
        self._signatures: list[Hashes] = []
        self._shingles, self._phrases = _Sampler(ONE_IN), _Sampler(PHRASES_IN)

    def add(self, text: str) -> None:
        """Take the next text: folded words with one space between them."""
        self._waiting.append(f" {text} ".ljust(SHINGLE))
        self._characters += len(self._waiting[-1])
        if self._characters >= BATCH:
            self._sketch()

    def finish(self) -> Sketches:
        """Return the sketches of all texts taken, in their order."""
        self._sketch()
        signatures = _joined(self._signatures, np.uint32).reshape(-1, BINS)
        return Sketches(signatures, self._shingles.finish(), self._phrases.finish())

    def _sketch(self) -> None:
        if not self._waiting:
            return
        texts = len(self._waiting)
        rolled, owners, left = _rolled(self._waiting)
        whole = left >= SHINGLE
        hashes, owners_of = _mixed(rolled[whole]), owners[whole]
        self._signatures.append(_signatures(hashes, owners_of, texts).ravel())
        self._shingles.add(hashes, owners_of, texts)
        whole = left[: max(0, len(rolled) - (PHRASE - 1) * SHINGLE)] >= PHRASE * SHINGLE
        self._phrases.add(_phrases(rolled)[whole], owners[: len(whole)][whole], texts)
        self._waiting, self._characters = [], 0


def _rolled(texts: Sequence[str]) -> tuple[NDArray[np.uint64], Places, Places]:
    """Return for every run of SHINGLE characters in texts put together: its polynomial, the place of the text it begins in,
    and how many characters of that text are left from there."""
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    rolled = np.zeros(len(letters) - SHINGLE + 1, np.uint64)
    for offset in range(SHINGLE):
        rolled *= np.uint64(0x100000001B3)
        rolled += letters[offset : len(rolled) + offset]
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)[: len(rolled)]
    return rolled, owners, np.cumsum(lengths)[owners] - np.arange(len(rolled))


def _phrases(rolled: NDArray[np.uint64]) -> Hashes:
    """Return the hash of every PHRASE shingles that follow each other without a gap."""
    size = max(0, len(rolled) - (PHRASE - 1) * SHINGLE)
    phrases = np.zeros(size, np.uint64)
    for number in range(PHRASE):
        phrases *= np.uint64(0x9E3779B97F4A7C15)
        phrases += rolled[number * SHINGLE : number * SHINGLE + size]
    return _mixed(phrases)


def _mixed(values: NDArray[np.uint64]) -> Hashes:
    """Spread values over 32 bits (the finaliser of MurmurHash3, A. Appleby)."""
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    return (values >> np.uint64(32)).astype(np.uint32)


def _signatures(hashes: Hashes, owners: Places, texts: int) -> Hashes:
    """Return the least hash in each bin; an empty bin takes that of the next full one, moved by their distance."""
    flat = np.full(texts * BINS, _EMPTY, np.uint32)
    values = hashes & np.uint32((1 << _VALUE_BITS) - 1)
    np.minimum.at(flat, owners * BINS + (hashes >> np.uint32(_VALUE_BITS)), values)
    table = flat.reshape(texts, BINS)
    ahead = np.where(table == _EMPTY, 4 * BINS, np.arange(BINS))
    twice = np.concatenate([ahead, ahead + BINS], axis=1)
    source = np.minimum.accumulate(twice[:, ::-1], axis=1)[:, ::-1][:, :BINS]
    moved = (source - np.arange(BINS)).astype(np.uint32) * np.uint32(_STEP)
    return np.take_along_axis(table, source % BINS, axis=1) + moved


def _joined(parts: list[NDArray[Number]], kind: type[Number]) -> NDArray[Number]:
    """Return arrays as one and forget them, so that they do not stand in memory twice for long."""
    joined = np.concatenate(parts) if parts else np.zeros(0, kind)
    parts.clear()
    return joined
