"""Codenames: words drawn at random from lists of our own, easy to write down and to type again. Pure.

Ten words of a list of 512 are 90 bits (10 x log2 512). No two words of a list fold to the same spelling, differ by one letter,
or by two neighbours exchanged. So hands and phones may be careless: capital letters, accents, tashkeel, the kinds of hamza,
spaces, hyphens and commas do not count, and a word with one slip is taken for the one word it can be. Only the order counts.
"""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from consult.errors import Problem, Rejected
from consult.folding import fold
from consult.i18n import N_

#: Words of a codename, and of each list.
WORDS, LISTED = 10, 512
#: The least that a codename must be worth.
LEAST_BITS = 90
#: What separates words: anything that is no letter, so that numbers of a list may be typed with them.
_BETWEEN = re.compile(r"[\W\d_]+")
#: Spellings beyond those that searching takes for the same: a hamza on its bearer or left out.
_LETTERS = str.maketrans({"ؤ": "و", "ئ": "ي", "ء": ""})
#: More than this nobody types: ten words of nine letters, generously.
LONGEST_TYPED = 400


@cache
def words_of(language: str) -> tuple[str, ...]:
    """Return the list of a language (`ar`, `en`, `fr`), in its own order."""
    return tuple((Path(__file__).parent / "words" / f"{language}.txt").read_text("utf-8").split())


def folded(word: str) -> str:
    """Return the spelling by which a word is compared."""
    return fold(fold(word).translate(_LETTERS))


@cache
def _by_spelling(language: str) -> Mapping[str, str]:
    return {folded(word): word for word in words_of(language)}


def entropy_bits() -> float:
    """Return how many bits a codename is worth: each word is drawn alike, with repetition, by the system's random numbers."""
    return WORDS * math.log2(LISTED)


def draw(language: str) -> tuple[str, ...]:
    """Return a new codename in a language."""
    return tuple(secrets.choice(words_of(language)) for _ in range(WORDS))


def canonical(words: Sequence[str]) -> str:
    """Return the one spelling of a codename, from which what is looked up is derived."""
    return " ".join(folded(word) for word in words)


def read_codename(typed: str, languages: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a codename as they stand in the list; the languages are tried in the order given.

    Raises Rejected at the field `codename` when the number is not right or a word stands in no list. What is said then
    follows from the lists, which everybody may read, and tells nothing about any codename that exists.
    """
    pieces = [piece for piece in _BETWEEN.split(fold(typed[:LONGEST_TYPED])) if folded(piece)]
    if len(pieces) != WORDS:
        raise Rejected(
            N_("A codename has %(words)s words. You wrote %(found)s.", words=WORDS, found=len(pieces)), "codename"
        )
    found = [[listed(piece, language) for piece in pieces] for language in languages]
    best = min(found, key=lambda words: words.count(None))
    problems = [
        Problem("codename", N_("Word %(position)s is on none of the lists. Look at it again.", position=position))
        for position, word in enumerate(best, start=1)
        if word is None
    ]
    if problems:
        raise Rejected(problems)
    return tuple(word for word in best if word is not None)


def listed(typed: str, language: str) -> str | None:
    """Return the word of a list that was meant: spelt so, or the only one that is one slip away; None if there is none."""
    spellings, spelt = _by_spelling(language), folded(typed)
    if spelt in spellings:
        return spellings[spelt]
    close = [word for spelling, word in spellings.items() if is_one_slip(spelt, spelling)]
    return close[0] if len(close) == 1 else None


def is_one_slip(one: str, other: str) -> bool:
    """Tell whether two spellings differ by one letter more, less or other, or by two neighbours exchanged."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    exchanged = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return exchanged or one[start + 1 :] == other[start + 1 :]
