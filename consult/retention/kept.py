"""What a class of data is: its rule in words, and the rows of it that go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from consult.i18n import Message
from consult.retention.ended import Conditions

Act = Callable[[Sequence[Any]], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that go: `since` is when their time begins to run, None for what goes at once.

    `where` says which of its rows; `act` is what is done with them, by their ids; without it they are deleted.
    """

    model: type[Any]
    since: Any = None
    where: Callable[[], Conditions] = tuple
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A class of data: what it is, its rule in words, and the days after which its `parts` go.

    Without days it is kept, and `rule` says why. `tables` are those that belong to it, whether rows of theirs go or not.
    `dated` says that the day of its oldest row may be told.
    """

    key: str
    label: Message
    rule: Message
    tables: tuple[str, ...]
    days: int | None = None
    parts: tuple[Part, ...] = ()
    dated: bool = True
