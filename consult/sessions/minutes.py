"""The words of the minutes: what happened, said in any language from the event that recorded it.

A line of the minutes keeps the name of its kind and the id of its event. The room in which the kind happens declares how
it is said, with `line`; the catalogue does the rest. So the same minutes read in Arabic, English and French.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from consult.consultations.names import PublicName
from consult.events.types import Recorded
from consult.i18n import N_, NN_, Localized, Message

#: The kind of an entry that somebody wrote by hand.
WRITTEN = "written"

#: Kinds that are kept but left out of the minutes unless the rapporteur shows them: who was present stands in the list
#: of those present, and who spoke in the line that gives the floor.
QUIET = frozenset(
    {
        "MemberCheckedIn",
        "MemberCheckedOut",
        "FloorRequested",
        "FloorRequestWithdrawn",
        "SpeakingTimeExtended",
        "FloorEnded",
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """What a line needs to speak of people and items: public names of members, titles of items, by id."""

    names: Mapping[uuid.UUID, PublicName]
    titles: Mapping[uuid.UUID, Localized]

    def name(self, member: object) -> Message | Localized:
        """Return how a member is called: the body where there is one, else the person or what stands for them."""
        found = self.names.get(uuid.UUID(str(member)))
        return found.official if found else N_("a former participant")

    def title(self, item: object) -> Message | Localized:
        """Return the title of an item."""
        return self.titles.get(uuid.UUID(str(item)), N_("an item"))


Line = Callable[[Recorded, Words], Message]
_lines: dict[str, Line] = {}


def line(kind: str) -> Callable[[Line], Line]:
    """Declare how a kind of event is said in the minutes; `kind` is the event's type name.

    Raises ValueError if another function says it already.
    """

    def declare(said: Line) -> Line:
        if _lines.setdefault(kind, said) is not said:
            raise ValueError(f"two lines of the minutes say {kind!r}")
        return said

    return declare


def said(recorded: Recorded, words: Words) -> Message:
    """Return the sentence of an event; a kind whose room is not loaded is named with its number in the log."""
    known = _lines.get(recorded.type)
    if known is None:
        return N_("%(kind)s, number %(seq)s in the log.", kind=recorded.type, seq=recorded.seq)
    return known(recorded, words)


def members_in(events: Iterable[Recorded]) -> set[uuid.UUID]:
    """Return the members that events speak of, so that their names are read at once."""
    return {uuid.UUID(str(event.facts["member"])) for event in events if event.facts.get("member")}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the minutes, ready to be read: the sentence of what happened, or the paragraph somebody wrote.

    `text` is the paragraph, or the remark on a line. `seq` is the number of its event in the log.
    """

    id: uuid.UUID
    item: uuid.UUID | None
    at: datetime
    kind: str
    sentence: Message | None
    text: str
    language: str
    hidden: bool
    seq: int | None = None


@line("SessionOpened")
def _opened(event: Recorded, words: Words) -> Message:
    return _with_quorum(
        event,
        N_("The session was opened."),
        N_("The session was opened with a quorum."),
        N_("The session was opened without a quorum."),
    )


@line("SessionResumed")
def _resumed(event: Recorded, words: Words) -> Message:
    return _with_quorum(
        event,
        N_("The session was resumed."),
        N_("The session was resumed with a quorum."),
        N_("The session was resumed without a quorum."),
    )


def _with_quorum(event: Recorded, plain: Message, met: Message, missed: Message) -> Message:
    seats, present, needed = (int(event.facts[key]) for key in ("seats", "present", "needed"))
    if not needed:
        return plain
    return N_(
        "%(happened)s Seats represented: %(present)s of %(seats)s; needed: %(needed)s.",
        happened=met if present >= needed else missed,
        present=present,
        seats=seats,
        needed=needed,
    )


@line("SessionSuspended")
def _suspended(event: Recorded, words: Words) -> Message:
    return N_("The session was suspended.")


@line("SessionClosed")
def _closed(event: Recorded, words: Words) -> Message:
    return N_("The session was closed.")


@line("AgendaItemStarted")
def _started(event: Recorded, words: Words) -> Message:
    return N_(
        "Item %(number)s was taken up: %(title)s",
        number=event.facts["position"],
        title=words.title(event.facts["item"]),
    )


@line("AgendaItemFinished")
def _finished(event: Recorded, words: Words) -> Message:
    return N_("The discussion of item %(number)s ended.", number=event.facts["position"])


@line("MemberCheckedIn")
def _came(event: Recorded, words: Words) -> Message:
    return N_("Came in: %(name)s", name=words.name(event.facts["member"]))


@line("MemberCheckedOut")
def _left(event: Recorded, words: Words) -> Message:
    return N_("Left: %(name)s", name=words.name(event.facts["member"]))


@line("FloorRequested")
def _asked(event: Recorded, words: Words) -> Message:
    return N_("Asked for the floor: %(name)s", name=words.name(event.facts["member"]))


@line("FloorRequestWithdrawn")
def _withdrew(event: Recorded, words: Words) -> Message:
    return N_("Taken off the list of speakers: %(name)s", name=words.name(event.facts["member"]))


@line("FloorGiven")
def _given(event: Recorded, words: Words) -> Message:
    return N_("Had the floor: %(name)s", name=words.name(event.facts["member"]))


@line("SpeakingTimeExtended")
def _extended(event: Recorded, words: Words) -> Message:
    return N_(
        "Speaking time extended to %(span)s: %(name)s",
        span=_span(event),
        name=words.name(event.facts["member"]),
    )


@line("FloorEnded")
def _ended(event: Recorded, words: Words) -> Message:
    return N_("Spoke for %(span)s: %(name)s", span=_span(event), name=words.name(event.facts["member"]))


def _span(event: Recorded) -> Message:
    seconds = int(event.facts["seconds"])
    if seconds < 60:
        return NN_("%(count)s second", "%(count)s seconds", seconds)
    return NN_("%(count)s minute", "%(count)s minutes", round(seconds / 60))
