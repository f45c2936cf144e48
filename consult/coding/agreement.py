"""How far coders agree: per cent, Cohen's kappa and Krippendorff's alpha, each with its bounds. Pure; no database.

What is measured is a unit: a passage of a text together with a code, which each coder either gave or did not. So a passage
that gets several codes is several units, and no code has to be the only one. Where nothing varies, chance cannot be told
from skill: the value is None and `why` says so.

Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement 20 (1960);
J. L. Fleiss, J. Cohen, B. S. Everitt, "Large Sample Standard Errors of Kappa and Weighted Kappa", Psychological Bulletin
72 (1969); K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); B. Efron, R. Tibshirani, "An Introduction to
the Bootstrap" (1993), chapter 13.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np  # where it is needed it is loaded late: of all pages one computes coefficients

#: Draws of the bootstrap, and the seed that makes them the same every time.
DRAWS, SEED = 1000, 20110125
#: The two-sided 95 % quantile of the normal distribution.
_Z95 = 1.959964
#: Bounds are told if at least this share of the draws has a value.
_ENOUGH = 0.95


class Why(StrEnum):
    """Why there is no value."""

    NO_UNITS = "no_units"
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True)
class Measure:
    """A coefficient on `units` units: its value with the bounds of 95 %, or None and `why`; bounds may be None by themselves."""

    value: float | None
    units: int
    low: float | None = None
    high: float | None = None
    why: Why | None = None


#: How many units were seen by so many coders (second) of whom so many (first) gave the code.
Presence = Mapping[tuple[int, int], int]
#: Pairs of what the first and the second coder said -> how many units.
Pairs = Mapping[tuple[Hashable, Hashable], int]


def per_cent(pairs: Pairs) -> Measure:
    """Return the share of units (0 to 1) on which two coders said the same."""
    units = sum(pairs.values())
    if not units:
        return Measure(None, 0, why=Why.NO_UNITS)
    return Measure(sum(n for (one, other), n in pairs.items() if one == other) / units, units)


def kappa(pairs: Pairs) -> Measure:
    """Return Cohen's kappa (1960) of two coders, with the bounds of the standard error by Fleiss, Cohen and Everitt (1969).

    Where one of them said the same of every unit, kappa is 0 whatever the other said, and there are no bounds.
    """
    units = sum(pairs.values())
    if not units:
        return Measure(None, 0, why=Why.NO_UNITS)
    import numpy as np

    labels = sorted({label for pair in pairs for label in pair}, key=repr)
    place = {label: at for at, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    for (one, other), count in pairs.items():
        table[place[one], place[other]] += count / units
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, chance = float(table.trace()), float(rows @ columns)
    if math.isclose(chance, 1.0):
        return Measure(None, units, why=Why.NO_VARIATION)
    value = (observed - chance) / (1 - chance)
    if any(len(np.flatnonzero(said)) == 1 for said in (rows, columns)):
        return Measure(value, units)  # its standard error would be 0, as if kappa were certain
    error = math.sqrt(_variance(table, observed, chance) / units)
    return Measure(value, units, max(-1.0, value - _Z95 * error), min(1.0, value + _Z95 * error))


def _variance(table: np.ndarray, observed: float, chance: float) -> float:
    """Return the variance of kappa times the number of units: equation 13 of Fleiss, Cohen and Everitt."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected_miss = 1 - chance
    both = columns[:, None] + rows[None, :]  # at i, j: what the second coder gave i, and the first j
    same = float((table.diagonal() * (expected_miss - (rows + columns) * (1 - observed)) ** 2).sum())
    off = table * both**2
    other = (1 - observed) ** 2 * float(off.sum() - off.trace())
    bias = (observed * chance - 2 * chance + observed) ** 2
    return max(0.0, (same + other - bias) / expected_miss**4)


def alpha(units: Iterable[Iterable[Hashable | None]]) -> Measure:
    """Return Krippendorff's alpha for nominal values: each unit holds what every coder said, None for one who did not see it.

    `Measure.units` counts the units that at least two coders saw; others tell nothing of agreement.
    """
    seen = (Counter(value for value in unit if value is not None) for unit in units)
    kinds = Counter(frozenset(said.items()) for said in seen if said.total() >= 2)
    return _alpha_of([(dict(kind), count) for kind, count in kinds.items()])


def alpha_of_presence(presence: Presence) -> Measure:
    """Return Krippendorff's alpha of whether a code was given, from counts of units alike."""
    return _alpha_of(
        [({True: gave, False: saw - gave}, count) for (gave, saw), count in sorted(presence.items()) if saw >= 2]
    )


def _alpha_of(kinds: Sequence[tuple[Mapping[Hashable, int], int]]) -> Measure:
    """Return alpha from kinds of unit (how many coders said which value) and how many units there are of each."""
    kinds = sorted((kind for kind in kinds if kind[1]), key=lambda kind: sorted(map(repr, kind[0].items())))
    total = sum(count for _, count in kinds)
    if not total:
        return Measure(None, 0, why=Why.NO_UNITS)
    import numpy as np

    values = sorted({value for said, _ in kinds for value in said}, key=repr)
    said = np.array([[kind.get(value, 0) for value in values] for kind, _ in kinds], dtype=float)
    counts = np.array([count for _, count in kinds], dtype=float)
    found = _alphas(said, counts[None, :])[0]
    if math.isnan(found):
        return Measure(None, total, why=Why.NO_VARIATION)
    draws = np.random.default_rng(SEED).multinomial(total, counts / total, size=DRAWS)
    return Measure(float(found), total, *_percentiles(_alphas(said, draws.astype(float))))


def _alphas(said: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return alpha for each row of counts: 1 - (n - 1) * observed / expected disagreement (Krippendorff 2011, section D)."""
    import numpy as np

    saw = said.sum(axis=1)
    disagreeing = (saw**2 - (said**2).sum(axis=1)) / (saw - 1)
    observed = counts @ disagreeing
    of_value = counts @ said
    pairable = of_value.sum(axis=1)
    expected = pairable**2 - (of_value**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (pairable - 1) * observed / expected, np.nan)


def _percentiles(draws: np.ndarray) -> tuple[float | None, float | None]:
    """Return the bounds of 95 % of the draws that have a value; None where too few have."""
    import numpy as np

    known = draws[~np.isnan(draws)]
    if len(known) < _ENOUGH * len(draws):
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def pairs_of_presence(both: int, first: int, second: int, neither: int) -> Pairs:
    """Return the pairs of two coders from how many units both, only the first, only the second or neither gave a code."""
    return {(True, True): both, (True, False): first, (False, True): second, (False, False): neither}


def added(parts: Iterable[Mapping[tuple[int, int], int]]) -> Counter[tuple[int, int]]:
    """Return the counts of several codes taken together."""
    total: Counter[tuple[int, int]] = Counter()
    for part in parts:
        total.update(part)
    return total


#: Words beside a value of alpha: Krippendorff asks for 0.8, and for 0.667 where conclusions are tentative ("Content Analysis", 2004, p. 241).
RELIABLE, TENTATIVE = 0.8, 0.667
