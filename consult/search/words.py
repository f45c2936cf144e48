"""Words: how a text and a question to it are cut into the same folded words, whatever database keeps them."""

from __future__ import annotations

import re

from consult.folding import fold

#: Letters and digits of any script, without the underscore.
_WORD = re.compile(r"[^\W_]+")
#: Words are cut at this length, and a question has at most so many of them.
LONGEST_WORD, MOST_WORDS = 64, 12
#: A shorter last word is not completed: it would find nearly everything.
SHORTEST_PREFIX = 2
#: A beginning of so many letters stands for few words.
NARROW_PREFIX = 4


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, in order, with repetitions."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def prefix_and_words(question: str) -> tuple[str, list[str]]:
    """Return the word that is still being typed ("" if it is too short) and the other words of a question.

    Whatever the question holds (quotes, operators, brackets), only its words are left.
    """
    words = list(dict.fromkeys(words_of(question)))[:MOST_WORDS]
    if words and len(words[-1]) >= SHORTEST_PREFIX:
        return words[-1], words[:-1]
    return "", words


def is_narrow(question: str) -> bool:
    """Tell whether the last word of a question stands for few words only, so that gathering its matches is cheap."""
    prefix, _ = prefix_and_words(question)
    return not prefix or len(prefix) >= NARROW_PREFIX
