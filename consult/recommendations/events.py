"""Events of recommendations. What a vote makes of one is told by the ballot's events."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class RecommendationDrafted(Event):
    """A recommendation was begun as a draft."""

    recommendation: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class RecommendationDetailsChanged(Event):
    """Topic, responsible bodies or deadline of a recommendation were changed."""

    recommendation: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class SourceAdded(Event):
    """A passage of a submission became a source of a recommendation."""

    recommendation: uuid.UUID
    number: int
    submission: uuid.UUID
    passage: uuid.UUID


@dataclass(frozen=True, slots=True)
class SourceRemoved(Event):
    """A passage of a submission is no longer a source of a recommendation."""

    recommendation: uuid.UUID
    number: int
    submission: uuid.UUID
    passage: uuid.UUID


@dataclass(frozen=True, slots=True)
class QuoteSourceAdded(Event):
    """A quote of a confidential testimony, by its public number, became a source of a recommendation."""

    recommendation: uuid.UUID
    number: int
    quote: int


@dataclass(frozen=True, slots=True)
class QuoteSourceRemoved(Event):
    """A quote is no longer a source of a recommendation."""

    recommendation: uuid.UUID
    number: int
    quote: int


@dataclass(frozen=True, slots=True)
class VersionWritten(Event):
    """A version of a recommendation's text was written; a draft's is written over until it is proposed."""

    recommendation: uuid.UUID
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class RecommendationProposed(Event):
    """A recommendation was opened for discussion: from here on everybody reads it."""

    recommendation: uuid.UUID
    number: int
    version: int


@dataclass(frozen=True, slots=True)
class ReservationRecorded(Event):
    """A reservation about a recommendation was put on record, by a member or by a body that signed it off."""

    recommendation: uuid.UUID
    number: int
    reservation: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReservationWithdrawn(Event):
    """A reservation about a recommendation was withdrawn by whoever had put it on record; it stays to be read as that.

    `instead` is the body that acted in the place of the one whose reservation it is, which had gone into it.
    """

    recommendation: uuid.UUID
    number: int
    reservation: uuid.UUID
    instead: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class SubmissionAnswered(Event):
    """An organiser answered a submission, or one of its passages: what became of it; an earlier answer stays in its history.

    `recommendation` is the number of the one that the answer names, if it names one.
    """

    submission: uuid.UUID
    number: str
    passage: uuid.UUID | None
    disposition: str
    recommendation: int | None


@dataclass(frozen=True, slots=True)
class ResponseAsked(Event):
    """The organisers asked a body for its official response to a recommendation or a submission."""

    response: uuid.UUID
    recommendation: int | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ResponseRequestDropped(Event):
    """The organisers took back that they had asked a body for its official response."""

    response: uuid.UUID
    recommendation: int | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ResponseSignedOff(Event):
    """A member said yes to the official response of their body; others still have to."""

    response: uuid.UUID
    recommendation: int | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ResponseDue(Event):
    """The last day for an official response is near, and its body has not responded."""

    response: uuid.UUID
    recommendation: int | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ResponsePassed(Event):
    """A request for an official response passed to the body into which the one that was asked has gone, or back to that one."""

    response: uuid.UUID
    recommendation: int | None
    submission: str | None


@dataclass(frozen=True, slots=True)
class ResponsePublished(Event):
    """The official response of a body was published; an earlier one to the same is no longer in force.

    `instead` is the body that responded in the place of the one that was asked, which had gone into it.
    """

    response: uuid.UUID
    recommendation: int | None
    submission: str | None
    kind: str
    instead: uuid.UUID | None = None
