"""Events of retention. They stand in the instance's stream."""

from __future__ import annotations

from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class RetentionApplied(Event):
    """What had been kept for as long as its rule says was erased: `rows` in all, and of each class how many."""

    rows: int
    classes: tuple[tuple[str, int], ...]
