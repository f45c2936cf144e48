"""What a coder writes beside a passage, such as `3 15+ 8-:2-3`: codes by number, what is said about them, and of which sentences.

Pure. A part of a passage is chosen by its sentences, which the page numbers; positions are characters (Unicode code points)
of the passage as it was written.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consult.cleaning import clean_line, latin_digits
from consult.coding.states import SIGN_OF, SIGNS, Stance
from consult.i18n import N_, Message

#: Codes that one passage may get, and characters of what is written beside it.
MOST_CODES, LONGEST_LINE = 20, 300
_MARK = re.compile(r"(\d{1,6})([+\-?]?)(?::(\d{1,3})(?:-(\d{1,3}))?)?([+\-?]?)")
_BETWEEN = re.compile(r"[\s,;،؛]+")
_SENTENCE = re.compile(r"\S.*?(?:[.!?؟…]+[\"'»”)\]]*(?=\s|$)|(?=\n)|$)", re.DOTALL)
_SPELLINGS = str.maketrans({"؟": "?", "−": "-", "–": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A code given to the characters from `begins` to before `ends` of a passage; `stance` is "" where nobody marked it."""

    code: uuid.UUID
    begins: int
    ends: int
    stance: str = ""


@dataclass(frozen=True, slots=True)
class WrittenMark:
    """A mark as it was written: the number of a code, a stance, and the first and last sentence (0 for the whole passage)."""

    number: int
    stance: str = ""
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: its number from 1, and the characters from `begins` to before `ends`."""

    number: int
    begins: int
    ends: int


def sentences(text: str) -> Sequence[Sentence]:
    """Return the sentences of a passage in order; between two of them is nothing but white space."""
    found = (match for match in _SENTENCE.finditer(text) if match[0].strip())
    return [
        Sentence(number, one.start(), one.start() + len(one[0].rstrip())) for number, one in enumerate(found, start=1)
    ]


def read_line(line: str) -> tuple[list[WrittenMark], Message | None]:
    """Return the marks that a line writes, and what is wrong with it; a code that stands twice counts as written last."""
    plain = latin_digits(clean_line(line)).translate(_SPELLINGS)
    if len(plain) > LONGEST_LINE:
        return [], N_("Write at most %(limit)s characters.", limit=LONGEST_LINE)
    found: dict[int, WrittenMark] = {}
    for part in filter(None, _BETWEEN.split(plain)):
        read = _MARK.fullmatch(part)
        if read is None or (read[2] and read[5]):
            return [], N_("“%(part)s” is no code. Write numbers, such as 3 15+ 8-:2.", part=part)
        first = int(read[3] or 0)
        sign = read[2] or read[5]
        found[int(read[1])] = WrittenMark(
            int(read[1]), SIGNS[sign].value if sign else "", first, int(read[4] or 0) or first
        )
    if len(found) > MOST_CODES:
        return [], N_("Give a passage at most %(limit)s codes.", limit=MOST_CODES)
    return list(found.values()), None


def place_mark(written: WrittenMark, code: uuid.UUID, text: str) -> Mark | None:
    """Return where in a passage a written mark stands; None if the passage has no such sentence."""
    if not written.first:
        return Mark(code, 0, len(text), written.stance)
    parts = sentences(text)
    if not 1 <= written.first <= written.last <= len(parts):
        return None
    return Mark(code, parts[written.first - 1].begins, parts[written.last - 1].ends, written.stance)


def write_line(marks: Iterable[Mark], numbers: Mapping[uuid.UUID, int], text: str) -> str:
    """Return marks as a coder would write them, by number of the code."""
    return " ".join(_written(mark, numbers[mark.code], text) for mark in sorted(marks, key=lambda m: numbers[m.code]))


def _written(mark: Mark, number: int, text: str) -> str:
    sign = SIGN_OF.get(mark.stance, "")
    if (mark.begins, mark.ends) == (0, len(text)):
        return f"{number}{sign}"
    inside = [one.number for one in sentences(text) if one.begins < mark.ends and one.ends > mark.begins]
    if not inside:
        return f"{number}{sign}"
    return f"{number}{sign}:{inside[0]}" + (f"-{inside[-1]}" if inside[-1] > inside[0] else "")


def together(marks: Sequence[Mark]) -> Mark:
    """Return one mark for what several coders marked with one code: all that any of them marked; a stance if they share it."""
    stances = {mark.stance for mark in marks}
    return Mark(
        marks[0].code,
        min(mark.begins for mark in marks),
        max(mark.ends for mark in marks),
        stances.pop() if len(stances) == 1 else Stance.UNCLEAR.value,
    )


#: Passage -> code -> mark: everything one coder gave a text.
Given = Mapping[uuid.UUID, Mapping[uuid.UUID, Mark]]


def differences(coders: Sequence[Given]) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """Yield the passages and codes on which coders differ: whether the code was given, or the stance. Extent is no difference."""
    everything = dict.fromkeys((p, c) for given in coders for p, codes in given.items() for c in codes)
    for passage, code in everything:
        said = [given.get(passage, {}).get(code) for given in coders]
        if len({None if mark is None else mark.stance for mark in said}) > 1:
            yield passage, code
