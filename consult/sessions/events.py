"""Events of sessions. They stand in the consultation's stream."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from consult.events.types import Event


@dataclass(frozen=True, slots=True)
class SessionPlanned(Event):
    """A session was planned."""

    session: uuid.UUID
    number: int
    kind: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SessionChanged(Event):
    """The plan of a session (names, place, times, quorum, speaking time) was changed."""

    session: uuid.UUID
    number: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class AgendaItemAdded(Event):
    """An item was added to the agenda."""

    session: uuid.UUID
    item: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class AgendaItemChanged(Event):
    """An item that has not begun was changed."""

    session: uuid.UUID
    item: uuid.UUID


@dataclass(frozen=True, slots=True)
class AgendaItemMoved(Event):
    """An item that has not begun got another place on the agenda."""

    session: uuid.UUID
    item: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class AgendaItemRemoved(Event):
    """An item that has not begun was taken off the agenda."""

    session: uuid.UUID
    item: uuid.UUID


@dataclass(frozen=True, slots=True)
class SessionOpened(Event):
    """A session was opened, with so many of its seats represented; `needed` is 0 where there is no quorum."""

    session: uuid.UUID
    number: int
    seats: int
    present: int
    needed: int


@dataclass(frozen=True, slots=True)
class SessionSuspended(Event):
    """A session was interrupted."""

    session: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class SessionResumed(Event):
    """A suspended session went on, with so many of its seats represented."""

    session: uuid.UUID
    number: int
    seats: int
    present: int
    needed: int


@dataclass(frozen=True, slots=True)
class SessionClosed(Event):
    """A session was closed; everybody still checked in has left with it."""

    milestone: ClassVar[bool] = True
    session: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class AgendaItemStarted(Event):
    """An item came under discussion."""

    session: uuid.UUID
    item: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class AgendaItemFinished(Event):
    """The discussion of an item ended; its list of speakers ended with it."""

    session: uuid.UUID
    item: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class MemberCheckedIn(Event):
    """A member came into the room."""

    session: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class MemberCheckedOut(Event):
    """A member left the room."""

    session: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class FloorRequested(Event):
    """A member was put on the list of speakers, by themselves or by the moderator."""

    session: uuid.UUID
    item: uuid.UUID | None
    speech: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class FloorRequestWithdrawn(Event):
    """A member was taken off the list of speakers before speaking."""

    session: uuid.UUID
    item: uuid.UUID | None
    speech: uuid.UUID
    member: uuid.UUID


@dataclass(frozen=True, slots=True)
class FloorGiven(Event):
    """A member was given the floor for so many seconds."""

    session: uuid.UUID
    item: uuid.UUID | None
    speech: uuid.UUID
    member: uuid.UUID
    seconds: int


@dataclass(frozen=True, slots=True)
class SpeakingTimeExtended(Event):
    """The member who has the floor got more time; `seconds` is the whole time now allotted."""

    session: uuid.UUID
    item: uuid.UUID | None
    speech: uuid.UUID
    member: uuid.UUID
    seconds: int


@dataclass(frozen=True, slots=True)
class FloorEnded(Event):
    """A member's speech ended, after so many seconds."""

    session: uuid.UUID
    item: uuid.UUID | None
    speech: uuid.UUID
    member: uuid.UUID
    seconds: int


@dataclass(frozen=True, slots=True)
class MinutesWritten(Event):
    """A paragraph was written into the minutes by hand."""

    session: uuid.UUID
    entry: uuid.UUID


@dataclass(frozen=True, slots=True)
class MinutesCorrected(Event):
    """The words of a line of the minutes, or the remark on it, were changed before approval."""

    session: uuid.UUID
    entry: uuid.UUID


@dataclass(frozen=True, slots=True)
class MinutesLineHidden(Event):
    """A line was left out of the minutes; it is kept."""

    session: uuid.UUID
    entry: uuid.UUID


@dataclass(frozen=True, slots=True)
class MinutesLineShown(Event):
    """A line that had been left out was taken into the minutes."""

    session: uuid.UUID
    entry: uuid.UUID


@dataclass(frozen=True, slots=True)
class MinutesApproved(Event):
    """The minutes of a session were approved; from now on they are public and cannot be changed."""

    milestone: ClassVar[bool] = True
    session: uuid.UUID
    number: int
