"""Sentences of the catalogue as inlines of the document tree: names isolated, numbers and days as the language writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from consult.i18n import LANGUAGES, Localized, Message, direction, translate
from consult.outcomes.tree import Inline, Name, Text
from consult.outcomes.walk import inlines, plain

_PLACE = re.compile(r"%\((\w+)\)[sd]|%%")

#: What may stand in a sentence: other sentences, names in languages, parts of the tree, figures, plain words.
Said = Message | Localized | Inline | tuple[Inline, ...] | str | int


def sentence(said: Said, language: str) -> tuple[Inline, ...]:
    """Return a message, name or figure in a language; a Localized name is isolated and says its own language."""
    return inlines(*_parts(said, language))


def words(said: Said, language: str) -> str:
    """Return the same as plain words."""
    return plain(sentence(said, language))


def _parts(said: Said, language: str) -> Iterator[str | Inline]:
    match said:
        case Message():
            yield from _filled(said, language)
        case Localized():
            yield named(said, language)
        case bool() | int():
            yield number(int(said), language)
        case str():
            yield said
        case tuple():
            yield from said
        case _:
            yield said


def _filled(message: Message, language: str) -> Iterator[str | Inline]:
    bare = translate(Message(message.text, {}, message.plural, message.count), language)
    if not message.params:
        yield bare
        return
    done = 0
    for match in _PLACE.finditer(bare):
        yield bare[done : match.start()]
        if match[0] == "%%":
            yield "%"
        else:
            yield from _parts(message.params[match[1]], language)  # type: ignore[arg-type]  # the messages of this room
        done = match.end()
    yield bare[done:]


def named(names: Localized, language: str) -> Inline:
    """Return a name that is written in several languages, isolated, in the reader's or the next best."""
    shown = names.language_for(language)
    return spoken(names.for_language(language), shown, language)


def spoken(text: str, lang: str, language: str) -> Name:
    """Return words in their own language, isolated; the language is said where it is not the document's."""
    if not lang or lang == language:
        return Name(text)
    return Name(text, lang=lang, dir=direction(lang) if direction(lang) != direction(language) else "")


def listed(parts: Iterable[tuple[Inline, ...]], language: str) -> tuple[Inline, ...]:
    """Return parts joined by the comma of a language."""
    comma = "، " if language == "ar" else ", "
    found: list[Inline] = []
    for part in parts:
        found += [Text(comma)] if found else []
        found += part
    return inlines(*found)


@cache
def number(value: int, language: str) -> str:
    """Return a whole number with the separators of a language, from 1,000 on."""
    if -1000 < value < 1000:
        return str(value)
    return str(format_decimal(value, locale=LANGUAGES[language].locale))


def day(value: datetime | date, timezone: str, language: str) -> str:
    """Return a day as a language writes it: 24 November 2026, 24 نوفمبر 2026, 24 novembre 2026."""
    on = value.astimezone(ZoneInfo(timezone)).date() if isinstance(value, datetime) else value
    said = str(format_date(on, "d MMMM y", locale=LANGUAGES[language].locale))
    return said.replace("1 ", "1er ", 1) if language == "fr" and on.day == 1 else said


def day_month(value: datetime | date, timezone: str, language: str) -> str:
    """Return a day without its year: 24 November."""
    on = value.astimezone(ZoneInfo(timezone)).date() if isinstance(value, datetime) else value
    said = str(format_date(on, "d MMMM", locale=LANGUAGES[language].locale))
    return said.replace("1 ", "1er ", 1) if language == "fr" and on.day == 1 else said
