"""The one source of the present time; tests and the sample consultation set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

Day = TypeVar("Day", date, datetime)
_fixed: ContextVar[datetime | None] = ContextVar("consult_clock", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (aware) inside the block.

    Raises ValueError if the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def in_(**span: float) -> datetime:
    """Return the moment after a span, given as the keywords of `datetime.timedelta`."""
    return now() + timedelta(**span)


def last_moment(end: datetime) -> datetime:
    """Return the moment before an end: what ends with a day ends at the midnight after it, and that day is what people read."""
    return end - timedelta(microseconds=1)


def week_of(day: Day) -> Day:
    """Return the Saturday on which the week of a day began: the country's week goes from Saturday to Friday."""
    return day - timedelta(days=(day.weekday() - 5) % 7)
