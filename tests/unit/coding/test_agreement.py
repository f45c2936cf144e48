"""Agreement, against published worked examples, and by its properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.coding.agreement import Measure, Why, alpha, alpha_of_presence, kappa, pairs_of_presence, per_cent

_ = None
#: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units, missing data.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
)


def test_alpha_of_krippendorffs_own_example_with_missing_data() -> None:
    found = alpha(zip(*OBSERVERS, strict=True))
    assert found.units == 11
    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high <= 1


def test_alpha_of_krippendorffs_two_observers_and_five_values() -> None:
    """The same paper, section B: Meg and Owen, twelve units."""
    found = alpha(zip("aabbdcccedda", "babbbccceddd", strict=True))
    assert (found.units, found.value) == (12, pytest.approx(0.692, abs=0.0005))


def test_kappa_of_the_usual_worked_example() -> None:
    assert per_cent(pairs_of_presence(20, 5, 10, 15)).value == pytest.approx(0.7)
    assert kappa(pairs_of_presence(20, 5, 10, 15)).value == pytest.approx(0.4)


def test_kappa_and_its_bounds_of_fleiss() -> None:
    """Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", table 18.1: kappa 0.68, standard error 0.087."""
    rows = ((75, 1, 4), (5, 4, 1), (0, 0, 10))
    found = kappa({(i, j): rows[i][j] for i in range(3) for j in range(3)})
    assert found.value == pytest.approx(0.676, abs=0.001)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(0.087, abs=0.001)


def test_where_nothing_varies_there_is_no_value_and_a_word_for_it() -> None:
    assert kappa({}) == alpha([]) == per_cent({}) == Measure(None, 0, why=Why.NO_UNITS)
    assert kappa(pairs_of_presence(0, 0, 0, 9)) == Measure(None, 9, why=Why.NO_VARIATION)
    assert alpha([("a", "a"), ("a", None)]) == Measure(None, 1, why=Why.NO_VARIATION)
    assert alpha_of_presence({(0, 1): 7, (1, 1): 3}) == Measure(None, 0, why=Why.NO_UNITS)


def test_kappa_of_a_coder_who_always_said_the_same_has_no_bounds() -> None:
    """Its standard error is 0, which would read as certainty: one coder gave the code once in 20 units, the other never."""
    assert kappa(pairs_of_presence(0, 1, 0, 19)) == kappa(pairs_of_presence(0, 0, 1, 19)) == Measure(0.0, 20)
    assert kappa(pairs_of_presence(0, 1, 1, 18)).low is not None


values = st.one_of(st.none(), st.sampled_from("abc"))
matrices = st.lists(st.tuples(values, values, values), min_size=1, max_size=30)
whole = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


@given(matrices)
def test_alpha_does_not_mind_who_is_who_nor_what_values_are_called(units: list[tuple[Hashable | None, ...]]) -> None:
    found = alpha(units)
    assert alpha([tuple(reversed(unit)) for unit in units]) == found
    renamed = {"a": "z", "b": "x", "c": "y", None: None}
    again = alpha([tuple(renamed[value] for value in unit) for unit in units])
    assert (again.value, again.units) == (pytest.approx(found.value), found.units)
    assert found.value is None or (found.value <= 1 and (found.low is None or found.low <= found.high))


@given(whole)
def test_kappa_stays_within_its_bounds_and_does_not_mind_the_order(said: list[tuple[str, str]]) -> None:
    found, turned = kappa(Counter(said)), kappa(Counter((b, a) for a, b in said))
    assert turned.value == pytest.approx(found.value)
    if found.low is not None:
        assert -1 <= found.low <= found.value + 1e-9
        assert found.value <= found.high + 1e-9 <= 1 + 1e-9


@given(st.lists(st.sampled_from("ab"), min_size=2).filter(lambda said: len(set(said)) == 2))
def test_perfect_agreement_is_one(said: list[str]) -> None:
    both = [(value, value) for value in said]
    assert kappa(Counter(both)).value == pytest.approx(1)
    assert alpha(both).value == pytest.approx(1)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.one_of(st.none(), st.booleans())), min_size=1, max_size=30))
def test_counted_presence_gives_the_alpha_of_the_units(units: list[tuple[bool | None, ...]]) -> None:
    seen = [[value for value in unit if value is not None] for unit in units]
    counted = alpha_of_presence(Counter((sum(unit), len(unit)) for unit in seen))
    assert counted.value == pytest.approx(alpha(units).value)
