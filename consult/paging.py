"""Pages of long lists: by key, never by number; counts stop at a limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa

from consult.db import session

#: Rows of a page, and where counting stops: "more than 500" says as much as 83,412 and costs a hundredth.
PAGE, COUNTED = 25, 500

Row = TypeVar("Row")


class Numbered(Protocol):
    """A line of a list whose rows have numbers that people see."""

    @property
    def number(self) -> int:
        """The number in its consultation."""


Line = TypeVar("Line", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list, and the keys from which the pages beside it begin (None at an end)."""

    rows: Sequence[Row]
    newer: str | None = None
    older: str | None = None


def page_of(
    rows: list[Row], key: Callable[[Row], str], *, before: object, after: object, limit: int = PAGE
) -> Page[Row]:
    """Return the page that a query for one row more than `limit` gives; rows asked for upwards (`after`) come in turned round."""
    more, rows = len(rows) > limit, rows[:limit]
    if after:
        rows.reverse()
    if not rows:
        return Page(rows)
    newer = more if after else bool(before)
    older = bool(after) or more
    return Page(rows, key(rows[0]) if newer else None, key(rows[-1]) if older else None)


def numbered_page(
    query: sa.Select[Any],
    number: Any,
    line: Callable[[Any], Line],
    *,
    below: int | None,
    above: int | None,
    limit: int = PAGE,
) -> Page[Line]:
    """Return a page by a column of numbers, the newest first: of those `below` one, or the next `above` one (1 query)."""
    if above is not None:
        query = query.where(number > above).order_by(number)
    else:
        query = (query if below is None else query.where(number < below)).order_by(number.desc())
    rows = [line(row) for row in session.execute(query.limit(limit + 1))]
    return page_of(rows, lambda row: str(row.number), before=below is not None, after=above is not None, limit=limit)
