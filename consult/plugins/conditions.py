"""Conditions: whether a question is shown, from the answers before it. Pure, so that the page, the hand-in and an import agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from consult.i18n import N_, Message


class Relation(StrEnum):
    """What a condition asks of an earlier answer."""

    EQUALS = "equals"
    ONE_OF = "one_of"
    ANSWERED = "answered"
    GREATER = "greater"


RELATION_LABELS: Mapping[Relation, Message] = {
    Relation.EQUALS: N_("The answer is"),
    Relation.ONE_OF: N_("The answer is one of"),
    Relation.ANSWERED: N_("It was answered"),
    Relation.GREATER: N_("The answer is greater than"),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """That the answer to an earlier question passes a test; `values` are keys of choices, numbers, or "yes" and "no".

    Of an answer with several choices one is enough. A question that was not shown counts as not answered.
    """

    question: str
    relation: Relation
    values: tuple[str, ...] = ()

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether the cleaned answers so far meet the condition."""
        answer = answers.get(self.question)
        if answer in (None, "", [], {}):
            return False
        if self.relation is Relation.ANSWERED:
            return True
        if self.relation is Relation.GREATER:
            return _is_greater(answer, self.values)
        return not set(_said(answer)).isdisjoint(self.values)


def _said(answer: Any) -> list[str]:
    if isinstance(answer, bool):
        return ["yes" if answer else "no"]
    return [str(item) for item in answer] if isinstance(answer, list | tuple) else [str(answer)]


def _is_greater(answer: Any, values: tuple[str, ...]) -> bool:
    try:
        return Decimal(str(answer)) > Decimal(values[0])
    except (InvalidOperation, IndexError):
        return False
