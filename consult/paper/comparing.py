"""When two entries of a box are the same.

Words are the same where they are folded to the same (`consult.folding`): white space, vowel marks, tatweel, the seats of
hamza, capital letters and accents are no differences, because hands write them in several ways and a clerk does not correct
a hand. Signs between words are. What is taken is the first entry's spelling. Marks, dates, numbers and places are the same
only where they are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consult.folding import fold
from consult.paper.boxes import Box


def alike(box: Box, first: Any, second: Any) -> bool:
    """Tell whether two entries of a box are the same; nothing entered is the same as nothing."""
    return _folded(first) == _folded(second) if box.written else bool(first == second)


def _folded(answer: Any) -> list[str]:
    lines = answer if isinstance(answer, list) else [str(answer or "")]
    return [fold(line) for line in lines if line]


def compared(boxes: Sequence[Box], first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, bool]:
    """Return for every box that is filled in either entry whether they differ."""
    asked = [box for box in boxes if box.question.key in first or box.question.key in second]
    return {
        box.question.key: not alike(box, first.get(box.question.key), second.get(box.question.key)) for box in asked
    }
