"""Events of evaluations: numbers, and no word of them."""

from __future__ import annotations

from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class EvaluationPublished(Event):
    """An evaluator published an evaluation of the consultation."""

    number: int


@dataclass(frozen=True, slots=True)
class EvaluationAnswered(Event):
    """The organisers answered an evaluation."""

    number: int
