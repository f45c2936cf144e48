"""What goes into the search for campaigns and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Id = TypeVar("Id")


@dataclass(frozen=True, slots=True)
class Letter(Generic[Id]):
    """A text with its identifier and the code of its language ("" where that is not known)."""

    id: Id
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Campaign(Generic[Id]):
    """Letters with one wording: all of them in the order given, those that demand the opposite among them.

    The representative is the letter most like the common wording and not among the opposed; of equals, the first.
    `likeness` is the mean resemblance of the others to it, 0 to 1 (one letter many times: 1).
    """

    representative: Id
    members: tuple[Id, ...]
    opposed: tuple[Id, ...]
    likeness: float
