"""Small numbers: hidden, and not to be reckoned from what is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import product

import pytest
from consult_cso.counting import SMALLEST_SHOWN, shown_counts

Published = tuple[int, tuple[int | None, ...] | None]


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 8, "b": 3, "c": 5}, {"a": 8, "b": 3, "c": 5}),
        ({"a": 8, "b": 0, "c": 5}, {"a": 8, "b": 0, "c": 5}),  # nobody is there to be told
        ({"a": 0, "b": 0}, {"a": 0, "b": 0}),
        ({"a": 9, "b": 2, "c": 5}, {"a": 9, "b": None, "c": None}),
        ({"a": 9, "b": 2, "c": 5, "d": 0}, {"a": 9, "b": None, "c": None, "d": 0}),
        ({"a": 9, "b": 1, "c": 3, "d": 6}, {"a": 9, "b": None, "c": None, "d": None}),
        ({"a": 9, "b": 1, "c": 4, "d": 9}, {"a": 9, "b": None, "c": None, "d": 9}),
        ({"a": 9, "b": 2, "c": 5, "d": 5}, {"a": 9, "b": None, "c": None, "d": None}),  # equal ones go together
        ({"a": 2, "b": 5}, None),
        ({"a": 1, "b": 2, "c": 1}, None),
    ],
)
def test_small_numbers_are_hidden_and_enough_others(
    counts: Mapping[str, int], shown: Mapping[str, int | None] | None
) -> None:
    assert shown_counts(counts) == shown


def _published(table: tuple[int, ...]) -> Published:
    """What everybody knows of a table: its total, and what is shown."""
    shown = shown_counts(dict(zip("abcd", table, strict=False)))
    return sum(table), None if shown is None else tuple(shown.values())


@pytest.mark.parametrize(("rows", "largest"), [(2, 13), (3, 13), (4, 10)])
def test_nobody_can_reckon_a_small_number_even_knowing_how_they_are_hidden(rows: int, largest: int) -> None:
    tables: dict[Published, list[tuple[int, ...]]] = defaultdict(list)
    for table in product(range(largest), repeat=rows):
        tables[_published(table)].append(table)
    told = [
        (published, place)
        for published, possible in tables.items()
        if published[0] < largest  # totals of which every table was made
        for place in range(rows)
        if len({table[place] for table in possible}) == 1 and 0 < possible[0][place] < SMALLEST_SHOWN
    ]
    assert told == []
