"""Events of accounts. They stand in the instance's stream."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """Somebody signed in; `method` is invitation, link, password, card, passkey, registration or provider."""

    sign_in: uuid.UUID
    method: str


@dataclass(frozen=True, slots=True)
class KeyRenewed(Event):
    """A key outside the database got a newer one before it, with which so many secrets were sealed anew."""

    name: str
    sealed: int


@dataclass(frozen=True, slots=True)
class KeyForgotten(Event):
    """The keys before the newest of a ring were destroyed, after so many secrets were sealed with it."""

    name: str
    sealed: int


@dataclass(frozen=True, slots=True)
class LogKeyRenewed(Event):
    """The log has a new key, which the former one names: it signed the first `size` events of this stream, and no others.

    `key` is the new one's public half. It stands in every stream, right after the former key's last event.
    """

    milestone: ClassVar[bool] = True
    number: int
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class LogKeyReplaced(Event):
    """The log has a new key that the former one does not name, because it was lost or stolen (`why`): its chain is broken here.

    What was before is proved only by a checkpoint of the first `size` events, or fewer, that somebody else kept.
    """

    milestone: ClassVar[bool] = True
    number: int
    key: str
    size: int
    why: str


@dataclass(frozen=True, slots=True)
class SignedOut(Event):
    """A sign-in session was ended by its owner."""

    sign_in: uuid.UUID


@dataclass(frozen=True, slots=True)
class SignedOutElsewhere(Event):
    """A person signed out other devices from the one they use."""

    person: uuid.UUID
    sign_ins: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class AccountSignedOut(Event):
    """An administrator signed somebody out of every device."""

    person: uuid.UUID
    sign_ins: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """An administrator closed an account: nobody signs in to it."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccountOpened(Event):
    """An administrator opened a closed account again."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class SecondStepBegun(Event):
    """The first step of a sign-in was right, and the person's second factor is asked for; nobody is signed in yet."""

    person: uuid.UUID
    method: str


@dataclass(frozen=True, slots=True)
class SecondFactorAdded(Event):
    """A person set up an app that shows codes, and showed that it works."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class SecondFactorRemoved(Event):
    """The app that shows codes was removed, by its person or (actor None) by the operator at the terminal."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class SecondStepReset(Event):
    """Two people at a desk saw whose account it is: app, passkeys and recovery codes are gone, and a new second step is set up until `until`."""

    person: uuid.UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class RecoveryCodesMade(Event):
    """A person was given recovery codes; those from before are worth nothing."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class RecoveryCodeUsed(Event):
    """A recovery code took the place of a second factor; `left` are still there."""

    person: uuid.UUID
    left: int


@dataclass(frozen=True, slots=True)
class PasskeyAdded(Event):
    """A person added a passkey to their account."""

    person: uuid.UUID
    passkey: uuid.UUID


@dataclass(frozen=True, slots=True)
class PasskeyRemoved(Event):
    """A passkey was removed, by its person or (actor None) by the operator at the terminal."""

    person: uuid.UUID
    passkey: uuid.UUID


@dataclass(frozen=True, slots=True)
class IdentityJoined(Event):
    """A person joined an account at the configured provider with theirs; it signs them in from now on."""

    person: uuid.UUID
    identity: uuid.UUID


@dataclass(frozen=True, slots=True)
class IdentityParted(Event):
    """A person parted an account at the configured provider from theirs."""

    person: uuid.UUID
    identity: uuid.UUID


@dataclass(frozen=True, slots=True)
class ProvedAgain(Event):
    """Somebody who is signed in showed again who they are, before a grave act; `by` is password, app, recovery or passkey."""

    sign_in: uuid.UUID
    by: str


@dataclass(frozen=True, slots=True)
class PersonRegistered(Event):
    """Somebody was entered as a person, by an invitation, an import or the first set-up."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """A person changed the name or the language of their account."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AddressChangeAsked(Event):
    """A person wants another e-mail address for their account; codes go to both."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AddressChangeDropped(Event):
    """A person left their e-mail address as it is."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AddressChanged(Event):
    """The e-mail address of an account was changed by its person, who showed that both are theirs."""

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
    """A role was granted for the instance, a consultation, or one track or session of it, until a date or without one.

    `into` and `out_of` are the languages of a translator, with spaces between; "" for every language.
    """

    grant: uuid.UUID
    person: uuid.UUID
    role: str
    consultation: uuid.UUID | None
    ends_at: datetime | None
    track: str = ""
    session: uuid.UUID | None = None
    into: str = ""
    out_of: str = ""


@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """A granted role was taken back before its end."""

    grant: uuid.UUID
    person: uuid.UUID
    role: str


@dataclass(frozen=True, slots=True)
class MissionAdded(Event):
    """A mission abroad was added to the list from which whoever takes part from abroad chooses theirs."""

    code: str


@dataclass(frozen=True, slots=True)
class MissionRetired(Event):
    """A mission abroad is offered no longer; who chose it before keeps it."""

    code: str


@dataclass(frozen=True, slots=True)
class MissionRestored(Event):
    """A mission abroad that was retired is offered again."""

    code: str


@dataclass(frozen=True, slots=True)
class WishesChanged(Event):
    """Somebody changed how they are told, their place or their quiet hours, or switched a kind of mail off."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class AddressTriedAgain(Event):
    """Somebody said that their address takes mail again."""

    person: uuid.UUID


@dataclass(frozen=True, slots=True)
class FourEyesSwitched(Event):
    """Publishing in a consultation needs two people from now on, or one again."""

    consultation: uuid.UUID
    on: bool


@dataclass(frozen=True, slots=True)
class GraveActAsked(Event):
    """Somebody asked for an act that another must confirm; `digest` is a SHA-256 of what exactly will happen."""

    act: uuid.UUID
    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class GraveActConfirmed(Event):
    """Another person confirmed an act, which took effect with this."""

    act: uuid.UUID
    kind: str
    digest: str


@dataclass(frozen=True, slots=True)
class GraveActWithdrawn(Event):
    """An act that waited for a second person was withdrawn by whoever asked, or refused by another."""

    act: uuid.UUID
    kind: str
