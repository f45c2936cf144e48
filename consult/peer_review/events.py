"""What happens in peer review. Never who judges which text, nor a score: those who judge and who wrote must not find each other."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class ReviewerNamed(Event):
    """Somebody was named as a reviewer of a track, or what they read and how much was changed."""

    reviewer: uuid.UUID
    number: int
    track: str


@dataclass(frozen=True, slots=True)
class ReviewerEnded(Event):
    """A reviewer judges no more; the texts they had not finished were taken back."""

    reviewer: uuid.UUID
    number: int
    track: str


@dataclass(frozen=True, slots=True)
class ReviewCriteriaSet(Event):
    """On what reviewers of a track score was changed; `criteria` is how many there are now."""

    track: str
    criteria: int


@dataclass(frozen=True, slots=True)
class ReviewsAssigned(Event):
    """Texts were given to reviewers: of so many texts so many assessments; each of them is told of theirs."""

    giving: uuid.UUID
    track: str
    texts: int
    assessments: int


@dataclass(frozen=True, slots=True)
class ReviewTakenBack(Event):
    """An assessment that was not handed in was taken back from its reviewer."""

    assessment: uuid.UUID


@dataclass(frozen=True, slots=True)
class InterestDeclared(Event):
    """Somebody declared an interest in a text: they read it in no office any more, and do not judge it."""

    interest: uuid.UUID


@dataclass(frozen=True, slots=True)
class InterestLiftAsked(Event):
    """Somebody said that they declared an interest by mistake, and asked the organisers to lift it."""

    interest: uuid.UUID


@dataclass(frozen=True, slots=True)
class InterestLifted(Event):
    """An organiser lifted an interest that was declared by mistake: whoever declared it may see and judge the text again."""

    interest: uuid.UUID


@dataclass(frozen=True, slots=True)
class InterestStays(Event):
    """An organiser did not lift an interest that somebody asked to have lifted."""

    interest: uuid.UUID


@dataclass(frozen=True, slots=True)
class AssessmentHandedIn(Event):
    """A reviewer handed in what they found."""

    assessment: uuid.UUID


@dataclass(frozen=True, slots=True)
class AssessmentReopened(Event):
    """An organiser opened an assessment again that was handed in; what was handed in is kept."""

    assessment: uuid.UUID


@dataclass(frozen=True, slots=True)
class ReviewNoted(Event):
    """Somebody said something in the discussion of those who judge a text."""

    note: uuid.UUID
