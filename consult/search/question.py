"""A question to the text index as people type it: words, phrases in quotation marks, and fields with a colon.

    water "right to work" title:school      ماء «الحق في العمل» عنوان:مدرسة      eau « droit au travail » titre:école

What means nothing here (another colon, a lone quotation mark, an operator of some database) is read as words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from consult.folding import fold
from consult.search.words import MOST_WORDS, NARROW_PREFIX, SHORTEST_PREFIX, words_of


class Field(StrEnum):
    """Where words are looked for, or what else is asked; "" is everywhere."""

    EVERYWHERE = ""
    TITLE = "title"
    BODY = "body"
    TRACK = "track"
    LANGUAGE = "language"
    STATE = "state"
    REGION = "region"


#: Fields in which words are looked for; the others narrow the list by what they name.
OF_WORDS = (Field.EVERYWHERE, Field.TITLE, Field.BODY)
#: What stands before the words of a title and of a name in the index, beside the words themselves: no word has it.
MARKS: Mapping[Field, str] = {Field.EVERYWHERE: "", Field.TITLE: "\u2020", Field.BODY: "\u2021"}
#: The names of fields as they are typed, in each language of the interface, folded.
NAMES: Mapping[str, Field] = {
    fold(name): field
    for field, names in {
        Field.TITLE: "title titre عنوان العنوان",
        Field.BODY: "body organisme municipality commune district جهة الجهة بلدية البلدية",
        Field.TRACK: "track volet filière مسار المسار",
        Field.LANGUAGE: "language langue لغة اللغة",
        Field.STATE: "state état حالة الحالة",
        Field.REGION: "region région إقليم الإقليم منطقة المنطقة",
    }.items()
    for name in names.split()
}
#: Quotation marks that belong together, of typewriters and of the three languages.
_QUOTED = r'"[^"]*"|«[^»]*»|“[^”“]*[”“]|„[^“”]*[“”]|‹[^›]*›'
_PART = re.compile(rf"(?:(?<!\S)([^\W\d_]{{2,20}})[ \u00a0\u202f]?:[ \u00a0\u202f]?)?({_QUOTED}|[^\s\"«»“”„‹›]+)")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand together, in a field; `open` says that the last is the beginning of a word that is still typed."""

    words: tuple[str, ...]
    field: Field = Field.EVERYWHERE
    open: bool = False


def _stands_in(term: Term, folded: str) -> bool:
    piece = f" {' '.join(MARKS[term.field] + word for word in term.words)}"
    return piece in folded if term.open else f"{piece} " in folded


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: terms that a text must all have, and what other fields were said to be."""

    terms: tuple[Term, ...] = ()
    said: tuple[tuple[Field, str], ...] = ()

    @property
    def phrases(self) -> tuple[Term, ...]:
        """Return the terms of several words."""
        return tuple(term for term in self.terms if len(term.words) > 1)

    @property
    def narrow(self) -> bool:
        """Tell whether gathering all matches is cheap: no phrase, and a beginning of a word only where it stands for few."""
        return all(len(t.words) == 1 and (not t.open or len(t.words[0]) >= NARROW_PREFIX) for t in self.terms)

    def found_in(self, folded: str) -> bool:
        """Tell whether a folded text of the index has everything that is asked for: what the databases answer, for one text."""
        return all(_stands_in(term, folded) for term in self.terms)

    def within(self, field: Field) -> Question:
        """Return the question with what names no field looked for in this one."""
        moved = (replace(term, field=field) if term.field is Field.EVERYWHERE else term for term in self.terms)
        return replace(self, terms=tuple(dict.fromkeys(moved)))

    def of(self, field: Field) -> str:
        """Return what a field was last said to be, "" if it was not."""
        return dict(self.said).get(field, "")


def parse(text: str) -> Question:
    """Read what somebody typed; at most MOST_WORDS words of it."""
    terms: list[Term] = []
    said: list[tuple[Field, str]] = []
    for found in _PART.finditer(text):
        name, part = found[1], found[2]
        field = NAMES.get(fold(name)) if name else Field.EVERYWHERE
        quoted = part[0] in '"«“„‹'
        if field is None:  # a colon that means nothing here
            terms += [Term((word,)) for word in words_of(name)]
        elif field not in OF_WORDS:
            said.append((field, " ".join(part.strip('"«»“”„‹›').split())))
            continue
        words = words_of(part)
        where = field or Field.EVERYWHERE
        terms += [Term(tuple(words), where)] if quoted and words else [Term((word,), where) for word in words]
        if not quoted and words and found.end() == len(text.rstrip()):
            terms[-1] = replace(terms[-1], open=True)
    return Question(_cut(terms), tuple(said))


def _cut(terms: list[Term]) -> tuple[Term, ...]:
    """Leave out what was said before, and what is beyond the longest question."""
    kept: dict[Term, None] = {}
    left = MOST_WORDS
    for term in terms:
        words = term.words[:left]
        if words:
            kept[replace(term, words=words, open=term.open and len(words[-1]) >= SHORTEST_PREFIX)] = None
            left -= len(words)
    return _without_repeated(tuple(kept))


def _without_repeated(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Leave out a word that is asked for as the beginning of one as well, where it is the same word."""
    closed = {term for term in terms if not term.open}
    return tuple(term for term in terms if not (term.open and replace(term, open=False) in closed))
