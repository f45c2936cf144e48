"""What people type, made plain."""

from __future__ import annotations

import pytest

from consult.cleaning import clean_line, clean_text


@pytest.mark.parametrize(
    "typed",
    [
        "\u200b\u200b",  # zero-width spaces
        "\u200c \u200d",  # joiners that join nothing
        "\u3164",  # a Hangul filler, the blank name of social networks
        "\u2800\u2800",  # Braille without a dot
        "\u202e\u2066\u061c",
        "\ufe0f\u034f\U000e0041",
        "\ufeff\u00ad \n\t",
    ],
)
def test_what_nobody_sees_was_not_typed(typed: str) -> None:
    assert (clean_line(typed), clean_text(typed)) == ("", "")


def test_what_came_along_with_a_paste_makes_no_other_name() -> None:
    assert clean_line("\ufeffMar\u200bzuq Mu\u00adnici\u2060pality") == "Marzuq Municipality"
    assert clean_line("\u0645\u06cc\u200c\u0634\u0648\u062f") == "\u0645\u06cc\u200c\u0634\u0648\u062f", (
        "a joiner of its word stays"
    )
    assert clean_line("\U0001f469\u200d\U0001f33e") == "\U0001f469\u200d\U0001f33e", "and one of a picture"
    assert clean_text("one\u200btwo\n") == "one\u200btwo", "where a longer text may break is its author's"
