"""Reading a mapping that somebody wrote: each value is checked where it is taken, and what nobody took is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from consult.errors import Problem
from consult.i18n import LANGUAGES, N_, Localized, Message

E = TypeVar("E", bound=StrEnum)

_SHARE = re.compile(r"[0-9]{1,9}/[0-9]{1,9}", re.ASCII)


class Fields:
    """One mapping being read. Problems are noted with their place (`counts.for`), and a harmless value is returned."""

    def __init__(self, mapping: object, problems: list[Problem], place: str = "") -> None:
        self.place = place
        self.problems = problems
        self._values: Mapping[str, Any] = {}
        self._taken: set[str] = set()
        if isinstance(mapping, Mapping):
            self._values = mapping
        else:
            self.note("", N_("%(place)s must be an object with named values.", place=place or N_("The input")))

    def __contains__(self, key: str) -> bool:
        """Return whether a key has a value; whoever asks knows the key."""
        return self.take(key) is not None

    def at(self, key: str) -> str:
        """Return the place of a key, from the outermost mapping on."""
        return ".".join(part for part in (self.place, key) if part)

    def note(self, key: str, message: Message) -> None:
        """Note a problem with the value of a key, or with the whole mapping when the key is empty."""
        self.problems.append(Problem(self.at(key), message))

    def take(self, key: str) -> Any:
        """Return the raw value of a key, None when it is absent."""
        self._taken.add(key)
        return self._values.get(key)

    def whole(self, key: str, least: int = 0) -> int | None:
        """Return a whole number of at least `least`, None when it is absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.note(
                key, N_("%(place)s must be a whole number; it is %(value)s.", place=self.at(key), value=shown(value))
            )
        elif value < least:
            self.note(
                key,
                N_(
                    "%(place)s must be %(least)s or more; it is %(value)s.",
                    place=self.at(key),
                    least=least,
                    value=value,
                ),
            )
        else:
            return value
        return None

    def text(self, key: str) -> str:
        """Return a line of text, "" when it is absent."""
        value = self.take(key)
        if value is None or isinstance(value, str):
            return (value or "").strip()
        self.note(key, N_("%(place)s must be a text; it is %(value)s.", place=self.at(key), value=shown(value)))
        return ""

    def flag(self, key: str) -> bool:
        """Return a truth value, False when it is absent."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.note(key, N_("%(place)s must be true or false; it is %(value)s.", place=self.at(key), value=shown(value)))
        return False

    def one_of(self, key: str, words: Iterable[E]) -> E | None:
        """Return one of some words (an enumeration, or part of one), None when it is absent."""
        value = self.take(key)
        return None if value is None else self._word(key, value, words)

    def some_of(self, key: str, words: Iterable[E]) -> tuple[E, ...]:
        """Return a list of some words, empty when it is absent."""
        found = [self._word(key, value, words) for value in self._list(key)]
        return tuple(word for word in found if word is not None)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty when it is absent."""
        values = self._list(key)
        if all(isinstance(value, str) and value.strip() for value in values):
            return tuple(values)
        self.note(key, N_("%(place)s must be a list of names.", place=self.at(key)))
        return ()

    def localized(self, key: str) -> Localized:
        """Return a text in the languages of the interface, empty when it is absent."""
        if key not in self:
            return Localized()
        inner = self.inner(key)
        texts = {code: inner.text(code) for code in LANGUAGES}
        inner.close()
        return Localized(texts)

    def share(self, key: str) -> Fraction | None:
        """Return a share written as a fraction, such as "2/3", None when it is absent; decimals are refused."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, str) and _SHARE.fullmatch(value):
            above, below = map(int, value.split("/"))
            if above <= below != 0:
                return Fraction(above, below)
        self.note(
            key,
            N_(
                '%(place)s must be a fraction from 0 to 1, such as "2/3"; it is %(value)s.',
                place=self.at(key),
                value=shown(value),
            ),
        )
        return None

    def inner(self, key: str) -> Fields:
        """Return the mapping under a key, an empty one when it is absent."""
        value = self.take(key)
        return Fields({} if value is None else value, self.problems, self.at(key))

    def named(self, key: str) -> Iterator[tuple[str, Fields]]:
        """Yield the mappings under a key, with the name of each."""
        outer = self.inner(key)
        for name in outer.names():
            yield name, outer.inner(name)

    def each(self, key: str) -> Iterator[Fields]:
        """Yield the mappings of a list, with their position from 1."""
        for position, value in enumerate(self._list(key), start=1):
            yield Fields(value, self.problems, f"{self.at(key)}[{position}]")

    def names(self) -> tuple[str, ...]:
        """Return the keys of a mapping whose keys are free names; an empty name is a problem."""
        names = tuple(self._values)
        if not all(name.strip() for name in names):
            self.note("", N_("%(place)s has an entry without a name.", place=self.place))
            return ()
        return names

    def close(self) -> None:
        """Note every key that nobody took."""
        for key in self._values:
            if key not in self._taken:
                self.note(str(key), N_("%(place)s is not known here.", place=self.at(str(key))))

    def _word(self, key: str, value: object, words: Iterable[E]) -> E | None:
        found = next((word for word in words if word.value == value), None)
        if found is None:
            known = ", ".join(words)
            self.note(
                key,
                N_(
                    "%(place)s must be one of %(known)s; it is %(value)s.",
                    place=self.at(key),
                    known=known,
                    value=shown(value),
                ),
            )
        return found

    def _list(self, key: str) -> list[Any]:
        value = self.take(key)
        if value is None or isinstance(value, list | tuple):
            return list(value or ())
        self.note(key, N_("%(place)s must be a list; it is %(value)s.", place=self.at(key), value=shown(value)))
        return []


def shown(value: object) -> str:
    """Return a value as it was written, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
