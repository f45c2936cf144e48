"""What happens at the coding desk: codes, coders, texts handed out, coded and settled, themes. Never which code a text got."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class CodebookStarted(Event):
    """Codes were taken into the codebook from a scheme of topics."""

    scheme: str
    codes: int


@dataclass(frozen=True, slots=True)
class CodeSaved(Event):
    """A code was added to the codebook, or its words, place or theme were changed."""

    code: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class CodeMerged(Event):
    """A code was merged into another one; what was coded with it counts there."""

    code: uuid.UUID
    number: int
    into: int


@dataclass(frozen=True, slots=True)
class CodeRetired(Event):
    """A code is given no more; what was coded with it stays."""

    code: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class CoderAdded(Event):
    """Somebody was charged with coding."""

    coder: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class CoderEnded(Event):
    """A coder codes no more; the texts they had not finished are free again."""

    coder: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class TextsAssigned(Event):
    """Texts were handed out to coders; `twice` of them to two, who do not see each other."""

    texts: int
    twice: int


@dataclass(frozen=True, slots=True)
class TextCoded(Event):
    """A coder finished a text."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CodingReopened(Event):
    """A coder took a finished text up again."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CodingUndone(Event):
    """A coder took back the last step on a text that they have not finished."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CodingRedone(Event):
    """A coder did a step again that they had taken back."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class CodingReconciled(Event):
    """Somebody decided where the coders of a text differed; what each had coded stays."""

    submission: uuid.UUID
    number: str


@dataclass(frozen=True, slots=True)
class ThemeSaved(Event):
    """A theme was added to the board, or its names or codes were changed."""

    theme: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class ThemeDecided(Event):
    """A person found a theme agreed, contested, or open again."""

    theme: uuid.UUID
    number: int
    state: str
