"""Events of the organisers' messages. They hold how many, never what was written or to whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """The organisers wrote to a group: the number of the message, and to how many people."""

    round: uuid.UUID
    number: int
    people: int
