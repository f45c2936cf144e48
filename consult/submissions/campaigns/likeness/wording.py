"""Texts as their wording: folded words and the stops between sentences, without case, marks, accents and commas."""

from __future__ import annotations

import re

from consult.folding import fold

#: What may end a sentence; everything else that is neither letter nor digit only separates words.
STOPS = frozenset(".!?؟؛;:")
_TOKEN = re.compile(r"[^\W_]+|[.!?؟؛;:]")


def wording(text: str) -> str:
    """Return the folded words of a text and its stops, with one space between any two of them."""
    return " ".join(_TOKEN.findall(fold(text)))


def words_of(wording: str) -> list[str]:
    """Return the words of a wording, in order, without the stops."""
    return [token for token in wording.split() if token not in STOPS]


def sentences_of(wording: str) -> list[list[str]]:
    """Return the words of a wording by sentence; none is empty."""
    sentences: list[list[str]] = [[]]
    for token in wording.split():
        if token not in STOPS:
            sentences[-1].append(token)
        elif sentences[-1]:
            sentences.append([])
    return [sentence for sentence in sentences if sentence]
