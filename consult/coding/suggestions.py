"""Codes that a passage may want, by likeness of words: to the codebook's own, and to what the same coder coded before.

Pure, and the same every time. Words are folded as for searching, so spellings of one word are equal, and weighed by how few
texts have them (TF-IDF); likeness is the cosine of the weights (G. Salton, C. Buckley, "Term-weighting approaches in automatic
text retrieval", Information Processing & Management 24, 1988). Which words were shared is told with each suggestion.
"""

from __future__ import annotations

import math
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consult.search.words import words_of

#: Suggestions for a passage, words told with each, and the least likeness that is worth a line.
MOST, SHARED, LEAST = 4, 3, 0.05
_RUN = re.compile(r"\S+")
_AROUND = ".,;:!?؟،؛…()[]{}«»“”‘’\"'*_-–—/"
_ARABIC = re.compile(r"[\u0600-\u06ff]")
#: Articles and particles that are written together with an Arabic word.
_JOINED = re.compile(r"^(?:[وفبك]?ال|[وف]?لل)(?=...)")
#: Words that say nothing of the matter, folded; short ones are left out anyway.
_EMPTY = frozenset(
    words_of(
        "the and for that this with from are was were which their they not has have been will should its can our more also but"
        " all any one les des une pour que qui dans par sur avec sont est aux pas leur leurs cette ces nous plus doit etre ont"
        " elle ils على إلى هذا هذه التي الذي عن مع كل بين كان لا ما أن أو ثم قد كما حتى بعد قبل عند غير أي ذلك تلك هي هو ولا بلا"
        " ولم لم فلا لها له لهم لكل لكن ولكن ليس مثل هم نحن كانت وكان يكون تكون وقد لما إذا ومن وفي وعلى وهو وهي فيها فيه منها"
        " منه عليها بها به دون غيرها que los las una por con del para como más sus"
    )
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code with its likeness (0 to 2), the words that are shared as the passage spells them, and whether it comes from earlier coding."""

    code: uuid.UUID
    likeness: float
    words: tuple[str, ...]
    from_before: bool


@dataclass(frozen=True, slots=True)
class KnownCode:
    """What a code is likened by: the words of its names, memo and examples."""

    code: uuid.UUID
    number: int
    text: str


Weights = Mapping[str, float]


def suggest(
    passages: Mapping[uuid.UUID, str], codes: Sequence[KnownCode], before: Iterable[tuple[uuid.UUID, str]]
) -> Mapping[uuid.UUID, Sequence[Suggestion]]:
    """Return suggestions for each passage, the likeliest first; `before` holds codes with passages that got them."""
    own = {code.code: Counter(stems(code.text)) for code in codes}
    earlier: dict[uuid.UUID, Counter[str]] = {}
    for code, text in before:
        if code in own:
            earlier.setdefault(code, Counter()).update(stems(text))
    asked = {passage: Counter(stems(text)) for passage, text in passages.items()}
    rarity = _rarity([*own.values(), *earlier.values(), *asked.values()])
    numbers = {code.code: code.number for code in codes}
    profiles = {
        code: (_weighed(words, rarity), _weighed(earlier.get(code, Counter()), rarity)) for code, words in own.items()
    }
    return {
        passage: _ranked(_weighed(words, rarity), profiles, numbers, passages[passage])
        for passage, words in asked.items()
    }


def stems(text: str) -> list[str]:
    """Return the folded words of a text that may say something, without Arabic articles and Latin plurals."""
    return [stem for word in words_of(text) if (stem := _stem(word))]


def _stem(word: str) -> str:
    if word in _EMPTY or word.isdecimal():
        return ""
    if _ARABIC.match(word):
        word = _JOINED.sub("", word)
        return word if len(word) > 2 else ""
    if len(word) < 3:
        return ""
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _rarity(texts: Sequence[Counter[str]]) -> Weights:
    """Return the weight of each word: 0 for one that every text has."""
    having = Counter(word for words in texts for word in words)
    return {word: math.log(1 + len(texts) / number) - math.log(2) for word, number in having.items()}


def _weighed(words: Counter[str], rarity: Weights) -> Weights:
    """Return the weights of a text's words, of length 1 together."""
    weights = {word: (1 + math.log(number)) * rarity[word] for word, number in words.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()} if length else {}


def _ranked(
    passage: Weights,
    profiles: Mapping[uuid.UUID, tuple[Weights, Weights]],
    numbers: Mapping[uuid.UUID, int],
    text: str,
) -> Sequence[Suggestion]:
    found = []
    for code, (own, earlier) in profiles.items():
        shares = Counter({word: weight * (own.get(word, 0) + earlier.get(word, 0)) for word, weight in passage.items()})
        likeness = sum(shares.values())
        if likeness >= LEAST:
            by_book = sum(weight * own.get(word, 0) for word, weight in passage.items())
            found.append((likeness, code, shares, likeness - by_book > by_book))
    found.sort(key=lambda one: (-round(one[0], 9), numbers[one[1]]))
    spelt = _spellings(text)
    return [
        Suggestion(code, likeness, tuple(spelt[word] for word in _top(shares)), from_before)
        for likeness, code, shares, from_before in found[:MOST]
    ]


def _top(shares: Counter[str]) -> list[str]:
    ranked = sorted((-weight, word) for word, weight in shares.items() if weight > 0)
    return [word for _, word in ranked[:SHARED]]


def _spellings(text: str) -> Mapping[str, str]:
    """Return how a text spells each of its stems the first time."""
    found: dict[str, str] = {}
    for match in _RUN.finditer(text):
        parts = words_of(match[0])
        for part in parts:
            if stem := _stem(part):
                found.setdefault(stem, match[0].strip(_AROUND) if len(parts) == 1 else part)
    return found
