"""What is happening in a session at this moment, and its minutes, read with few queries for pages that renew themselves.

The statements are built once: in a hall every phone asks for them every few seconds.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Seat
from consult.consultations.names import PublicName, public_names
from consult.db import read, session
from consult.events.models import EventRow
from consult.events.types import Recorded
from consult.i18n import Localized
from consult.sessions.floor import Request, speaking_order
from consult.sessions.minutes import Entry, Words, members_in, said
from consult.sessions.models import AgendaItem, Attendance, MinutesEntry, Session, Speech
from consult.sessions.queries import represented
from consult.sessions.quorum import Quorum, fraction_of, quorum
from consult.sessions.states import ItemState, SessionState, item_state, state_of


@dataclass(frozen=True, slots=True)
class Item:
    """An agenda item as pages show it; `minutes` is the time planned for it."""

    id: uuid.UUID
    position: int
    titles: Localized
    minutes: int
    recommendation_id: uuid.UUID | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session with its agenda and its quorum now."""

    session: Session
    items: Sequence[Item]
    quorum: Quorum

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return state_of(self.session)

    @property
    def item(self) -> Item | None:
        """The item under discussion."""
        return next((item for item in self.items if item_state(item) is ItemState.NOW), None)

    @property
    def next_item(self) -> Item | None:
        """The first item that has not begun."""
        return next((item for item in self.items if item_state(item) is ItemState.TO_COME), None)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's turn to speak on the item: waiting since `asked_at`, or speaking since `given_at` for so many seconds."""

    id: uuid.UUID
    member: uuid.UUID
    asked_at: datetime
    given_at: datetime | None
    ended_at: datetime | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Floor:
    """Who has the floor, who waits for it in order, and how these members are called."""

    speaking: Turn | None
    waiting: Sequence[Turn]
    names: Mapping[uuid.UUID, PublicName]


def sitting(consultation: uuid.UUID, number: int) -> Sitting | None:
    """Return a session by its number, with its agenda and its quorum (one query)."""
    found = session.execute(_SITTING, {"consultation": consultation, "number": number, "now": clock.now()}).all()
    if not found:
        return None
    row, total, there, *_ = found[0]
    items = [Item(*item) for _, _, _, *item in found if item[0] is not None]
    return Sitting(row, items, quorum(total, there, fraction_of(row.quorum)))


def floor_and_log(now: Sitting, *, newest: int = 8) -> tuple[Floor, list[Entry]]:
    """Return the floor of a session, and the newest lines of what happened, the newest first (3 queries at most)."""
    turns = _turns(now)
    waiting = {turn.id: turn for turn in turns if turn.given_at is None}
    speaking = next((turn for turn in turns if turn.given_at and not turn.ended_at), None)
    rows = read(_NEWEST, {"session": now.session.id, "newest": newest}).all()
    shown = [turn.member for turn in waiting.values()] + ([speaking.member] if speaking else [])
    names = public_names({*shown, *members_in(_events(rows))})
    requests = (Request(turn.id, turn.member, turn.asked_at) for turn in waiting.values())
    order = speaking_order(requests, {turn.member for turn in turns if turn.given_at})
    floor = Floor(speaking, [waiting[request.id] for request in order], names)
    return floor, _entries(rows, _words(now, names))


def minutes_of(now: Sitting, *, hidden: bool = False) -> list[Entry]:
    """Return the lines of a session's minutes in order; `hidden` takes in what was left out (2 queries at most)."""
    rows = read(_MINUTES, {"session": now.session.id, "hidden": hidden}).all()
    return _entries(rows, _words(now, public_names(members_in(_events(rows)))))


def _turns(now: Sitting) -> list[Turn]:
    if now.state is SessionState.CLOSED:
        return []
    item = now.item.id if now.item else None
    return [Turn(*row) for row in read(_TURNS, {"session": now.session.id, "item": item})]


def _words(now: Sitting, names: Mapping[uuid.UUID, PublicName]) -> Words:
    return Words(names, {item.id: item.titles for item in now.items})


def _events(rows: Iterable[Any]) -> list[Recorded]:
    return [_recorded(row) for row in rows if row.event_id is not None]


def _recorded(row: Any) -> Recorded:
    return Recorded(row.event_id, row.stream_id, row.seq, row.type, row.actor_id, row.happened_at, row.facts or {})


def _entries(rows: Iterable[Any], words: Words) -> list[Entry]:
    return [
        Entry(
            id=row.id,
            item=row.item_id,
            at=row.at,
            kind=row.kind,
            sentence=said(_recorded(row), words) if row.event_id is not None else None,
            text=row.text,
            language=row.language,
            hidden=row.hidden,
            seq=row.seq,
        )
        for row in rows
    ]


_ITEM = (
    AgendaItem.id,
    AgendaItem.position,
    AgendaItem.titles,
    AgendaItem.minutes,
    AgendaItem.recommendation_id,
    AgendaItem.started_at,
    AgendaItem.finished_at,
)


def _sitting_statement() -> sa.Select[Any]:
    consultation, number = sa.bindparam("consultation", type_=sa.Uuid()), sa.bindparam("number", type_=sa.Integer())
    this = sa.and_(Session.consultation_id == consultation, Session.number == number)
    seats = sa.select(sa.func.count()).select_from(Seat).where(Seat.consultation_id == consultation)
    sitting_now = sa.select(Session.id).where(this).correlate(None).scalar_subquery()
    there = (
        sa.select(sa.func.count())
        .select_from(represented(sitting_now, sa.bindparam("now", type_=Attendance.came_at.type)).subquery())
        .scalar_subquery()
    )
    return (
        sa.select(Session, seats.scalar_subquery(), there, *_ITEM)
        .outerjoin(AgendaItem, AgendaItem.session_id == Session.id)
        .where(this)
        .order_by(AgendaItem.position)
    )


_SESSION = sa.bindparam("session", type_=sa.Uuid())
_SITTING = _sitting_statement()
_TURNS = sa.select(
    Speech.id, Speech.member_id, Speech.asked_at, Speech.given_at, Speech.ended_at, Speech.seconds
).where(
    Speech.session_id == _SESSION,
    Speech.withdrawn_at.is_(None),
    Speech.item_id.is_not_distinct_from(sa.bindparam("item", type_=sa.Uuid())),
)
_LINES = (
    sa.select(
        MinutesEntry.id,
        MinutesEntry.item_id,
        MinutesEntry.at,
        MinutesEntry.kind,
        MinutesEntry.text,
        MinutesEntry.language,
        MinutesEntry.hidden,
        EventRow.id.label("event_id"),
        EventRow.stream_id,
        EventRow.seq,
        EventRow.type,
        EventRow.actor_id,
        EventRow.at.label("happened_at"),
        EventRow.facts,
    )
    .outerjoin(EventRow, EventRow.id == MinutesEntry.event_id)
    .where(MinutesEntry.session_id == _SESSION)
)
_MINUTES = _LINES.where(
    sa.or_(MinutesEntry.hidden.is_(False), sa.bindparam("hidden", type_=sa.Boolean()).is_(sa.true()))
).order_by(MinutesEntry.at, MinutesEntry.id)
_NEWEST = (
    _LINES.where(MinutesEntry.hidden.is_(False), MinutesEntry.event_id.is_not(None))
    .order_by(MinutesEntry.at.desc(), MinutesEntry.id.desc())
    .limit(sa.bindparam("newest", type_=sa.Integer()))
)
