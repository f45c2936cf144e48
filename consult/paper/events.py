"""Events of paper: numbers and ids only. What is on a sheet, and who wrote it, stands in none.

What is done with one sheet is told to the stream of the instance, which nobody but those who hold the database reads. In that
of the consultation, which is public, a line about a sheet would stand beside the one of the text that it becomes, and tell of a
text without a name that it came on paper: in a small town that is its author. Only that sheets were printed is public.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class SheetsPrinted(Event):
    """Sheets of a track's form were printed, numbered from `first` to `last`."""

    track: str
    language: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SheetReceived(Event):
    """A clerk noted the `day` on which a sheet came in on paper: that one counts for the deadline."""

    sheet: uuid.UUID
    number: int
    day: str


@dataclass(frozen=True, slots=True)
class SheetEntered(Event):
    """A clerk entered a sheet: the first or the second of two, or the only one where a clerk wrote down what was said."""

    sheet: uuid.UUID
    number: int
    place: int


@dataclass(frozen=True, slots=True)
class EntriesCompared(Event):
    """The two entries of a sheet were compared: how many boxes were filled in either, and how many differed."""

    sheet: uuid.UUID
    number: int
    boxes: int
    differed: int


@dataclass(frozen=True, slots=True)
class SheetSettled(Event):
    """A third person settled where the two entries of a sheet differed."""

    sheet: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class SheetSetAside(Event):
    """A sheet was set aside; `reason` is empty, unreadable, spoilt or twice."""

    sheet: uuid.UUID
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReceiptPrinted(Event):
    """A receipt was printed for a sheet; a former one opens nothing any more."""

    sheet: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class SheetClaimed(Event):
    """Whoever has the receipt of a sheet took its text over with their account."""

    sheet: uuid.UUID
    number: int
    submission: uuid.UUID


@dataclass(frozen=True, slots=True)
class ScanAdded(Event):
    """A picture of a sheet was added."""

    sheet: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class ScanRemoved(Event):
    """A picture of a sheet was taken away."""

    sheet: uuid.UUID
    number: int
