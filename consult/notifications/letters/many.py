"""What many are told at once: a session is planned or moved, a ballot opens or is counted, the organisers write.

The reader of the log writes notices; the worker makes the letters from them, one after the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.accounts.taking_part import takes_part
from consult.ballots.models import RollEntry
from consult.consultations.models import Member
from consult.db import session
from consult.events.models import EventRow
from consult.events.types import Recorded
from consult.i18n import N_, Localized, Message
from consult.notifications.mail import Part, Words
from consult.notifications.models import MessageReader, MessageRound
from consult.notifications.telling import tell_many


@dataclass(frozen=True, slots=True)
class Said:
    """What the letter of a notice says, and what its link leads to; the subject is the notice's title if it has no own."""

    parts: Sequence[Part]
    label: Message
    subject: Message | None = None


def session_planned(recorded: Recorded) -> None:
    """Tell everybody who takes part that a session is planned; not of one that has begun meanwhile."""
    if datetime.fromisoformat(recorded.facts["starts_at"]) > clock.now():
        tell_many(_members(recorded.stream), recorded, "session_planned", about=str(recorded.facts["number"]))


def session_changed(recorded: Recorded) -> None:
    """Tell everybody who takes part that a session has another time; other changes stand on its page."""
    starts = recorded.facts["starts_at"]
    if starts != _start_before(recorded) and datetime.fromisoformat(starts) > clock.now():
        tell_many(_members(recorded.stream), recorded, "session_moved", about=str(recorded.facts["number"]))


def _start_before(recorded: Recorded) -> str | None:
    plans = (EventRow.stream_id == recorded.stream, EventRow.type.in_(("SessionPlanned", "SessionChanged")))
    facts = session.scalars(
        sa.select(EventRow.facts).where(*plans, EventRow.seq < recorded.seq).order_by(EventRow.seq.desc())
    )
    mine = (one for one in facts if one and one["session"] == recorded.facts["session"])
    return next((one["starts_at"] for one in mine), None)


def _members(consultation: uuid.UUID) -> Sequence[uuid.UUID]:
    there = (Member.consultation_id == consultation, takes_part(Member, clock.now()))
    return session.scalars(sa.select(Member.person_id).where(*there).distinct().order_by(Member.person_id)).all()


def ballot_opened(recorded: Recorded) -> None:
    """Tell everybody on the roll that they can vote; whoever votes in a session is told of it there."""
    if recorded.facts["session"] is None:
        tell_many(_roll(recorded), recorded, "ballot_opened", about=str(recorded.facts["number"]))


def ballot_closed(recorded: Recorded) -> None:
    """Tell everybody on the roll that a ballot outside a session is counted."""
    if recorded.facts["session"] is None:
        tell_many(_roll(recorded), recorded, "ballot_closed", about=str(recorded.facts["number"]))


def _roll(recorded: Recorded) -> Sequence[uuid.UUID]:
    voters = sa.select(Member.person_id).join(RollEntry, RollEntry.voter_id == Member.id)
    voters = voters.where(RollEntry.ballot_id == uuid.UUID(recorded.facts["ballot"]))
    return session.scalars(voters.distinct().order_by(Member.person_id)).all()


def message_sent(recorded: Recorded) -> None:
    """Tell everybody to whom the organisers wrote."""
    readers = sa.select(MessageReader.person_id).where(MessageReader.round_id == uuid.UUID(recorded.facts["round"]))
    people = session.scalars(readers.order_by(MessageReader.person_id)).all()
    tell_many(people, recorded, "message", about=str(recorded.facts["number"]))


def _plan(_person: Person, recorded: Recorded) -> Said:
    begins = N_("It begins on %(day)s.", day=datetime.fromisoformat(recorded.facts["starts_at"]))
    return Said([begins, N_("Its page has the hour, the place and the agenda.")], N_("Open the session"))


def _open(_person: Person, _recorded: Recorded) -> Said:
    said = N_("You stand on the roll of this ballot. The question and the rule stand on its page.")
    return Said([said], N_("Open the ballot"))


def _counted(_person: Person, _recorded: Recorded) -> Said:
    return Said([N_("The result and how it was counted stand on its page.")], N_("Open the ballot"))


def _message(person: Person, recorded: Recorded) -> Said:
    row = session.get_one(MessageRound, uuid.UUID(recorded.facts["round"]))
    reader = session.get_one(MessageReader, (row.id, person.id))
    return said_to(row.subjects, row.texts, person.language, withheld=reader.withheld)


def said_to(subjects: Localized, texts: Localized, language: str, *, withheld: bool) -> Said:
    """Return what the mail of a message says in a language; to one whose name is withheld, only that there is one."""
    label = N_("Read the message")
    if withheld:
        return Said([N_("Sign in to read it.")], label)
    words = Words(texts.for_language(language), texts.language_for(language))
    return Said([words], label, Message("%(subject)s", {"subject": subjects}))


LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    "session_planned": _plan,
    "session_moved": _plan,
    "ballot_opened": _open,
    "ballot_closed": _counted,
    "message": _message,
}
WRITERS = {
    "BallotClosed": ballot_closed,
    "BallotOpened": ballot_opened,
    "MessageSent": message_sent,
    "SessionChanged": session_changed,
    "SessionPlanned": session_planned,
}
