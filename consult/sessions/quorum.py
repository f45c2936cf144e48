"""The quorum: how many seats must be represented. Pure, and computed with fractions, never floats."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Quorum:
    """The seats of the plenary, those represented by a holder or an alternate who is present, and how many are needed (0: no rule)."""

    seats: int
    present: int
    needed: int

    @property
    def met(self) -> bool:
        """Tell whether enough seats are represented; without a rule it is always met."""
        return self.present >= self.needed

    @property
    def required(self) -> bool:
        """Tell whether the session has a quorum at all."""
        return self.needed > 0


def fraction_of(text: str) -> Fraction | None:
    """Return the fraction a session's quorum names ("2/3"), None for "" (no quorum).

    Raises ValueError unless it is more than 0 and at most 1.
    """
    if not text.strip():
        return None
    try:
        fraction = Fraction(text.strip())
    except ZeroDivisionError:
        raise ValueError("a fraction has no zero beneath its line") from None
    if not 0 < fraction <= 1:
        raise ValueError("a quorum is a fraction of the seats, more than 0 and at most 1")
    return fraction


def needed_of(seats: int, fraction: Fraction | None) -> int:
    """Return how many seats must be represented: the smallest whole number that is at least the fraction of the seats.

    Exactly two thirds is enough for "2/3". With no seats at all, one is needed: nobody is never a quorum.
    """
    if fraction is None:
        return 0
    return max(1, -(-fraction.numerator * seats // fraction.denominator))


def quorum(seats: int, present: int, fraction: Fraction | None) -> Quorum:
    """Return the quorum of a moment."""
    return Quorum(seats, present, needed_of(seats, fraction))
