"""Which texts hang together: locality-sensitive hashing of signatures, in time that grows with the number of texts.

Bands and rows as in J. Leskovec, A. Rajaraman and J. D. Ullman, "Mining of Massive Datasets", chapter 3. Texts in a bucket are
not all compared with each other but with the first of the bucket and the one before: a campaign of n copies costs n
comparisons in a band, not n squared.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from consult.submissions.campaigns.likeness.sketches import BINS, Places, Sketches

#: Bins of a signature in one band: at two, texts with a resemblance of 0.35 meet in one of the 64 bands 9,998 times in 10,000.
ROWS = 2
#: Characters below which a text is short, or very short, and the resemblance asked of two texts: the shorter a text, the
#: more of it is a phrase that anybody may use.
SHORT, VERY_SHORT = 220, 100
ALIKE, SHORT_ALIKE, VERY_SHORT_ALIKE = 0.35, 0.6, 0.8


def needed_resemblance(lengths: Places) -> NDArray[np.float64]:
    """Return how alike two texts must be, given the characters of the shorter."""
    return np.where(lengths >= SHORT, ALIKE, np.where(lengths >= VERY_SHORT, SHORT_ALIKE, VERY_SHORT_ALIKE))


def connected(sketches: Sketches, lengths: Places, advance: Callable[[float], object]) -> list[Places]:
    """Return the places of texts that are alike, directly or through others, as components of two or more, ascending.

    `lengths` are the characters of each text; `advance` is told the share that is done.
    """
    leaders = np.arange(len(lengths), dtype=np.int64)
    bands = BINS // ROWS
    for band in range(bands):
        rows = sketches.signatures[:, band * ROWS : (band + 1) * ROWS].astype(np.uint64)
        one, other = _neighbours(rows[:, 0] << np.uint64(32) | rows[:, 1])
        apart = leaders[one] != leaders[other]
        one, other = one[apart], other[apart]
        alike = sketches.resemblance(one, other) >= needed_resemblance(np.minimum(lengths[one], lengths[other]))
        leaders = united(leaders, one[alike], other[alike])
        advance((band + 1) / bands)
    return _members(leaders)


def _members(leaders: Places) -> list[Places]:
    """Return the places that have the same leader, for leaders of two places or more, in order of the first place."""
    order = np.argsort(leaders, kind="stable")
    cuts = np.flatnonzero(np.diff(leaders[order])) + 1
    return [group for group in np.split(order, cuts) if len(group) > 1]


def _neighbours(keys: NDArray[np.uint64]) -> tuple[Places, Places]:
    """Return pairs of places with the same key: each with the first that has it, and with the one before."""
    order = np.argsort(keys, kind="stable")
    same = np.concatenate([np.zeros(min(1, len(keys)), bool), keys[order][1:] == keys[order][:-1]])
    firsts = order[np.maximum.accumulate(np.where(same, 0, np.arange(len(keys))))]
    later = np.flatnonzero(same)
    return np.concatenate([firsts[later], order[later - 1]]), np.concatenate([order[later], order[later]])


def united(leaders: Places, one: Places, other: Places) -> Places:
    """Return the leaders after uniting pairs of places; the leader of a component is its first place."""
    pairs = np.unique(np.stack([leaders[one], leaders[other]], axis=1), axis=0)
    parents = {int(place): int(place) for place in np.unique(pairs)}

    def leader(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    for first, second in pairs.tolist():
        low, high = sorted((leader(first), leader(second)))
        parents[high] = low
    moved = np.arange(len(leaders))
    moved[list(parents)] = [leader(place) for place in parents]
    return moved[leaders]
