"""The minutes: written by what happens, completed by hand, approved."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.db import in_transaction, new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_
from consult.sessions.events import (
    MinutesApproved,
    MinutesCorrected,
    MinutesLineHidden,
    MinutesLineShown,
    MinutesWritten,
)
from consult.sessions.minutes import WRITTEN
from consult.sessions.models import AgendaItem, MinutesEntry, Session
from consult.sessions.queries import current_item
from consult.sessions.services.acts import hold
from consult.sessions.states import SessionState, state_of

#: The longest paragraph of minutes, in characters.
LONGEST = 10_000


def note_in_minutes(session_id: uuid.UUID, item_id: uuid.UUID | None, kind: str, event_id: uuid.UUID) -> None:
    """Write what happened in another room (a ballot) into the minutes, inside the caller's transaction.

    `kind` is the event's type name and the name under which a room says its lines (`consult.sessions.minutes.line`).
    Without an item the line belongs to the one in progress. Approved minutes get no line any more: the log has it.
    Raises RuntimeError outside a transaction.
    """
    if not in_transaction():
        raise RuntimeError("a line of the minutes is written in the transaction of what it tells of")
    sitting = session.get_one(Session, session_id)
    if sitting.minutes_approved_at is not None:
        return
    session.add(
        MinutesEntry(
            id=new_id(),
            session_id=session_id,
            item_id=item_id or current_item(session_id),
            at=clock.now(),
            event_id=event_id,
            kind=kind,
        )
    )


def write_minutes(
    text: str, *, language: str, item: uuid.UUID | None = None, sitting: Session, actor: Actor
) -> MinutesEntry:
    """Write a paragraph into the minutes.

    It stands where the item's (or, without one, the session's) discussion stands now, at its end if that is over.
    """
    with transaction():
        _demand_unapproved(sitting, actor)
        _check(text, language)
        entry = MinutesEntry(
            id=new_id(),
            session_id=sitting.id,
            item_id=item,
            at=_place_of(sitting, item),
            kind=WRITTEN,
            text=text.strip(),
            language=language,
            written_by=actor.person,
        )
        session.add(entry)
        session.flush()
        record(MinutesWritten(session=sitting.id, entry=entry.id), stream=sitting.consultation_id, actor=actor.person)
    return entry


def correct_minutes(entry: MinutesEntry, text: str, *, language: str, actor: Actor) -> MinutesEntry:
    """Change the words of a paragraph, or the remark on a line that was written by what happened ("" for none)."""
    with transaction():
        sitting = _sitting_of(entry, actor)
        if entry.event_id is None or text.strip() or language not in LANGUAGES:
            _check(text, language)
        entry.text, entry.language, entry.written_by = text.strip(), language, actor.person
        record(MinutesCorrected(session=sitting.id, entry=entry.id), stream=sitting.consultation_id, actor=actor.person)
    return entry


def hide_in_minutes(entry: MinutesEntry, *, actor: Actor) -> MinutesEntry:
    """Leave a line out of the minutes; it is kept."""
    with transaction():
        sitting = _sitting_of(entry, actor)
        if entry.hidden:
            raise Conflict(N_("This line is left out already."))
        entry.hidden = True
        record(
            MinutesLineHidden(session=sitting.id, entry=entry.id), stream=sitting.consultation_id, actor=actor.person
        )
    return entry


def show_in_minutes(entry: MinutesEntry, *, actor: Actor) -> MinutesEntry:
    """Take a line that was left out into the minutes."""
    with transaction():
        sitting = _sitting_of(entry, actor)
        if not entry.hidden:
            raise Conflict(N_("This line stands in the minutes already."))
        entry.hidden = False
        record(MinutesLineShown(session=sitting.id, entry=entry.id), stream=sitting.consultation_id, actor=actor.person)
    return entry


def approve_minutes(sitting: Session, *, actor: Actor) -> Session:
    """Approve the minutes of a closed session: they become public and cannot be changed any more."""
    with transaction():
        demand(actor, "minutes.approve", sitting)
        hold(sitting)
        if state_of(sitting) is not SessionState.CLOSED:
            raise Conflict(N_("The minutes can be approved once the session is closed."))
        _refuse_approved(sitting)
        sitting.minutes_approved_at = clock.now()
        record(
            MinutesApproved(session=sitting.id, number=sitting.number),
            stream=sitting.consultation_id,
            actor=actor.person,
        )
    return sitting


def _sitting_of(entry: MinutesEntry, actor: Actor) -> Session:
    sitting = session.get_one(Session, entry.session_id)
    _demand_unapproved(sitting, actor)
    session.refresh(entry)
    return sitting


def _demand_unapproved(sitting: Session, actor: Actor) -> None:
    demand(actor, "minutes.write", sitting)
    hold(sitting)
    _refuse_approved(sitting)


def _refuse_approved(sitting: Session) -> None:
    if sitting.minutes_approved_at is not None:
        raise Conflict(N_("The minutes are approved and cannot be changed any more."))


def _check(text: str, language: str) -> None:
    problems = []
    if not text.strip():
        problems.append(Problem("text", N_("Write what the minutes should say.")))
    if len(text) > LONGEST:
        problems.append(Problem("text", N_("Write at most %(limit)s characters.", limit=LONGEST)))
    if language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose the language in which this is written.")))
    if problems:
        raise Rejected(problems)


def _place_of(sitting: Session, item: uuid.UUID | None) -> datetime:
    """Return the moment under which a new paragraph stands: now, or that of the last line where all is over."""
    over, lines = sitting.closed_at is not None, MinutesEntry.session_id == sitting.id
    if item is not None:
        found = session.get(AgendaItem, item)
        if found is None or found.session_id != sitting.id or found.started_at is None:
            raise NotFound
        over, lines = found.finished_at is not None, MinutesEntry.item_id == item
    last: datetime | None = session.scalar(sa.select(sa.func.max(MinutesEntry.at)).where(lines)) if over else None
    return last or clock.now()
