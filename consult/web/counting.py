"""Figures that are counted from the tables and kept until something happens.

Counting a hundred thousand submissions takes longer than the rest of a page. So figures are kept with the number of the
newest event: while it is the same, nothing can have changed. Where there is much to count and things happen all the time,
figures may be a minute old; the pages say when they were counted.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from consult import clock
from consult.events.stream import current_seq

T = TypeVar("T")

#: So many rows take longer to count than the rest of a page takes: it is not done again at every event.
LARGE = 2000
KEPT_FOR = timedelta(minutes=1)
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """Figures, the number of the newest event when they were counted, when that was, and whether there was much to count."""

    figures: T
    seq: int
    at: datetime
    large: bool


class Counting(Generic[T]):
    """A way of counting a consultation, with what was counted last; one for each process, keyed by consultation."""

    def __init__(self, count: Callable[[uuid.UUID], T], rows: Callable[[T], int]) -> None:
        """`count` makes the figures; `rows` tells from them how many rows were gone through, more or less."""
        self._count, self._rows = count, rows
        self._kept: dict[uuid.UUID, Counted[T]] = {}

    def of(self, consultation: uuid.UUID, seq: int | None = None) -> Counted[T]:
        """Return the figures of a consultation, counted where that has to be done.

        `seq` is the newest number of its log, for a page that has read it already (1 query saved).
        """
        seq, kept = current_seq(consultation) if seq is None else seq, self._kept.get(consultation)
        if kept is not None and (kept.seq == seq or (kept.large and clock.now() - kept.at < KEPT_FOR)):
            return kept
        figures = self._count(consultation)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        counted = Counted(figures, seq, clock.now(), self._rows(figures) > LARGE)
        self._kept[consultation] = counted
        return counted
