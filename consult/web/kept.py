"""What is read for a page and kept by the process until something happens in the consultation."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import current_app

from consult import clock
from consult.web.visitor import newest_number

T = TypeVar("T")
MOST_KEPT = 1024
KEPT_FOR = timedelta(minutes=1)


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` makes; while the consultation's log stands at the same number, what was made before.

    For what follows from the record alone: not from who visits, not from the clock, not from votes before they are counted.
    What other streams change (how a body is called) shows after `KEPT_FOR` at the latest.
    """
    seq, now, store = newest_number(), clock.now(), _store()
    known = store.get(key)
    if known is None or known.seq != seq or now - known.at >= KEPT_FOR:
        if len(store) >= MOST_KEPT:
            store.clear()
        known = store[key] = _Kept(seq, now, make())
    value: T = known.value
    return value


@dataclass(frozen=True, slots=True)
class _Kept:
    seq: int
    at: datetime
    value: Any


def _store() -> dict[Hashable, _Kept]:
    found: dict[Hashable, _Kept] = current_app.extensions.setdefault("consult.kept", {})
    return found
