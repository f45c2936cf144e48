"""The quorum, in fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sessions.quorum import Quorum, fraction_of, needed_of, quorum


@pytest.mark.parametrize(
    ("seats", "text", "needed"),
    [
        (75, "2/3", 50),
        (75, "1/2", 38),
        (74, "1/2", 37),
        (3, "2/3", 2),
        (7, "1/3", 3),
        (100, "1", 100),
        (1, "1/10", 1),
        (0, "1/2", 1),
        (142, "", 0),
    ],
)
def test_the_needed_seats_are_at_least_the_fraction(seats: int, text: str, needed: int) -> None:
    assert needed_of(seats, fraction_of(text)) == needed


def test_exactly_the_fraction_is_enough() -> None:
    assert quorum(75, 50, Fraction(2, 3)) == Quorum(75, 50, 50)
    assert quorum(75, 50, Fraction(2, 3)).met is True
    assert quorum(75, 49, Fraction(2, 3)).met is False


def test_without_a_rule_it_is_met_by_nobody() -> None:
    assert (quorum(75, 0, None).met, quorum(75, 0, None).required) == (True, False)


def test_without_seats_a_rule_is_never_met() -> None:
    assert quorum(0, 0, Fraction(1, 2)).met is False


@pytest.mark.parametrize("text", ["0", "3/2", "-1/2", "half", "1/0", "2/3/4"])
def test_what_is_no_fraction_of_the_seats_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        fraction_of(text)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 500), st.fractions(min_value=Fraction(1, 100), max_value=1))
def test_needed_is_the_smallest_number_that_reaches_the_fraction(seats: int, fraction: Fraction) -> None:
    needed = needed_of(seats, fraction)
    assert needed >= fraction * seats > needed - 1
    assert 1 <= needed <= seats


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.fractions(min_value=Fraction(1, 100), max_value=1))
def test_one_more_present_never_loses_the_quorum(seats: int, present: int, fraction: Fraction) -> None:
    assert quorum(seats, present + 1, fraction).met >= quorum(seats, present, fraction).met
