"""Cores: the wording that the texts of a campaign have in common, and which texts carry it.

Texts that hang together by a chain need not be one campaign. So each component is peeled: the text most like the common
wording, those near it, the wording that these share (the core); whoever does not carry that core is peeled again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consult.submissions.campaigns.components import ALIKE, SHORT, needed_resemblance, united
from consult.submissions.campaigns.sketches import ONE_IN, Hashes, Places, Sketches

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
#: A shingle in more cores than this is a common phrase and tells nothing.
COMMON_PHRASE = 32
#: A shingle is characteristic of a campaign when at least this share of all who write it are of the campaign, and a core
#: when at least that share of it is: otherwise it is made of phrases that everybody uses.
OWN, CHARACTERISTIC = 0.5, 0.5
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
        first = _common(left, sketches)
        centre = left[int(np.argmax(likeness(left, first, sketches)))]
        near = left[(sketches.resemblance(left, np.full(len(left), centre)) >= NEAR) | (left == centre)]
        shingles = _common(near, sketches) if len(near) > 1 else sketches.sample(int(centre))
        shared, sizes = _shared(left, shingles, sketches)
        inside = carries(shared, sizes, len(shingles), lengths[left])
        if inside.sum() > 1:
            yield Core(_common(left[inside], sketches), left[inside])
        left = left[~(inside | (left == centre))]


def carries(shared: Places, sizes: Places, core: int | Places, lengths: Places) -> NDArray[np.bool_]:
    """Tell which texts carry a core, from the shingles shared with it, their own, the core's and their characters."""
    of_core, of_text = shared / np.maximum(core, 1), shared / np.maximum(sizes, 1)
    resemblance = shared / np.maximum(sizes + core - shared, 1)
    quotes = ((of_core >= HAS) & (of_text >= MADE_OF)) | ((of_text >= MOSTLY) & (shared * ONE_IN >= PART))
    short = np.minimum(lengths, np.asarray(core) * ONE_IN) < SHORT
    alike: NDArray[np.bool_] = np.where(
        short, resemblance >= needed_resemblance(lengths), quotes | (resemblance >= ALIKE)
    )
    return alike


def bearers(cores: list[Core], sketches: Sketches, lengths: Places) -> Places:
    """Return for every text the number of the core that it carries best, or -1."""
    best = np.full(len(sketches), -1, np.int64)
    stored = np.argsort(sketches.starts, kind="stable")
    owners = np.repeat(stored, sketches.sizes[stored])
    text, core, shared = _overlaps(cores, sketches.samples, owners)
    sizes = np.array([len(c.shingles) for c in cores], np.int64)[core]
    own = sketches.sizes[text]
    fits = carries(shared, own, sizes, lengths[text])
    text, core, rank = text[fits], core[fits], (shared / np.maximum(sizes + own - shared, 1))[fits]
    order = np.lexsort((-core, rank, text))
    best[text[order]] = core[order]  # of several, the last written stands: the most alike, then the first core
    return best


def characteristic(cores: list[Core], groups: list[Places], sketches: Sketches, copies: Places) -> list[Core | None]:
    """Return each core without the phrases that are more used outside its group; None where little is then left of it."""
    keys = np.unique(np.concatenate([core.shingles for core in cores]))
    stored = np.argsort(sketches.starts, kind="stable")
    weights = np.repeat(copies[stored], sketches.sizes[stored])
    everywhere = _written(keys, sketches.samples, weights)
    result: list[Core | None] = []
    for core, places in zip(cores, groups, strict=True):
        samples, sizes = sketches.samples_of(places)
        here = _written(core.shingles, samples, np.repeat(copies[places], sizes))
        own = core.shingles[here >= OWN * everywhere[np.searchsorted(keys, core.shingles)]]
        kept = len(own) >= CHARACTERISTIC * len(core.shingles)
        result.append(Core(own, core.makers) if kept else None)
    return result


