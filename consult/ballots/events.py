"""Events of ballots. Totals only: who voted how is never an event, and casting is none at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class DecisionRuleAdded(Event):
    """An organiser added a decision rule to a consultation."""

    rule: str


@dataclass(frozen=True, slots=True)
class BallotPrepared(Event):
    """A ballot was prepared: its question and its rule; `round` counts the ballots on one question."""

    ballot: uuid.UUID
    number: int
    kind: str
    rule: str
    recommendation: uuid.UUID | None
    session: uuid.UUID | None
    round: int


@dataclass(frozen=True, slots=True)
class BallotOpened(Event):
    """A ballot was opened: its roll (`voters` of `seats`, SHA-256 `roll_hash`) and the text of its rule are frozen.

    `present` is None for a ballot outside a session; `version` is that of the recommendation voted on.
    """

    milestone: ClassVar[bool] = True
    ballot: uuid.UUID
    number: int
    rule: str
    recommendation: uuid.UUID | None
    version: int | None
    session: uuid.UUID | None
    seats: int
    present: int | None
    voters: int
    roll_hash: str


@dataclass(frozen=True, slots=True)
class BallotClosed(Event):
    """A ballot was closed and counted: the outcome, and how many votes each of `choices` got, in the same order."""

    milestone: ClassVar[bool] = True
    ballot: uuid.UUID
    number: int
    recommendation: uuid.UUID | None
    session: uuid.UUID | None
    outcome: str
    voters: int
    cast: int
    choices: tuple[str, ...]
    votes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BallotAnnulled(Event):
    """A ballot was annulled, for a reason that stands on its page; its result does not count."""

    milestone: ClassVar[bool] = True
    ballot: uuid.UUID
    number: int
    recommendation: uuid.UUID | None
    session: uuid.UUID | None
