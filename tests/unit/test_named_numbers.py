"""Numbers by which an address or a form names something: read where they are such, and nothing else breaks."""

from __future__ import annotations

import pytest

from consult.typed_numbers import as_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("٤٢", 42), ("999999999", 999_999_999)])
def test_a_number_is_read_in_digits_of_either_kind(text: str, number: int) -> None:
    assert as_number(text, None) == number


@pytest.mark.parametrize("text", [None, "", " 7", "-1", "+1", "1.0", "1_000", "²", "seven", "9" * 10, "9" * 5_000])
def test_all_else_is_none(text: str | None) -> None:
    assert as_number(text, None) is None
    assert as_number(text, -1) == -1


def test_a_number_may_have_fewer_digits() -> None:
    assert (as_number("999", 0, digits=3), as_number("1000", 0, digits=3)) == (999, 0)
