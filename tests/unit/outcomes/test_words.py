"""The document's furniture: complete in three languages, with the same places to fill."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from consult.outcomes.tree import Bar, Outcome, Part, PartKind, QuoteKind
from consult.outcomes.words import document_words, vote_bar, vote_part


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_word_is_there_with_the_same_places(language: str) -> None:
    english, words = document_words("en"), document_words(language)
    assert words.keys() == english.keys()
    for key, word in words.items():
        assert word, key
        assert {f for _, f, _, _ in Formatter().parse(word)} == {f for _, f, _, _ in Formatter().parse(english[key])}, (
            key
        )


def test_no_english_in_the_arabic() -> None:
    latin = {
        word
        for words in document_words("ar").values()
        for word in re.findall(r"[A-Za-z]{2,}", re.sub(r"{\w+}", "", words))
    }
    assert latin == {"SHA"}


def test_every_outcome_and_kind_of_quotation_has_a_word() -> None:
    for language in ("ar", "en", "fr"):
        assert {*Outcome, *QuoteKind} <= document_words(language).keys()


def test_another_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        document_words("es")


def test_a_bar_is_described_in_words() -> None:
    words = document_words("en")
    parts = (vote_part(words, "for", 46), vote_part(words, "against", 17))
    assert vote_bar(words, 63, parts, 42) == Bar(
        63,
        (Part(PartKind.FOR, "In favour", 46), Part(PartKind.AGAINST, "Against", 17)),
        "In favour: 46, Against: 17, of 63; needed: 42",
        42,
    )
    arabic = document_words("ar")
    assert vote_bar(arabic, 5, (vote_part(arabic, "not_cast", 5),)).description == "لم يُدلَ بها: 5، من أصل 5"
