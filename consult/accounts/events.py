"""Events of accounts. They stand in the instance's stream."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """Somebody signed in; `method` is invitation, link, password or card."""

    sign_in: uuid.UUID
    method: str


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """A sign-in session was ended by its owner."""

    sign_in: uuid.UUID


@dataclass(frozen=True, slots=True)
class PersonRegistered(Event):
    """Somebody was entered as a person, by an invitation, an import or the first set-up."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """A person changed the name or the language of their account."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class PasswordSet(Event):
    """A person set or changed their password."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignInLinkRequested(Event):
    """Somebody asked for a sign-in link by mail; nothing here says whether there is such an account."""

    request: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignInLinkMade(Event):
    """A single-use link was made; `purpose` is invitation, sign_in or card (printed in the hall by a moderator)."""

    link: uuid.UUID
    person: uuid.UUID
    purpose: str
    consultation: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """A role was granted for a consultation or the instance, until a date or without one."""

    grant: uuid.UUID
    person: uuid.UUID
    role: str
    consultation: uuid.UUID | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """A granted role was taken back before its end."""

    grant: uuid.UUID
    person: uuid.UUID
    role: str


@dataclass(frozen=True, slots=True)
class BodyRegistered(Event):
    """A body was entered in the register."""

    body: uuid.UUID
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class BodyChanged(Event):
    """Facts of a body in the register were changed."""

    body: uuid.UUID
    key: str