def _written(keys: Hashes, samples: Hashes, weights: Places) -> NDArray[np.float64]:
    """Return how often each of some ascending shingles stands among the samples, each sample with its weight."""
    written = np.zeros(len(keys))
    for start in range(0, len(samples), _BATCH):
        part = samples[start : start + _BATCH]
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
    one, other, shared = _overlaps(cores, shingles, np.repeat(np.arange(len(cores)), sizes))
    least = np.minimum(sizes[one], sizes[other])
    same = (one < other) & (shared >= CONTAINED * least) & (least * ONE_IN >= SHORT)
    same &= shared >= SAME * (sizes[one] + sizes[other] - shared)
    return one[same], other[same]


def _common(places: Places, sketches: Sketches) -> Hashes:
    """Return the shingles in a good share of these texts."""
    if len(places) == 1:
        return sketches.sample(int(places[0]))
    samples, _ = sketches.samples_of(places)
    samples.sort()
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(samples)), bool), samples[1:] != samples[:-1]]))
    counts = np.diff(np.append(starts, len(samples)))
    return samples[starts[counts >= max(2, COMMON * len(places))]]


def _shared(places: Places, shingles: Hashes, sketches: Sketches) -> tuple[Places, Places]:
    """Return how many of these shingles each text has, and how many it has in all."""
    samples, sizes = sketches.samples_of(places)
    hits = np.concatenate([np.zeros(1, np.int64), np.cumsum(_among(samples, shingles))])
    ends = np.cumsum(sizes)
    return hits[ends] - hits[ends - sizes], sizes


def _among(samples: Hashes, shingles: Hashes) -> NDArray[np.bool_]:
    if not len(shingles):
        return np.zeros(len(samples), bool)
    found: NDArray[np.bool_] = shingles[np.minimum(np.searchsorted(shingles, samples), len(shingles) - 1)] == samples
    return found


def likeness(places: Places, shingles: Hashes, sketches: Sketches) -> NDArray[np.float64]:
    """Return the estimated resemblance of texts to a set of sampled shingles."""
    shared, sizes = _shared(places, shingles, sketches)
    alike: NDArray[np.float64] = shared / np.maximum(sizes + len(shingles) - shared, 1)
    return alike


def _overlaps(cores: list[Core], samples: Hashes, owners: Places) -> tuple[Places, Places, Places]:
    """Return texts, cores and how many shingles they share, for all that share any; each sample belongs to its owner."""
    keys = np.concatenate([core.shingles for core in cores])
    numbers = np.repeat(np.arange(len(cores), dtype=np.int64), [len(core.shingles) for core in cores])
    order = np.argsort(keys, kind="stable")
    keys, numbers = keys[order], numbers[order]
    known = np.zeros(1 << 24, bool)
    known[keys >> np.uint32(8)] = True
    found = []
    for start in range(0, len(samples), _BATCH):
        part = np.flatnonzero(known[samples[start : start + _BATCH] >> np.uint32(8)]) + start
        low = np.searchsorted(keys, samples[part], "left")
        counts = np.searchsorted(keys, samples[part], "right") - low
        counts[counts > COMMON_PHRASE] = 0
        ends = np.cumsum(counts)
        index = np.arange(ends[-1] if len(ends) else 0) + np.repeat(low - ends + counts, counts)
        pairs = np.sort(np.repeat(owners[part], counts) * len(cores) + numbers[index])
        found.append(_counted(pairs))
    pairs = np.concatenate([pair for pair, _ in found])
    counts = np.concatenate([count for _, count in found])
    order = np.argsort(pairs, kind="stable")  # a text whose sample lies in two batches stands twice
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(pairs)), bool), np.diff(pairs[order]) != 0]))
    summed = np.add.reduceat(counts[order], starts) if len(starts) else counts
    pairs = pairs[order][starts]
    return pairs // len(cores), pairs % len(cores), summed


def _counted(ascending: Places) -> tuple[Places, Places]:
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(ascending)), bool), np.diff(ascending) != 0]))
    return ascending[starts], np.diff(np.append(starts, len(ascending)))
