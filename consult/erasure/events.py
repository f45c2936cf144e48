"""Events of leaving: in the instance's stream, and one in each consultation where somebody took part."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class ErasureAsked(Event):
    """A person asked to be erased; it is done at `due` unless they change their mind."""

    erasure: uuid.UUID
    person: uuid.UUID
    due: datetime


@dataclass(frozen=True, slots=True)
class ErasureWithdrawn(Event):
    """A person changed their mind: nothing is erased."""

    erasure: uuid.UUID
    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class PersonErased(Event):
    """Name, address and everything of a person that need not stay were erased; `events` of the log lost their content.

    `contacts` of bodies went too: those with their address, and those with their name that two administrators knew to be the same person.
    """

    erasure: uuid.UUID
    person: uuid.UUID
    events: int
    contacts: int = 0


@dataclass(frozen=True, slots=True)
class MemberErased(Event):
    """Somebody who took part was erased: the record shows a number in place of the name. `texts` are the numbers of erased texts."""

    member: uuid.UUID
    texts: tuple[str, ...]
