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
