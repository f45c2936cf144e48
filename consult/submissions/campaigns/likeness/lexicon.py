"""Opposites: words that turn a demand round, by language, from `opposites.csv` beside this file.

A row has an axis, its kind, a language, and the words of one side and of the other. Kinds: `polar` (one side grants, keeps,
opens, enlarges; the other refuses, ends, closes, reduces: words of opposite sides contrast across axes too), `plain` (they
contrast only on their own axis), `negation`, `negation` with a second column (French: `ne` and `pas` make one negation), and
`concession` (even if, without waiting for). `*` stands for any ending, `_` joins the words of a phrase, and `~` before an
Arabic stem for the letters of the imperfect and the first person.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from consult.folding import fold

#: The longest ending that `*` stands for, in letters: "clos*" is closing, not a word that only begins alike.
_LONGEST_ENDING = 6
_LONGEST_PHRASE = 3
_ARABIC_PERSONS = "ينتا"
#: The ending of what several are asked to do, or did.
_ARABIC_PLURAL = "وا"


class Kind(Enum):
    """What a word does to a demand."""

    POLAR = "polar"
    PLAIN = "plain"
    NEGATION = "negation"
    HALF_NEGATION = "half"
    OTHER_HALF = "other half"
    CONCESSION = "concession"


@dataclass(frozen=True, slots=True)
class Sense:
    """One sense of a word: its kind, the axis it lies on, and its side of it (1 or -1; 0 where there are no sides)."""

    kind: Kind
    axis: str
    side: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that matters, where it begins among the words, how many words it has, and its senses."""

    text: str
    place: int
    width: int
    senses: frozenset[Sense]

    def has(self, kind: Kind) -> bool:
        """Tell whether one of its senses is of this kind."""
        return any(sense.kind is kind for sense in self.senses)


class Entry(NamedTuple):
    """What is known of a word: its senses, and its forms that begin phrases."""

    senses: frozenset[Sense]
    begins: tuple[str, ...]


@dataclass(slots=True)
class Lexicon:
    """The opposites of one language; words are looked up folded."""

    language: str
    whole: dict[str, set[Sense]] = field(default_factory=dict)
    beginnings: dict[str, set[Sense]] = field(default_factory=dict)
    phrase_starts: set[str] = field(default_factory=set)
    _known: dict[str, Entry] = field(default_factory=dict)

    def entry(self, word: str) -> Entry:
        """Return what is known of a folded word: nothing of most."""
        known = self._known.get(word)
        if known is None:
            forms = self._forms(word)
            senses = frozenset(sense for form in forms for sense in (*self.whole.get(form, ()), *self._begun(form)))
            known = self._known[word] = Entry(senses, tuple(form for form in forms if form in self.phrase_starts))
        return known

    def terms(self, words: list[str]) -> list[Term]:
        """Return the terms among words, in order; a phrase hides the words it is made of."""
        terms: list[Term] = []
        place = 0
        while place < len(words):
            entry = self.entry(words[place])
            found = self._phrase(words, place, entry.begins) if entry.begins else None
            if found is None and entry.senses:
                found = Term(words[place], place, 1, entry.senses)
            if found is not None:
                terms.append(found)
            place += found.width if found is not None else 1
        return terms

    def matters(self, words: list[str]) -> list[str]:
        """Return the words that have a sense or may begin a phrase; quick, for telling texts without any change."""
        known = self._known
        return [word for word in words if any(known.get(word) or self.entry(word))]

    def add(self, pattern: str, sense: Sense) -> None:
        """Add a word, a beginning or a phrase as the file writes it."""
        stem = fold(pattern.removeprefix("~").removesuffix("*"))
        stems = [letter + stem for letter in _ARABIC_PERSONS] if pattern.startswith("~") else [stem]
        if pattern.startswith("~"):
            self.whole.setdefault(stem + _ARABIC_PLURAL, set()).add(sense)
        ending = pattern.endswith("*") or (pattern.startswith("~") and "_" not in pattern)
        for form in stems:
            (self.beginnings if ending else self.whole).setdefault(form, set()).add(sense)
            if "_" in form:
                self.phrase_starts.add(form.partition("_")[0])

    def _phrase(self, words: list[str], place: int, firsts: tuple[str, ...]) -> Term | None:
        for first in firsts:
            for width in range(min(_LONGEST_PHRASE, len(words) - place), 1, -1):
                text = "_".join([first, *words[place + 1 : place + width]])
                if text in self.whole:
                    return Term(text, place, width, frozenset(self.whole[text]))
        return None

    def _begun(self, form: str) -> set[Sense]:
        """Return the senses of the longest beginning of a form."""
        for length in range(len(form), max(2, len(form) - _LONGEST_ENDING) - 1, -1):
            if form[:length] in self.beginnings:
                return self.beginnings[form[:length]]
        return set()

    def _forms(self, word: str) -> list[str]:
        """Return the word, and in Arabic the word without the particles written together with it."""
        forms = [word]
        if self.language != "ar":
            return forms
        for particles in ("وف", "بكلس"):
            forms += [form[1:] for form in forms if len(form) > 3 and form[0] in particles]
        forms += [form[1:] for form in forms if form.startswith("لل") and len(form) > 4]
        forms += [form[2:] for form in forms if form.startswith("ال") and len(form) > 4]
        return list(dict.fromkeys(forms))


@cache
def lexicons() -> dict[str, Lexicon]:
    """Return the lexicon of each language that has one."""
    found: dict[str, Lexicon] = {}
    with (files(__package__) / "opposites.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            lexicon = found.setdefault(row["language"], Lexicon(row["language"]))
            one, other = _kinds(row)
            for pattern in row["one"].split():
                lexicon.add(pattern, Sense(one, row["axis"], 0 if one in _NO_SIDES else 1))
            for pattern in row["other"].split():
                lexicon.add(pattern, Sense(other, row["axis"], 0 if other in _NO_SIDES else -1))
    return found


_NO_SIDES = (Kind.NEGATION, Kind.HALF_NEGATION, Kind.OTHER_HALF, Kind.CONCESSION)


def _kinds(row: dict[str, str]) -> tuple[Kind, Kind]:
    if row["kind"] == "negation" and row["other"]:
        return Kind.HALF_NEGATION, Kind.OTHER_HALF
    return Kind(row["kind"]), Kind(row["kind"])
