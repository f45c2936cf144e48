"""What changed between two texts, word by word. Spellings that are searched alike count as the same word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from consult.folding import fold

#: "plain" (in both, as the later text spells it), "del" (only in the earlier), "ins" (only in the later)
Part = tuple[str, str]

#: A word with the white space up to the next one, or white space before the first.
_WORD = re.compile(r"\S+\s*|\s+")
#: Above so many pairs of words, difflib may pass over very frequent ones: exact comparison grows with the product.
_EXACT_UP_TO = 4_000_000


def difference(before: str, after: str) -> list[Part]:
    """Return the parts of both texts in order; joined without the "del" ones they are `after`, without "ins" `before`.

    (Up to spellings that fold to the same.) Words are compared folded, so that a vowel mark is not a change of the text.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(
        None, [fold(w) for w in old], [fold(w) for w in new], autojunk=len(old) * len(new) > _EXACT_UP_TO
    )
    parts: list[Part] = []
    for op, i, j, k, m in matcher.get_opcodes():
        if op == "equal":
            parts.append(("plain", "".join(new[k:m])))
            continue
        parts += [(kind, "".join(words)) for kind, words in (("del", old[i:j]), ("ins", new[k:m])) if words]
    return _spaced(parts)


def _spaced(parts: list[Part]) -> list[Part]:
    """Keep what is struck out apart from its neighbours, where it stood at the end of the earlier text."""
    spaced = []
    for place, (op, text) in enumerate(parts):
        if op == "del" and place and not parts[place - 1][1][-1].isspace():
            text = f" {text}"
        if op == "del" and place + 1 < len(parts) and not text[-1].isspace():
            text = f"{text} "
        spaced.append((op, text))
    return spaced


@dataclass(frozen=True, slots=True)
class PassageChange:
    """One passage of the later text (`number`), or one that is gone (`number` None), with its parts; `kind` as in the text."""

    number: int | None
    kind: str
    parts: tuple[Part, ...]

    @property
    def changed(self) -> bool:
        """Tell whether anything in it differs."""
        return any(op != "plain" for op, _ in self.parts)


def passage_changes(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> list[PassageChange]:
    """Return the passages of the later text, compared with those of the earlier; each is a pair of kind and text.

    Passages that are equal stand opposite each other; between them, they are paired in order.
    """
    matcher = SequenceMatcher(None, [_pair(p) for p in before], [_pair(p) for p in after], autojunk=False)
    changes: list[PassageChange] = []
    for _tag, i, j, k, m in matcher.get_opcodes():
        changes += _paired(before[i:j], after[k:m], k)
    return changes


def _pair(passage: tuple[str, str]) -> tuple[str, str]:
    return passage[0], fold(passage[1])


def _paired(
    before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]], offset: int
) -> Iterator[PassageChange]:
    for place, (kind, text) in enumerate(after):
        earlier = before[place][1] if place < len(before) else ""
        yield PassageChange(offset + place + 1, kind, tuple(difference(earlier, text)))
    for kind, text in before[len(after) :]:
        yield PassageChange(None, kind, (("del", text),))
