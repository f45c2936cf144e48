"""Pages of long lists: by key, never by number; counts stop at a limit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import search
from consult.submissions.models import Submission

#: Rows of a page, and where counting stops: "more than 500" says as much as 83,412 and costs a hundredth.
PAGE, COUNTED = 25, 500

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list, and the keys from which the pages beside it begin (None at an end)."""

    rows: Sequence[Row]
    newer: str | None = None
    older: str | None = None


def page_of(rows: list[Row], key: Callable[[Row], str], before: str, after: str) -> Page[Row]:
    """Return the page that a query for PAGE + 1 rows gives; rows asked for upwards (`after`) come in turned round."""
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if after:
        rows.reverse()
    if not rows:
        return Page(rows)
    newer = more if after else bool(before)
    older = bool(after) or more
    return Page(rows, key(rows[0]) if newer else None, key(rows[-1]) if older else None)


def numbered(consultation: Any, number: Any) -> sa.ScalarSelect[uuid.UUID]:
    """Return, as part of a query, the id of the submission with a receipt number; both may be bound parameters."""
    edge = aliased(Submission)
    return sa.select(edge.id).where(edge.consultation_id == consultation, edge.number == number).scalar_subquery()


def edge_at(consultation: Any, number: Any, *, by_place: bool = False) -> Any:
    """Return, as part of a query, where the submission with a receipt number stands: moment and id, or place in the index.

    Consultation and number may be bound parameters.
    """
    identity = numbered(consultation, number)
    if by_place:
        return search.place_of(identity)
    edge = aliased(Submission)
    of = (edge.consultation_id == consultation, edge.number == number)
    return sa.tuple_(sa.select(edge.received_at).where(*of).scalar_subquery(), identity)
