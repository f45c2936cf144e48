"""Cores: the wording that the texts of a campaign have in common, and which texts carry it.

Texts that hang together by a chain need not be one campaign. So each component is peeled: the text most like the common
wording, those near it, the wording that these share (the core); whoever does not carry that core is peeled again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consult.submissions.campaigns.likeness.components import ALIKE, SHORT, needed_resemblance, united
from consult.submissions.campaigns.likeness.sketches import ONE_IN, Hashes, Places, Samples, Sketches

#: A shingle belongs to the core when it stands in this share of the texts, and in two at least.
COMMON = 0.4
#: A text carries a core when it has this share of the core, and is made of it to that share.
HAS, MADE_OF = 0.35, 0.3
#: Or when it is mostly made of it, and so many characters long in common: a part of the letter sent alone.
MOSTLY, PART = 0.6, 150
#: Resemblance to the most central text below which a text has no say in the core.
NEAR = 0.15
#: A component is peeled until its texts have been looked at this often on average; what is then left is not grouped.
PEELS = 30
#: A shingle in more cores than this is a matter of the language and tells nothing.
COMMONPLACE = 32
#: A phrase is a campaign's own when this share of all who write it are of the campaign; where less than that share of its phrases
#: are its own, what its texts have in common is what everybody says.
OWN, CHARACTERISTIC = 0.8, 0.45
#: Cores that contain each other to this share, and resemble each other to that, are one.
CONTAINED, SAME = 0.5, 0.3
_BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class Core:
    """The sampled shingles that texts have in common (ascending), and the places of the texts it was made from."""

    shingles: Hashes
    makers: Places

    @property
    def characters(self) -> int:
        """How long the common wording is, estimated."""
        return len(self.shingles) * ONE_IN


def peeled(component: Places, sketches: Sketches, lengths: Places) -> Iterator[Core]:
    """Yield the cores of a component, the most widely shared first."""
    left, looked_at = component, 0
    while len(left) > 1 and looked_at <= PEELS * len(component):
        looked_at += len(left)
        first = _common(left, sketches.shingles)
        centre = left[int(np.argmax(likeness(left, first, sketches)))]
        near = left[(sketches.resemblance(left, np.full(len(left), centre)) >= NEAR) | (left == centre)]
        shingles = _common(near, sketches.shingles) if len(near) > 1 else sketches.shingles.of(int(centre))
        shared, sizes = _shared(left, shingles, sketches.shingles)
        inside = carries(shared, sizes, len(shingles), np.minimum(lengths[left], len(shingles) * ONE_IN), lengths[left])
        if inside.sum() > 1:
            yield Core(_common(left[inside], sketches.shingles), left[inside])
        left = left[~(inside | (left == centre))]


def carries(shared: Places, sizes: Places, core: int | Places, shortest: Places, lengths: Places) -> NDArray[np.bool_]:
    """Tell which texts carry a core.

    Given are the shingles shared, those of the text and of the core, the characters of the shorter of both, and of the text.
    """
    of_core, of_text = shared / np.maximum(core, 1), shared / np.maximum(sizes, 1)
    resemblance = shared / np.maximum(sizes + core - shared, 1)
    quotes = ((of_core >= HAS) & (of_text >= MADE_OF)) | ((of_text >= MOSTLY) & (shared * ONE_IN >= PART))
    alike: NDArray[np.bool_] = np.where(
        shortest < SHORT, resemblance >= needed_resemblance(lengths), quotes | (resemblance >= ALIKE)
    )
    return alike


def bearers(cores: list[Core], sketches: Sketches, lengths: Places) -> Places:
    """Return for every text the number of the core that it carries best, or -1; whom a core was made from carries one."""
    best = np.full(len(sketches), -1, np.int64)
    for number, core in enumerate(cores):
        best[core.makers] = number
    sizes = np.array([core.characters for core in cores], np.int64)
    for found in _overlaps(cores, sketches.shingles):
        characters = sizes[found.core]
        fits = carries(
            found.shared, found.of_text, found.of_core, np.minimum(lengths[found.text], characters), lengths[found.text]
        )
        text, numbers, rank = found.text[fits], found.core[fits], found.resemblance()[fits]
        order = np.lexsort((-numbers, rank, text))
        best[text[order]] = numbers[order]  # of several, the last written stands: the most alike, then the first core
    return best


def characteristic(groups: list[Places], sketches: Sketches, copies: Places) -> list[bool]:
    """Tell for each group of texts whether what they have in common is their own, or what everybody says."""
    phrases = [_common(places, sketches.phrases) for places in groups]
    keys = np.unique(np.concatenate([np.zeros(0, np.uint32), *phrases]))
    everywhere = np.zeros(len(keys))
    for hashes, owners in sketches.phrases.in_batches(_BATCH):
        everywhere += _written(keys, hashes, copies[owners])
    result = []
    for common, places in zip(phrases, groups, strict=True):
        hashes, sizes = sketches.phrases.of_all(places)
        here = _written(common, hashes, np.repeat(copies[places], sizes))
        own = here >= OWN * everywhere[np.searchsorted(keys, common)]
        result.append(len(common) > 0 and int(own.sum()) >= CHARACTERISTIC * len(common))
    return result


def _written(keys: Hashes, hashes: Hashes, weights: Places) -> NDArray[np.float64]:
    """Return how often each of some ascending hashes stands among others, each with its weight."""
    written = np.zeros(len(keys))
    for start in range(0, len(hashes), _BATCH):
        part = hashes[start : start + _BATCH]
        known = _among(part, keys)
        found = np.searchsorted(keys, part[known])
        written += np.bincount(found, weights[start : start + _BATCH][known], len(keys))
    return written


def grouped(numbers: Places) -> list[tuple[int, Places]]:
    """Return for every number that is not negative the places that have it, ascending."""
    order = np.argsort(numbers, kind="stable")
    order = order[numbers[order] >= 0]
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return [(int(numbers[part[0]]), part) for part in parts if len(part)]


def merged(cores: list[Core], sketches: Sketches, lengths: Places) -> list[Core]:
    """Return the cores with those that are one letter, found in several parts, made anew from all who carry a part."""
    if not cores:
        return []
    one, other = _one_letter(cores)
    leaders = united(np.arange(len(cores), dtype=np.int64), one, other)
    result: list[Core] = []
    for _, numbers in grouped(leaders):
        parts = [cores[number] for number in numbers.tolist()]
        makers = np.sort(np.concatenate([core.makers for core in parts]))
        result += parts if len(parts) == 1 else peeled(makers, sketches, lengths)
    return result


def _one_letter(cores: list[Core]) -> tuple[Places, Places]:
    """Return the pairs of cores that contain and resemble each other."""
    sizes = np.array([len(core.shingles) for core in cores], np.int64)
    shingles = np.concatenate([core.shingles for core in cores])
    pairs = [np.zeros((2, 0), np.int64)]
    for found in _overlaps(cores, Samples(shingles, np.cumsum(sizes) - sizes, sizes)):
        same = (found.text < found.core) & (found.resemblance() >= SAME)
        same &= found.shared >= CONTAINED * np.minimum(found.of_text, found.of_core)
        same &= np.minimum(sizes[found.text], sizes[found.core]) * ONE_IN >= SHORT
        pairs.append(np.stack([found.text[same], found.core[same]]))
    one, other = np.concatenate(pairs, axis=1)
    return one, other


def _common(places: Places, samples: Samples) -> Hashes:
    """Return the shingles in a good share of these texts."""
    if len(places) == 1:
        return samples.of(int(places[0]))
    hashes, _ = samples.of_all(places)
    hashes.sort()
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(hashes)), bool), hashes[1:] != hashes[:-1]]))
    counts = np.diff(np.append(starts, len(hashes)))
    return hashes[starts[counts >= max(2, COMMON * len(places))]]


def _shared(places: Places, shingles: Hashes, samples: Samples) -> tuple[Places, Places]:
    """Return how many of these shingles each text has, and how many it has in all."""
    hashes, sizes = samples.of_all(places)
    hits = np.concatenate([np.zeros(1, np.int64), np.cumsum(_among(hashes, shingles))])
    ends = np.cumsum(sizes)
    return hits[ends] - hits[ends - sizes], sizes


def _among(samples: Hashes, shingles: Hashes) -> NDArray[np.bool_]:
    if not len(shingles):
        return np.zeros(len(samples), bool)
    found: NDArray[np.bool_] = shingles[np.minimum(np.searchsorted(shingles, samples), len(shingles) - 1)] == samples
    return found


def likeness(places: Places, shingles: Hashes, sketches: Sketches) -> NDArray[np.float64]:
    """Return the estimated resemblance of texts to a set of sampled shingles."""
    shared, sizes = _shared(places, shingles, sketches.shingles)
    alike: NDArray[np.float64] = shared / np.maximum(sizes + len(shingles) - shared, 1)
    return alike


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """Texts and cores that share shingles: how many, of how many of the text and of the core; commonplaces are not counted."""

    text: Places
    core: Places
    shared: Places
    of_text: Places
    of_core: Places

    def resemblance(self) -> NDArray[np.float64]:
        """Return the resemblance of each pair."""
        alike: NDArray[np.float64] = self.shared / np.maximum(self.of_text + self.of_core - self.shared, 1)
        return alike


def _overlaps(cores: list[Core], samples: Samples) -> Iterator[_Overlaps]:
    """Yield all overlaps of texts with cores, the texts given by their samples, those of some texts at a time."""
    table, texts = _Table(cores), len(samples.sizes)
    for hashes, owners in samples.in_batches(_BATCH):
        (pairs, shared), common = table.counted(hashes, owners)
        text, core = pairs // len(cores), pairs % len(cores)
        commonplaces = np.bincount(common, minlength=texts)
        yield _Overlaps(text, core, shared, (samples.sizes - commonplaces)[text], table.sizes[core])


class _Table:
    """Which cores have a shingle; those that very many have are kept apart."""

    def __init__(self, cores: list[Core]) -> None:
        self._cores = len(cores)
        keys = np.concatenate([core.shingles for core in cores])
        numbers = np.repeat(np.arange(len(cores), dtype=np.int64), [len(core.shingles) for core in cores])
        order = np.argsort(keys, kind="stable")
        keys, numbers = keys[order], numbers[order]
        of_key = np.searchsorted(keys, keys, "right") - np.searchsorted(keys, keys, "left")
        self._commonplaces = np.unique(keys[of_key > COMMONPLACE])
        self._keys, self._numbers = keys[of_key <= COMMONPLACE], numbers[of_key <= COMMONPLACE]
        self.sizes = np.bincount(self._numbers, minlength=len(cores))
        self._known = np.zeros(1 << 24, bool)
        self._known[self._keys >> np.uint32(8)] = True

    def counted(self, hashes: Hashes, owners: Places) -> tuple[tuple[Places, Places], Places]:
        """Return pairs (owner times number of cores, plus core) with their counts, and the owners of commonplaces."""
        part = np.flatnonzero(self._known[hashes >> np.uint32(8)])
        low = np.searchsorted(self._keys, hashes[part], "left")
        counts = np.searchsorted(self._keys, hashes[part], "right") - low
        ends = np.cumsum(counts)
        index = np.arange(ends[-1] if len(ends) else 0) + np.repeat(low - ends + counts, counts)
        pairs = np.sort(np.repeat(owners[part], counts) * self._cores + self._numbers[index])
        return _counted(pairs), owners[_among(hashes, self._commonplaces)]


def _counted(ascending: Places) -> tuple[Places, Places]:
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(ascending)), bool), np.diff(ascending) != 0]))
    return ascending[starts], np.diff(np.append(starts, len(ascending)))
