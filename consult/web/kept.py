"""What is read for a page and kept by the process until something happens in the consultation.

While the consultation's log stands at the same number, what follows from the record alone is the same. Nothing is kept for
longer than `KEPT_FOR`: what other streams change (how a body is called) shows after it at the latest. Counting a hundred
thousand submissions takes longer than the rest of a page; where there is that much to count and things happen all the
time, figures may be so old as well, and the pages say when they were counted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from flask import current_app

from consult import clock
from consult.web.visitor import newest_number

T = TypeVar("T")
MOST_KEPT = 1024
KEPT_FOR = timedelta(minutes=1)
#: So many rows take longer to count than the rest of a page takes: it is not done again at every event.
LARGE = 2000


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value, when it was read, the newest number of the log at that time, and whether there was much to count."""

    value: T
    at: datetime
    seq: int
    large: bool = False


def kept(key: Hashable, make: Callable[[], T], *, worth: Callable[[T], bool] = lambda _: True) -> T:
    """Return what `make` makes; while the consultation's log stands at the same number, what was made before.

    For what follows from the record alone: not from who visits, not from the clock, not from votes before they are counted.
    What is not `worth` keeping (nothing found, a text of a megabyte) is made again at every visit.
    """
    return _kept(key, make, lambda _: 0, worth).value


def counted(key: Hashable, count: Callable[[], T], rows: Callable[[T], int]) -> Kept[T]:
    """Return figures and when they were counted; `rows` tells from them how many rows were gone through, more or less."""
    return _kept(key, count, rows, lambda _: True)


def _kept(key: Hashable, make: Callable[[], T], rows: Callable[[T], int], worth: Callable[[T], bool]) -> Kept[T]:
    seq, now, store = newest_number(), clock.now(), _store()
    known = store.get(key)
    if known is not None and now - known.at < KEPT_FOR and (known.seq == seq or known.large):
        return known
    value = make()
    made = Kept(value, now, seq, rows(value) > LARGE)
    if worth(value):
        if len(store) >= MOST_KEPT:
            store.clear()
        store[key] = made
    return made


def _store() -> dict[Hashable, Kept[Any]]:
    found: dict[Hashable, Kept[Any]] = current_app.extensions.setdefault("consult.kept", {})
    return found
