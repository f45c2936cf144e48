"""Languages, translatable messages, and the catalogues they are looked up in.

Domain rooms never translate: they make a `Message` with `N_`, and the edge (page, mail, command) renders it in the
reader's language. The catalogues of plugins are read first and the core's last, so a plugin cannot change core words.
"""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from consult.settings import resource_directory


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the interface: `code` as in addresses and catalogues, `locale` for Babel, `dir` of its script."""

    code: str
    name: str
    dir: str
    locale: Locale


LANGUAGES: Mapping[str, Language] = {
    "ar": Language("ar", "العربية", "rtl", Locale.parse("ar_LY")),
    "en": Language("en", "English", "ltr", Locale.parse("en_GB")),
    "fr": Language("fr", "Français", "ltr", Locale.parse("fr_FR")),
}
DEFAULT_LANGUAGE = "ar"
#: Parameters of messages that are amounts: their thousands are parted. Others may be years, or what somebody is to type.
AMOUNTS = frozenset({"count", "limit", "most"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ckb"})


def direction(code: str) -> str:
    """Return "rtl" or "ltr" for a language code."""
    return "rtl" if code.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be said later in the reader's language: English text, parameters, and a plural with its count."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    count: int = 0

    def __str__(self) -> str:
        return translate(self, "en")

    def __hash__(self) -> int:
        return hash((self.text, self.plural, self.count, tuple(sorted((k, str(v)) for k, v in self.params.items()))))


def N_(text: str, /, **params: object) -> Message:  # noqa: N802  # the name Babel extracts
    """Mark a sentence for translation and return it as a Message."""
    return Message(text, params)


def NN_(singular: str, plural: str, count: int, /, **params: object) -> Message:  # noqa: N802  # the name Babel extracts
    """Mark a sentence with a plural; `%(count)s` in it stands for the count."""
    return Message(singular, {"count": count, **params}, plural, count)


class Localized(Mapping[str, str]):
    """A text in several languages, as a frozen mapping from language code to text.

    A missing or empty language falls back to Arabic, then English, then French, then whatever there is.
    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Mapping[str, str] | None = None, /, **more: str) -> None:
        self._texts = {code: text for code, text in {**(texts or {}), **more}.items() if text}

    def __getitem__(self, code: str) -> str:
        return self._texts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._texts.items())))

    def __repr__(self) -> str:
        return f"Localized({self._texts!r})"

    def language_for(self, code: str) -> str:
        """Return the language in which a reader of `code` will see this text ("" when it is empty)."""
        if code in self._texts:
            return code
        return next((c for c in ("ar", "en", "fr", *self._texts) if c in self._texts), "")

    def for_language(self, code: str) -> str:
        """Return the text for a reader of `code`, falling back as the class says."""
        return self._texts.get(self.language_for(code), "")


@lru_cache(4096)
def localized_of(written: str) -> Localized:
    """Return a `Localized` from the JSON that a query gives as text: a list says the same few names on every page."""
    return Localized(json.loads(written))


#: In what people write here: languages of the country and of those who live in it; what is brought in may have others.
WRITTEN = ("ar", "ber", "tmh", "tuq", "en", "fr", "it", "tr", "am", "bn", "ha", "so", "sw", "ti", "ur")
#: Those that Unicode's list calls otherwise than their speakers do, or does not know.
_OWN_LABELS: Mapping[str, Message] = {
    "ber": N_("Tamazight"),
    "tmh": N_("Tamasheq (Tuareg)"),
    "tuq": N_("Tebu"),
}


def language_label(code: str) -> Message | Localized:
    """Return how a language is called in those of the interface; its code where nobody knows."""
    if code in _OWN_LABELS:
        return _OWN_LABELS[code]
    return Localized({read: str(one.locale.languages.get(code, code)) for read, one in LANGUAGES.items()})


_plugin_directories: list[Path] = []


