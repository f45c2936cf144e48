"""What is happening in a session at this moment, and its minutes, read with few queries for pages that renew themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from consult.consultations.models import Seat
from consult.consultations.names import PublicName, public_names
from consult.db import session
from consult.events.models import EventRow
from consult.events.types import Recorded
from consult.sessions.minutes import Entry, Words, members_in, said
from consult.sessions.models import AgendaItem, Attendance, MinutesEntry, Session, Speech
from consult.sessions.queries import in_order
from consult.sessions.quorum import Quorum, fraction_of, quorum
from consult.sessions.states import ItemState, SessionState, item_state, state_of


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session with its agenda and its quorum now."""

    session: Session
    items: Sequence[AgendaItem]
    quorum: Quorum

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return state_of(self.session)

    @property
    def item(self) -> AgendaItem | None:
        """The item under discussion."""
        return next((item for item in self.items if item_state(item) is ItemState.NOW), None)

    @property
    def next_item(self) -> AgendaItem | None:
        """The first item that has not begun."""
        return next((item for item in self.items if item_state(item) is ItemState.TO_COME), None)


@dataclass(frozen=True, slots=True)
class Floor:
    """Who has the floor, who waits for it in order, and how these members are called."""

    speaking: Speech | None
    waiting: Sequence[Speech]
    names: Mapping[uuid.UUID, PublicName]


def sitting(consultation: uuid.UUID, number: int) -> Sitting | None:
    """Return a session by its number, with its agenda and its quorum (one query)."""
    this = sa.select(Session.id).where(Session.consultation_id == consultation, Session.number == number)
    seats = sa.select(sa.func.count()).select_from(Seat).where(Seat.consultation_id == consultation)
    present = seats.join(
        Attendance,
        sa.and_(
            Attendance.member_id == Seat.holder_id,
            Attendance.session_id == this.scalar_subquery(),
            Attendance.left_at.is_(None),
        ),
    )
    found = (
        session.execute(
            sa.select(Session, seats.scalar_subquery(), present.scalar_subquery())
            .where(Session.consultation_id == consultation, Session.number == number)
            .options(joinedload(Session.items))
        )
        .unique()
        .first()
    )
    if found is None:
        return None
    row, total, there = found
    return Sitting(row, row.items, quorum(total, there, fraction_of(row.quorum)))


def floor_and_log(now: Sitting, *, newest: int = 8) -> tuple[Floor, list[Entry]]:
    """Return the floor of a session, and the newest lines of what happened, the newest first (3 queries at most)."""
    speeches = _speeches(now)
    waiting = [speech for speech in speeches if speech.given_at is None]
    speaking = next((speech for speech in speeches if speech.given_at and not speech.ended_at), None)
    rows = _rows(now.session.id, hidden=False, written=False, newest=newest)
    shown = [speech.member_id for speech in waiting] + ([speaking.member_id] if speaking else [])
    names = public_names({*shown, *members_in(_events(rows))})
    order = in_order(waiting, [speech.member_id for speech in speeches if speech.given_at])
    words = Words(names, {item.id: item.titles for item in now.items})
    return Floor(speaking, order, names), [_entry(row, event, words) for row, event in rows]


def minutes_of(now: Sitting, *, hidden: bool = False) -> list[Entry]:
    """Return the lines of a session's minutes in order; `hidden` takes in what was left out (2 queries at most)."""
    rows = _rows(now.session.id, hidden=hidden, written=True)
    words = Words(public_names(members_in(_events(rows))), {item.id: item.titles for item in now.items})
    return [_entry(row, event, words) for row, event in rows]


def _speeches(now: Sitting) -> Sequence[Speech]:
    if now.state is SessionState.CLOSED:
        return ()
    item = now.item.id if now.item else None
    return session.scalars(
        sa.select(Speech).where(
            Speech.session_id == now.session.id,
            Speech.withdrawn_at.is_(None),
            Speech.item_id.is_not_distinct_from(item),
        )
    ).all()


Row = tuple[MinutesEntry, EventRow | None]


def _rows(session_id: uuid.UUID, *, hidden: bool, written: bool, newest: int | None = None) -> Sequence[Row]:
    query = (
        sa.select(MinutesEntry, EventRow)
        .outerjoin(EventRow, EventRow.id == MinutesEntry.event_id)
        .where(MinutesEntry.session_id == session_id)
    )
    if not hidden:
        query = query.where(MinutesEntry.hidden.is_(False))
    if not written:
        query = query.where(MinutesEntry.event_id.is_not(None))
    if newest is None:
        query = query.order_by(MinutesEntry.at, MinutesEntry.id)
    else:
        query = query.order_by(MinutesEntry.at.desc(), MinutesEntry.id.desc()).limit(newest)
    return [(row, event) for row, event in session.execute(query)]


def _events(rows: Iterable[Row]) -> list[Recorded]:
    return [_recorded(event) for _, event in rows if event is not None]


def _recorded(row: EventRow) -> Recorded:
    return Recorded(row.id, row.stream_id, row.seq, row.type, row.actor_id, row.at, row.facts or {})


def _entry(row: MinutesEntry, event: EventRow | None, words: Words) -> Entry:
    return Entry(
        id=row.id,
        item=row.item_id,
        at=row.at,
        kind=row.kind,
        sentence=said(_recorded(event), words) if event is not None else None,
        text=row.text,
        language=row.language,
        hidden=row.hidden,
        seq=event.seq if event is not None else None,
    )
