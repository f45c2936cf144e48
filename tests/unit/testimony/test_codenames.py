"""Codenames: lists without twins, ninety bits, and hands that may be careless."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from consult.errors import Rejected
from consult.testimony.codenames import (
    LEAST_BITS,
    LISTED,
    WORDS,
    canonical,
    draw,
    entropy_bits,
    folded,
    is_one_slip,
    listed,
    read_codename,
    words_of,
)

LANGUAGES = ("ar", "en", "fr")
ENGLISH = ("garden", "hammer", "kiwi", "lantern", "marble", "needle", "oasis", "pepper", "quarry", "rabbit")


def test_a_codename_is_worth_ninety_bits() -> None:
    assert entropy_bits() == WORDS * math.log2(LISTED) == LEAST_BITS == 90


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_no_two_words_that_a_slip_could_exchange(language: str) -> None:
    spellings = [folded(word) for word in words_of(language)]
    assert len(set(spellings)) == len(spellings) == LISTED
    assert [pair for pair in combinations(spellings, 2) if is_one_slip(*pair)] == []
    assert {spelling.isalpha() and 3 <= len(spelling) <= 8 for spelling in spellings} == {True}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_drawn_is_read_again(language: str) -> None:
    words = draw(language)
    assert len(words) == WORDS
    assert read_codename(" ".join(words), [language]) == words
    assert draw(language) != words


def test_words_are_drawn_from_the_whole_list() -> None:
    drawn = {word for _ in range(1200) for word in draw("fr")}
    assert drawn == set(words_of("fr"))  # one of 512 is missed by 12,000 draws once in thirty million times


@pytest.mark.parametrize(
    "typed",
    [
        "GARDEN Hammer kiwi lantern marble needle oasis pepper quarry rabbit",
        "garden-hammer-kiwi-lantern-marble\nneedle, oasis; pepper. quarry   rabbit",
        "1. garden 2. hammer 3. kiwi 4. lantern 5. marble 6. needle 7. oasis 8. pepper 9. quarry 10. rabbit",
        "gardne hamer kiwi lanntern marble nedle oasis peppar quarry rabit",
        "\u200fgarden hammer kiwi lantern marble needle oasis pepper quarry rabbit\u200e",
    ],
)
def test_hands_may_be_careless(typed: str) -> None:
    assert read_codename(typed, ["ar", "en", "fr"]) == ENGLISH


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("ar", "أرنَب", "أرنب"),
        ("ar", "ارنب", "أرنب"),
        ("ar", "لولو", "لؤلؤ"),
        ("ar", "طاير", "طائر"),
        ("ar", "تفاحه", "تفاحة"),
        ("ar", "قهـــوة", "قهوة"),
        ("ar", "قهوتنا", None),
        ("fr", "CHENE", "chêne"),
        ("fr", "soeur", "sœur"),
        ("en", "xylophone", None),
    ],
)
def test_spellings_of_one_word_are_one(language: str, typed: str, meant: str | None) -> None:
    assert listed(typed, language) == meant


def test_only_the_order_counts() -> None:
    assert canonical(ENGLISH) != canonical(tuple(reversed(ENGLISH)))
    assert canonical(ENGLISH) == canonical(tuple(word.upper() for word in ENGLISH))


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ("", ["A codename has 10 words. You wrote 0."]),
        ("garden hammer", ["A codename has 10 words. You wrote 2."]),
        ("garden " * 9 + "qqqqqqq", ["Word 10 is on none of the lists. Look at it again."]),
        ("garden " * 100_000, ["A codename has 10 words. You wrote 58."]),
    ],
)
def test_what_is_no_codename_is_said_without_looking_anything_up(typed: str, problems: list[str]) -> None:
    with pytest.raises(Rejected) as refused:
        read_codename(typed, LANGUAGES)
    assert [(one.field, str(one.message)) for one in refused.value.problems] == [("codename", p) for p in problems]


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("abc", "abc", False),
        ("abc", "abd", True),
        ("abc", "ab", True),
        ("abc", "xabc", True),
        ("abc", "acb", True),
        ("abc", "cba", False),
        ("abcd", "ab", False),
        ("abcd", "badc", False),
    ],
)
def test_one_slip(one: str, other: str, slip: bool) -> None:
    assert is_one_slip(one, other) is is_one_slip(other, one) is slip
