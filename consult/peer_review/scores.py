"""Means and spread of scores. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from consult.plugins.track import ReviewCriterion


def weighted_mean(scores: Mapping[str, int], criteria: Sequence[ReviewCriterion]) -> Fraction | None:
    """Return one reviewer's weighted arithmetic mean, in points: the sum of weight times score over the sum of weights.

    Criteria without a score are left out of both sums; None where none has one.
    """
    scored = [one for one in criteria if one.key in scores]
    weights = sum(one.weight for one in scored)
    return Fraction(sum(one.weight * scores[one.key] for one in scored), weights) if weights else None


@dataclass(frozen=True, slots=True)
class Spread:
    """How far reviewers lie apart, in points: `least` to `most` is the range.

    `deviation` is the sample standard deviation, the square root of the sum of squared differences from the mean over n - 1
    (ISO 3534-1:2006, 1.10 sample range, 1.15 sample mean, 1.17 sample standard deviation); None for fewer than two.
    """

    count: int
    mean: Fraction
    least: Fraction
    most: Fraction
    deviation: float | None

    @property
    def range(self) -> Fraction:
        """The sample range: the largest value less the smallest."""
        return self.most - self.least


def spread_of(values: Sequence[Fraction]) -> Spread | None:
    """Return mean and spread of the reviewers' means, None where there is none."""
    if not values:
        return None
    mean = sum(values, Fraction(0)) / len(values)
    squares = sum(((value - mean) ** 2 for value in values), Fraction(0))
    deviation = sqrt(squares / (len(values) - 1)) if len(values) > 1 else None
    return Spread(len(values), mean, min(values), max(values), deviation)
