"""What is recorded of confidential testimony.

Nothing that an author does is an event. An event has its moment, and whoever watches a telephone line or a café knows at which
moment somebody reached the platform: a log that says "at 14:03 a testimony came" names its author. So handing in, coming back,
adding, agreeing and withdrawing leave no event and no count, and a quote is published by a reader's act, some time after the
author agreed. That a public quote is gone anybody sees; the log says it of each by itself, on a day that is drawn. What readers and organisers do is recorded with ids and moments: that is what holds them to account.

That readers read, answer, propose and check stands in the instance's log, which is not shown in public; the public log of a
consultation says who was named as a reader and that a quote was published or is gone, and no more.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class TestimonyOffered(Event):
    """A consultation began to hear confidential testimony."""

    consultation: uuid.UUID


@dataclass(frozen=True, slots=True)
class TestimonyClosed(Event):
    """A consultation no longer takes new testimonies; those that came are kept, and their authors can still come back."""

    consultation: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReaderNamed(Event):
    """Somebody was named to read the testimonies of a consultation."""

    reader: uuid.UUID
    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReaderEnded(Event):
    """Somebody no longer reads the testimonies of a consultation."""

    reader: uuid.UUID
    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class TestimonyRead(Event):
    """A reader opened a testimony; `testimony` is its number, which is drawn and tells no order."""

    consultation: uuid.UUID
    testimony: int


@dataclass(frozen=True, slots=True)
class TestimonyFileOpened(Event):
    """A reader took a file of a testimony."""

    consultation: uuid.UUID
    testimony: int


@dataclass(frozen=True, slots=True)
class TestimonyAnswered(Event):
    """A reader answered a testimony, or asked its author something."""

    consultation: uuid.UUID
    testimony: int


@dataclass(frozen=True, slots=True)
class TestimonyDisposed(Event):
    """A reader said what becomes of a testimony, or said it anew; what was said is sealed with it."""

    consultation: uuid.UUID
    testimony: int


@dataclass(frozen=True, slots=True)
class QuoteProposed(Event):
    """A reader proposed words of a testimony to be quoted."""

    consultation: uuid.UUID
    testimony: int


@dataclass(frozen=True, slots=True)
class QuoteChecked(Event):
    """A second reader checked whether words would identify somebody: `passed` if not."""

    consultation: uuid.UUID
    testimony: int
    passed: bool


@dataclass(frozen=True, slots=True)
class QuotePublished(Event):
    """A quote became public, after its author agreed to the exact words; `number` is the quote's."""

    number: int


@dataclass(frozen=True, slots=True)
class QuoteWithdrawn(Event):
    """The words of a public quote were taken back by their author; recorded on one of the seven days after, drawn for each quote."""

    number: int


@dataclass(frozen=True, slots=True)
class ConfidentialKeyRotated(Event):
    """The data keys of all testimonies were wrapped with a new key, whose number this is."""

    key: int
