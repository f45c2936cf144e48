"""`allowed()` in SQL: for what is listed, the same answer as a condition on rows.

A clause is declared beside the predicate it says again. Lists, counts, search, exports, feeds and mails narrow their query by
`permitted()`, so that none of them shows what the page of the row would refuse; a test compares both for everybody and every
row, on both databases. What has no clause is not listed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor

#: The condition on the rows of one consultation, or (None) of the instance.
Condition = Callable[[Actor, Any], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Clause:
    """A permission as a condition on the rows of a model."""

    action: str
    model: type[Any]
    condition: Condition


_declared: dict[str, Clause] = {}


def clause(action: str, model: type[Any]) -> Callable[[Condition], Condition]:
    """Declare a permission's condition on rows; decorates `(actor, consultation) -> condition`, which reads nothing.

    The consultation is pinned by `permitted()` where the model names one. Raises ValueError for a second one.
    """

    def declare(condition: Condition) -> Condition:
        if action in _declared:
            raise ValueError(f"the permission {action!r} has a clause already")
        _declared[action] = Clause(action, model, condition)
        return condition

    return declare


def declared_clauses() -> Mapping[str, Clause]:
    """Return every declared clause by the name of its permission."""
    return dict(_declared)


def permitted(actor: Actor, action: str, consultation: uuid.UUID | None = None) -> sa.ColumnElement[bool]:
    """Return the condition that `actor` may do `action` to a row, of a consultation where the rows belong to one.

    Raises KeyError where no clause is declared, ValueError where a consultation is missing: nothing is listed by mistake.
    """
    declared = _declared[action]
    found = declared.condition(actor, consultation)
    if (here := getattr(declared.model, "consultation_id", None)) is None:
        return found
    if consultation is None:
        raise ValueError(f"{action!r} is asked about the rows of one consultation")
    return sa.and_(here == consultation, found)
