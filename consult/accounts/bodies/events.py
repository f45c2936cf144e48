"""Events of the register of bodies. They stand in the instance's stream."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class BodyRegistered(Event):
    """A body was entered in the register."""

    body: uuid.UUID
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class BodyChanged(Event):
    """Facts of a body in the register were corrected, in place of what was wrong; `corrected` says which."""

    body: uuid.UUID
    key: str
    corrected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyRenamed(Event):
    """A body got another name on a day; what it was until then is kept."""

    body: uuid.UUID
    key: str


@dataclass(frozen=True, slots=True)
class BodyReclassified(Event):
    """A body came to be of another kind or level, in another region or district, or under another body on a day; what it was until then is kept."""

    body: uuid.UUID
    key: str


@dataclass(frozen=True, slots=True)
class BodyEnded(Event):
    """A body ended without a successor."""

    body: uuid.UUID
    key: str


@dataclass(frozen=True, slots=True)
class BodyMerged(Event):
    """A body ended and went into another, its successor."""

    body: uuid.UUID
    key: str
    successor: uuid.UUID
    successor_key: str


@dataclass(frozen=True, slots=True)
class BodyDivided(Event):
    """A body ended and was followed by several others."""

    body: uuid.UUID
    key: str
    successors: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class BodyEndUndone(Event):
    """The end of a body was a mistake and was taken back: the body is there again."""

    body: uuid.UUID
    key: str


@dataclass(frozen=True, slots=True)
class MandateSaved(Event):
    """A mandate of a body was entered or corrected."""

    body: uuid.UUID
    mandate: uuid.UUID


@dataclass(frozen=True, slots=True)
class MandateOverlapSaved(Event):
    """That a mandate of a body overlaps another body's was recorded, or its note mended."""

    body: uuid.UUID
    overlap: uuid.UUID
    mandate: uuid.UUID
    other: uuid.UUID


@dataclass(frozen=True, slots=True)
class MandateReplaced(Event):
    """A mandate of a body took the place of another, which ended on that day and is kept."""

    body: uuid.UUID
    mandate: uuid.UUID
    former: uuid.UUID


@dataclass(frozen=True, slots=True)
class CapacitySaved(Event):
    """A capacity of a body was entered or changed."""

    body: uuid.UUID
    capacity: uuid.UUID


@dataclass(frozen=True, slots=True)
class ContactSaved(Event):
    """A contact of a body was entered or changed."""

    body: uuid.UUID
    contact: uuid.UUID


@dataclass(frozen=True, slots=True)
class BodyEntryRemoved(Event):
    """A mandate, capacity or contact that was entered by mistake was taken off the record of a body."""

    body: uuid.UUID
    entry: uuid.UUID
    kind: str
