"""What is read for a page and kept by the process until something happens in the consultation."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

from consult.web.visitor import newest_number

T = TypeVar("T")
MOST_KEPT = 1024


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` makes; while the consultation's log stands at the same number, what was made before.

    For what follows from the record alone: not from who visits, not from the clock, not from votes before they are counted.
    """
    seq, store = newest_number(), _store()
    known = store.get(key)
    if known is None or known[0] != seq:
        if len(store) >= MOST_KEPT:
            store.clear()
        known = store[key] = (seq, make())
    value: T = known[1]
    return value


def _store() -> dict[Hashable, tuple[int, Any]]:
    found: dict[Hashable, tuple[int, Any]] = current_app.extensions.setdefault("consult.kept", {})
    return found
