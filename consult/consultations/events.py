"""Events of a consultation's frame. They stand in its own stream; ids and public facts only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class ConsultationCreated(Event):
    """A consultation was set up, from a template; nobody but its staff sees it yet."""

    consultation: uuid.UUID
    slug: str
    prefix: str
    template: str


@dataclass(frozen=True, slots=True)
class ConsultationNamed(Event):
    """Names, titles, summaries or the time zone of the consultation were changed."""

    consultation: uuid.UUID
    timezone: str


@dataclass(frozen=True, slots=True)
class PhasesSet(Event):
    """The phases were set: their keys with when each opens and closes, in order of opening."""

    phases: tuple[str, ...]
    opens_at: tuple[datetime, ...]
    closes_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class TrackSet(Event):
    """A track was switched on or off, or its seats or settings were changed."""

    track: str
    enabled: bool
    seats: int


@dataclass(frozen=True, slots=True)
class TrackModerationSet(Event):
    """When moderators read what is handed in to a track was changed: pre, post or none; earlier texts stay as they are."""

    track: str
    moderation: str


@dataclass(frozen=True, slots=True)
class TrackBlindSet(Event):
    """Whether names of authors are kept back from hand-in on was changed for a track; earlier texts stay as they are."""

    track: str
    blind: bool


@dataclass(frozen=True, slots=True)
class TopicsChosen(Event):
    """The topics of the consultation were chosen, as scheme and code, in order."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesChosen(Event):
    """The decision rule of each kind of ballot was chosen: kinds and rules stand in the same order."""

    kinds: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsultationPublished(Event):
    """The consultation was made public: from now on everybody can read it."""

    milestone: ClassVar[bool] = True
    consultation: uuid.UUID


@dataclass(frozen=True, slots=True)
class SeatsCreated(Event):
    """Seats of a track were added to the plenary."""

    track: str
    count: int


@dataclass(frozen=True, slots=True)
class SeatGiven(Event):
    """A seat was given to a member."""

    seat: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class SeatVacated(Event):
    """A seat was taken back from its holder and is free."""

    seat: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class SeatRemoved(Event):
    """An empty seat that nobody ever held was removed from the plenary; its reason stands with the seats of the track."""

    seat: uuid.UUID
    track: str
    number: int


@dataclass(frozen=True, slots=True)
class SeatHandedOver(Event):
    """A seat went from its holder to another member; the reason stands in the seat's history."""

    seat: uuid.UUID
    former: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class AlternateAdded(Event):
    """A member was put on the alternates of a seat, at this position."""

    seat: uuid.UUID
    member: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class AlternateMoved(Event):
    """An alternate of a seat got another position."""

    seat: uuid.UUID
    member: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class AlternateRemoved(Event):
    """A member stands in for a seat no longer."""

    seat: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class ProxyGiven(Event):
    """The holder of a seat lets another holder vote for it; `own` is False where an organiser entered it from a paper."""

    proxy: uuid.UUID
    seat: uuid.UUID
    giver: uuid.UUID
    bearer: uuid.UUID
    session: uuid.UUID | None
    ballot_kind: str
    until: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class ProxyEnded(Event):
    """A proxy holds no longer: it was revoked, replaced, overtaken by somebody who is there, or a seat changed hands."""

    proxy: uuid.UUID
    seat: uuid.UUID
    giver: uuid.UUID
    bearer: uuid.UUID
    because: str


@dataclass(frozen=True, slots=True)
class ProxiesLimited(Event):
    """It was set how many proxies one member may carry."""

    each: int


@dataclass(frozen=True, slots=True)
class MemberInvited(Event):
    """Somebody was invited to take part in a track; `letter` is mail or print."""

    member: uuid.UUID
    track: str
    letter: str


@dataclass(frozen=True, slots=True)
class InvitationRenewed(Event):
    """A member was sent, or printed, a new invitation; the former one opens nothing any more."""

    member: uuid.UUID
    letter: str


@dataclass(frozen=True, slots=True)
class CardPrinted(Event):
    """A moderator printed a new sign-in card, in the hall, for a member who lost theirs; the member is told."""

    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class RegistrationAsked(Event):
    """Somebody registered to take part, and is sent a link to confirm it; it stands in the instance's log, without an actor."""

    registration: uuid.UUID


@dataclass(frozen=True, slots=True)
class MemberRegistered(Event):
    """Somebody takes part in a track who registered by themselves and confirmed their address."""

    member: uuid.UUID
    track: str


@dataclass(frozen=True, slots=True)
class DisplayNameChanged(Event):
    """A member takes part under another name from now on, or (`chosen` no) under their own again; neither name is told."""

    member: uuid.UUID
    chosen: bool


@dataclass(frozen=True, slots=True)
class OwnNameChanged(Event):
    """A member who does not withhold their name changed it; neither name is told."""

    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class MemberLeft(Event):
    """A member no longer takes part; what they wrote and how they voted stays."""

    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccreditationAsked(Event):
    """Somebody handed in an application for a body, or asked for its letter again: the link that confirms the address is sent.

    It stands in the instance's log, without an actor. Until the address is confirmed, or where it never is, nothing else does.
    """

    application: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccreditationMoved(Event):
    """A body's application to take part came to a state: applied, returned, accepted (again, where it was extended), refused, appealed, withdrawn, revoked, ended.

    It names neither the body nor who wrote for it; `number` is the application's.
    """

    application: uuid.UUID
    number: int
    track: str
    state: str


@dataclass(frozen=True, slots=True)
class AccreditationFileAdded(Event):
    """A body added a file to its application to take part; its name is not told."""

    application: uuid.UUID
    number: int
    track: str
    file: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccreditationFileRemoved(Event):
    """A body removed a file from its application to take part; the file is gone, that it was there stays."""

    application: uuid.UUID
    number: int
    track: str
    file: uuid.UUID


@dataclass(frozen=True, slots=True)
class BodySettled(Event):
    """A body ended: what became of its seats and members in a track was decided, as far as they are known under its name.

    `fate` is move or join (to its successor), leave or keep.
    """

    body: uuid.UUID
    track: str
    fate: str
    seats: int
    members: int


@dataclass(frozen=True, slots=True)
class BodyUnsettled(Event):
    """The end of a body was a mistake: so many of its seats and members in a track came back."""

    body: uuid.UUID
    track: str
    seats: int
    members: int


@dataclass(frozen=True, slots=True)
class MemberReturned(Event):
    """A member whose part had ended by a mistake about their body takes part again."""

    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class AccreditationReminded(Event):
    """Somebody was reminded of an application: its body that the accreditation ends soon, or the staff that an appeal waits too long.

    `state` says which: accepted or appealed.
    """

    application: uuid.UUID
    number: int
    track: str
    state: str
