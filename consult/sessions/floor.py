"""The list of speakers: who is next. Pure: no database.

The rule, in two sentences that a moderator can read out. Who has not yet spoken on this item goes before those who have;
within each of the two groups, who asked first goes first. Tracks do not alternate: an alternation would let the
smallest track speak most often for each of its members, and nobody could predict their place in the list.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who waits for the floor: the request's id, the member, and when it was asked for."""

    id: uuid.UUID
    member: uuid.UUID
    asked_at: datetime


def speaking_order(waiting: Iterable[Request], spoken: Collection[uuid.UUID]) -> list[Request]:
    """Return the list of speakers, the next one first; `spoken` holds the members who already spoke on this item.

    Two requests of the same moment stand in the order of their ids, which grow with time.
    """
    have = frozenset(spoken)
    return sorted(waiting, key=lambda request: (request.member in have, request.asked_at, request.id))
