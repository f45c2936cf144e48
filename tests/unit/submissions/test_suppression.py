"""Small counts: no reader can compute one back from what is published, and no more is hidden than that needs."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.submissions.figures.suppression import (
    FROM,
    LEAST,
    TO,
    Cell,
    all_protected,
    is_protected,
    nested,
    one_way,
    suppressed,
    two_way,
)


def _sums(cells: Sequence[Cell], values: Mapping[Hashable, int]) -> Mapping[Hashable, int]:
    """Return what comes to each node less what leaves it, and the total."""
    found: dict[Hashable, int] = {}
    for cell in cells:
        for node, sign in ((cell.start, -1), (cell.end, 1)):
            found[node] = found.get(node, 0) + sign * values[cell.key]
    return found


def _guesses(
    cells: Sequence[Cell], hidden: Collection[Hashable], spans: Mapping[Hashable, Collection[int]]
) -> Iterator[Mapping[Hashable, int]]:
    """Yield every table that fits what is published, trying all values of the spans: an attacker with patience."""
    truth = {cell.key: cell.value for cell in cells}
    known, asked = _sums(cells, truth), [cell for cell in cells if cell.key in hidden]
    # Cells at the beginning of the table follow from the parts behind them: only the parts are guessed.
    parts = [cell for cell in asked if cell.end == TO or cell.start != FROM]
    totals = [cell for cell in asked if cell not in parts]
    for values in product(*(spans[cell.key] for cell in parts)):
        guess = {**truth, **{cell.key: value for cell, value in zip(parts, values, strict=True)}}
        for total in totals:
            guess[total.key] = sum(guess[cell.key] for cell in cells if cell.start == total.end)
        if min((guess[cell.key] for cell in asked), default=1) >= 1 and _sums(cells, guess) == known:
            yield guess


def _told(
    cells: Sequence[Cell], hidden: Collection[Hashable], spans: Mapping[Hashable, Collection[int]]
) -> set[Hashable]:
    """Return the keys of hidden counts for which the attacker finds one value alone."""
    seen: dict[Hashable, set[int]] = {key: set() for key in hidden}
    for guess in _guesses(cells, hidden, spans):
        for key, values in seen.items():
            values.add(guess[key])
    return {key for key, values in seen.items() if len(values) == 1}


def _near(cells: Sequence[Cell], by: int = 1) -> Mapping[Hashable, Collection[int]]:
    return {cell.key: range(max(1, cell.value - by), cell.value + by + 1) for cell in cells}


def _small(size: int, most: int) -> st.SearchStrategy[Mapping[tuple[str, str], int]]:
    keys = [(row, column) for row in "ab" for column in "xyz"[:size]]
    return st.lists(st.integers(0, most), min_size=len(keys), max_size=len(keys)).map(
        lambda values: dict(zip(keys, values, strict=True))
    )


@settings(max_examples=30, deadline=None)
@given(_small(3, 9))
def test_nothing_hidden_in_a_two_way_table_can_be_computed_back(counts: Mapping[tuple[str, str], int]) -> None:
    cells = two_way(counts)
    hidden = suppressed(cells)
    if hidden is None:
        return
    assert hidden >= {cell.key for cell in cells if 0 < cell.value < LEAST}
    assert not any(cell.key in hidden for cell in cells if cell.value == 0)
    spans = _near(cells)
    assert all(key in spans for key in hidden)
    assert _told(cells, hidden, spans) == set()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_nothing_hidden_in_groups_with_parts_can_be_computed_back(west: list[int], east: list[int]) -> None:
    cells = nested({"west": {str(i): n for i, n in enumerate(west)}, "east": {str(i): n for i, n in enumerate(east)}})
    hidden = suppressed(cells)
    if hidden is not None:
        assert _told(cells, hidden, _near(cells)) == set()


@settings(max_examples=25, deadline=None)
@given(_small(2, 2), st.data())
def test_the_check_says_of_each_hidden_count_what_an_attacker_finds(
    counts: Mapping[tuple[str, str], int], data: st.DataObject
) -> None:
    cells = two_way(counts)
    choice = [cell.key for cell in cells if cell.value]
    hidden = set(data.draw(st.lists(st.sampled_from(choice), unique=True))) if choice else set()
    everything = {cell.key: range(1, sum(counts.values()) + 1) for cell in cells}
    told = _told(cells, hidden, everything)
    assert {cell.key for cell in cells if cell.key in hidden and not is_protected(cell, cells, hidden)} == told


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_in_a_row_with_its_total_all_is_protected_or_nothing_is_published(values: list[int]) -> None:
    cells = one_way(dict(enumerate(values)))
    hidden = suppressed(cells)
    if hidden is not None:
        assert len(hidden) != 1
        assert all_protected(cells, hidden)
    else:  # whatever is not 0 is 1, or stands alone
        assert sum(value > 0 for value in values) == 1 or {value for value in values if value} == {1}


def test_one_small_count_takes_the_next_smallest_with_it() -> None:
    assert suppressed(one_way({"a": 3, "b": 40, "c": 7, "d": 0})) == {"a", "c"}
    assert suppressed(one_way({"a": 5, "b": 6})) == frozenset()
    assert suppressed(one_way({"a": 1, "b": 1, "c": 1, "d": 9})) == {"a", "b", "c", "d"}


def test_one_small_count_of_a_two_way_table_takes_a_rectangle_with_it() -> None:
    counts = {("a", "x"): 2, ("a", "y"): 9, ("b", "x"): 8, ("b", "y"): 50, ("c", "x"): 70, ("c", "y"): 60}
    assert suppressed(two_way(counts)) == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_a_table_of_ones_is_not_published() -> None:
    assert suppressed(one_way(dict.fromkeys("abcdef", 1))) is None