def add_catalogue_directory(directory: Path) -> None:
    """Add a plugin's `translations` folder; adding it twice changes nothing."""
    if directory not in _plugin_directories:
        _plugin_directories.append(directory)
        catalogue.cache_clear()


def catalogue_directories() -> Sequence[Path]:
    """Return the folders catalogues are read from: plugins first, the core last, because later wins."""
    return (*_plugin_directories, resource_directory("locale"))


def _compiled(directory: Path, code: str) -> Path | None:
    """Return the compiled catalogue of a folder, compiling it first when the source beside it is newer."""
    source = directory / code / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    if source.exists() and (not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime):
        with source.open("rb") as text:
            catalog = read_po(text, locale=code)
        part = compiled.with_suffix(f".{id(catalog)}.part")
        with part.open("wb") as binary:
            write_mo(binary, catalog)
        part.replace(compiled)
    return compiled if compiled.exists() else None


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """Return the merged catalogue of a language."""
    merged: gettext.GNUTranslations | None = None
    for directory in catalogue_directories():
        path = _compiled(directory, code)
        if path is None:
            continue
        with path.open("rb") as binary:
            loaded = gettext.GNUTranslations(binary)
        if merged is None:
            merged = loaded
        else:
            merged._catalog.update(loaded._catalog)  # type: ignore[attr-defined]  # gettext offers no public merge
            merged.plural = loaded.plural  # type: ignore[attr-defined]
    if merged is None:
        return gettext.NullTranslations()
    if code == "fr":
        texts: dict[Any, str] = merged._catalog  # type: ignore[attr-defined]
        texts.update({key: _set_apart(text) for key, text in texts.items()})
    return merged


def _set_apart(text: str) -> str:
    """Return French words with the spaces before ; : ! ? % and within guillemets at which no line may be broken."""
    text = re.sub(r"[ \xa0](?=[;!?]|%%)", "\u202f", text)
    return re.sub(r"(?<=«)[ \u202f]|[ \u202f](?=[:»])", "\xa0", text)


def translate(message: Message | str, code: str) -> str:
    """Return a message in a language; parameters that are messages or localized texts are put in that language too."""
    if isinstance(message, str):
        return message
    texts = catalogue(code)
    text = (
        texts.gettext(message.text)
        if message.plural is None
        else texts.ngettext(message.text, message.plural, message.count)
    )
    return text % {key: _in(value, code, key) for key, value in message.params.items()} if message.params else text


def translate_markup(message: Message | str, code: str) -> Markup:
    """Return a message as HTML; every parameter is escaped and isolated, so that a name cannot turn the sentence round."""
    if isinstance(message, str):
        return escape(message)
    if not message.params and message.plural is None:
        return _markup(catalogue(code), message.text)
    bare = translate(Message(message.text, {}, message.plural, message.count), code)
    if not message.params:
        return escape(bare)
    isolated = {key: Markup("<bdi>%s</bdi>") % _in(value, code, key) for key, value in message.params.items()}
    return escape(bare) % isolated


@cache
def grouped(value: float, code: str) -> str:
    """Return a number with the separators of a language, its sign before it where words go from right to left too."""
    from babel.numbers import format_decimal  # late: most processes write no such number

    said = str(format_decimal(value, locale=LANGUAGES[code].locale))
    return f"\u200e{said}" if said.startswith("-") and code in RIGHT_TO_LEFT else said


@lru_cache(4096)
def _markup(words: gettext.NullTranslations, text: str) -> Markup:
    return escape(words.gettext(text))


def _in(value: object, code: str, name: str) -> object:
    """Return a parameter as it stands in the words of a language; a day keeps its order and a number its sign before it, which Arabic words would turn round."""
    if isinstance(value, str) and code in RIGHT_TO_LEFT and _DAY.fullmatch(value):
        return f"\u2066{value}\u2069"
    if isinstance(value, Message):
        return translate(value, code)
    if isinstance(value, int) and (value < 0 or (name in AMOUNTS and value >= 1000)):
        return grouped(value, code)
    return value.for_language(code) if isinstance(value, Localized) else value
