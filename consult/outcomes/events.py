"""Events of the outcome document. Keys of regions and hashes are in them, never a word of the text."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class RegionEdited(Event):
    """An organiser wrote the text of a region in a language; `text` is its SHA-256."""

    region: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class RegionMerged(Event):
    """An organiser decided on a text whose source had moved: kept it, or joined both; `text` is its SHA-256."""

    region: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class RegionReturned(Event):
    """An organiser gave a region back to the record: its text is generated again."""

    region: str
    language: str


@dataclass(frozen=True, slots=True)
class RegionLocked(Event):
    """An organiser fixed the text of a region."""

    region: str
    language: str


@dataclass(frozen=True, slots=True)
class RegionUnlocked(Event):
    """An organiser released the text of a region."""

    region: str
    language: str


@dataclass(frozen=True, slots=True)
class RegionHidden(Event):
    """An organiser left a region out of the document, in every language."""

    region: str


@dataclass(frozen=True, slots=True)
class RegionShown(Event):
    """An organiser took a hidden region back into the document, in every language."""

    region: str


@dataclass(frozen=True, slots=True)
class SilenceExplained(Event):
    """An edition came while so many accepted submissions had no answer; the reason that was given stands on its page."""

    edition: uuid.UUID
    number: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class EndExplained(Event):
    """The phase of the outcome ended, or had ended, while so many submissions had no answer; the reason stands with the answers."""

    unanswered: int


@dataclass(frozen=True, slots=True)
class EditionPublished(Event):
    """An edition of the outcome document was published; `seal` is the SHA-256 of the list of its texts and their hashes."""

    milestone: ClassVar[bool] = True
    edition: uuid.UUID
    number: int
    seal: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LettersSent(Event):
    """An organiser sent the letters of answer: so many, one for each submission that has something new to be told."""

    round: uuid.UUID
    number: int
    letters: int


@dataclass(frozen=True, slots=True)
class LettersPrinted(Event):
    """An organiser printed letters of answer to authors who have no address: so many."""

    letters: int


@dataclass(frozen=True, slots=True)
class LetterWordsWritten(Event):
    """An organiser wrote what every letter of answer says beside the answers, in so many languages; the words stand in the letters."""

    languages: int


@dataclass(frozen=True, slots=True)
class OpenDataLicensed(Event):
    """An organiser chose the licence under which the public part is given away as open data; "" means no more."""

    licence: str
