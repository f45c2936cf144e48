"""Events of consent. Who answered what stands in no event: only that a person answered a version."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class PurposePublished(Event):
    """A purpose got a text that people are asked to agree to: its version, and whether it changes something in substance."""

    purpose: uuid.UUID
    use: str
    version: int
    substance: bool


@dataclass(frozen=True, slots=True)
class PurposeEnded(Event):
    """People are asked for a purpose no more, and no answer to it has an effect."""

    purpose: uuid.UUID
    use: str


@dataclass(frozen=True, slots=True)
class ConsentAnswered(Event):
    """A person said yes or no to a version of a purpose; which of both stands in no log."""

    person: uuid.UUID
    purpose: uuid.UUID
    version: int
