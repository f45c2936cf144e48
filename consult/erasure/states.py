"""Where a wish to be erased stands, and where it may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ErasureState(StrEnum):
    """A wish waits, is withdrawn by its person, or is done by the worker."""

    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    DONE = "done"


#: What a waiting wish may become; each of these is an end.
TRANSITIONS: Mapping[ErasureState, frozenset[ErasureState]] = {
    ErasureState.WAITING: frozenset({ErasureState.WITHDRAWN, ErasureState.DONE}),
}
