"""Reading sessions: agenda, who is present, the quorum, the list of speakers, the minutes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.taking_part import ends_by_itself, takes_part
from consult.consultations.models import Alternate, Member, Seat
from consult.consultations.names import PublicName, public_names
from consult.db import prepared, session
from consult.sessions.floor import Request, speaking_order
from consult.sessions.models import AgendaItem, Attendance, Session, Speech
from consult.sessions.quorum import Quorum, fraction_of, quorum
from consult.sessions.states import SessionState

_WAITING = (Speech.given_at.is_(None), Speech.withdrawn_at.is_(None))
_SPEAKING = (Speech.given_at.is_not(None), Speech.ended_at.is_(None))
_IN_PROGRESS = (AgendaItem.started_at.is_not(None), AgendaItem.finished_at.is_(None))


def session_by_number(consultation: uuid.UUID, number: int) -> Session | None:
    """Return a session by its number in the consultation."""
    return session.scalars(
        sa.select(Session).where(Session.consultation_id == consultation, Session.number == number)
    ).first()


def sessions_of(consultation: uuid.UUID, which: sa.ColumnElement[bool] | None = None) -> Sequence[Session]:
    """Return the sessions of a consultation, the earliest first; all, or `which` a policy says."""
    here = (Session.consultation_id == consultation, sa.true() if which is None else which)
    return session.scalars(sa.select(Session).where(*here).order_by(Session.starts_at, Session.number)).all()


def upcoming(consultation: uuid.UUID, limit: int = 3) -> Sequence[Session]:
    """Return the sessions that sit now or are to come and not over, the earliest first."""
    return session.scalars(*_upcoming(consultation, clock.now(), limit)).all()


@prepared
def _upcoming(consultation: uuid.UUID, now: datetime, limit: int) -> sa.Select[Session]:
    return (
        sa.select(Session)
        .where(
            Session.consultation_id == consultation,
            sa.or_(
                Session.state.in_((SessionState.OPEN, SessionState.SUSPENDED)),
                sa.and_(Session.state == SessionState.PLANNED, Session.ends_at > now),
            ),
        )
        .order_by(Session.starts_at, Session.number)
        .limit(limit)
    )


def agenda(session_id: uuid.UUID) -> Sequence[AgendaItem]:
    """Return the agenda of a session in order."""
    return session.scalars(
        sa.select(AgendaItem).where(AgendaItem.session_id == session_id).order_by(AgendaItem.position)
    ).all()


def item_in_progress(session_id: uuid.UUID) -> AgendaItem | None:
    """Return the item under discussion, None between items."""
    return session.scalars(sa.select(AgendaItem).where(AgendaItem.session_id == session_id, *_IN_PROGRESS)).first()


def current_item(session_id: uuid.UUID) -> uuid.UUID | None:
    """Return the id of the item under discussion."""
    return session.scalar(sa.select(AgendaItem.id).where(AgendaItem.session_id == session_id, *_IN_PROGRESS))


def present_members(session_id: uuid.UUID, at: datetime | None = None) -> set[uuid.UUID]:
    """Return the members who are in the room now, or were at a moment: from coming in until just before leaving."""
    query = sa.select(Attendance.member_id).where(Attendance.session_id == session_id)
    if at is None:
        return set(session.scalars(query.where(Attendance.left_at.is_(None))))
    return set(
        session.scalars(
            query.where(Attendance.came_at <= at, sa.or_(Attendance.left_at.is_(None), Attendance.left_at > at))
        )
    )


def attended(session_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return every member who was in the room at some time, by number."""
    came = sa.select(Attendance.member_id).where(Attendance.session_id == session_id)
    return session.scalars(sa.select(Member.id).where(Member.id.in_(came)).order_by(Member.number)).all()


def attended_names(session_id: uuid.UUID) -> list[PublicName]:
    """Return how those who were in the room at some time are called, by number (2 queries)."""
    members = attended(session_id)
    names = public_names(members)
    return [names[member] for member in members]


def attended_by_track(consultation: uuid.UUID) -> Sequence[tuple[Session, str, int]]:
    """Return how many members of each track were in the room at some time, session by session; none where nobody came (1 query)."""
    rows = session.execute(
        sa.select(Session, Member.track, sa.func.count(Attendance.member_id.distinct()))
        .join(Attendance, Attendance.session_id == Session.id)
        .join(Member, Member.id == Attendance.member_id)
        .where(Session.consultation_id == consultation)
        .group_by(Session.id, Member.track)
        .order_by(Session.number, Member.track)
    )
    return [(sitting, track, number) for sitting, track, number in rows]


def quorum_now(sitting: Session) -> Quorum:
    """Return the quorum of this moment: seats whose holder or an alternate is present, against the seats of the consultation.

    Proxies do not count: a quorum asks who came. Seats without a holder count among the seats, because the plenary has so many (one query).
    """
    seats = seats_by_track(sitting)
    return quorum(
        sum(total for _, total in seats.values()),
        sum(present for present, _ in seats.values()),
        fraction_of(sitting.quorum),
    )


def seats_by_track(sitting: Session) -> Mapping[str, tuple[int, int]]:
    """Return, for each track, its seats that are represented now and all its seats."""
    rows = session.execute(*_seats_by_track(sitting.id, sitting.consultation_id, clock.now()))
    return {track: (present, total) for track, present, total in rows}


@prepared
def _seats_by_track(session_id: uuid.UUID, consultation: uuid.UUID, now: datetime) -> sa.Select[str, int, int]:
    there = represented(session_id, now).subquery()
    return (
        sa.select(Seat.track, sa.func.count(there.c.seat), sa.func.count(Seat.id))
        .select_from(Seat)
        .outerjoin(there, there.c.seat == Seat.id)
        .where(Seat.consultation_id == consultation)
        .group_by(Seat.track)
        .order_by(Seat.track)
    )


def represented(session_id: Any, now: Any) -> sa.Select[Any]:
    """Return the query for the seats (column `seat`) that somebody in the room speaks for: a holder or an alternate, each once.

    A member holds one seat or stands in for one, so it begins at those who are there, and leaves out whose part has ended: from
    that moment their seat does not count. `session_id` and `now` may be bound values.
    """
    seat = sa.func.coalesce(Seat.id, Alternate.seat_id).label("seat")
    return (
        sa.select(seat)
        .distinct()
        .select_from(Attendance)
        .join(Member, Member.id == Attendance.member_id)
        .outerjoin(Seat, Seat.holder_id == Attendance.member_id)
        .outerjoin(Alternate, Alternate.member_id == Attendance.member_id)
        .where(
            Attendance.session_id == session_id,
            Attendance.left_at.is_(None),
            takes_part(Member, now),
            sa.or_(Seat.id.is_not(None), Alternate.id.is_not(None)),
        )
    )


def parts_ending(sitting: Session) -> tuple[Sequence[uuid.UUID], datetime | None]:
    """Return who is in the room though their part has ended, by number, and when the next part of those in it ends (1 query)."""
    now = clock.now()
    rows = session.execute(
        sa.select(Member.id, ends_by_itself(Member), takes_part(Member, now))
        .join(Attendance, Attendance.member_id == Member.id)
        .where(
            Attendance.session_id == sitting.id,
            Attendance.left_at.is_(None),
            sa.or_(ends_by_itself(Member).is_not(None), sa.not_(takes_part(Member, now))),
        )
        .order_by(Member.number)
    ).all()
    ends = [until for _, until, still in rows if still and until is not None]
    return [member for member, _, still in rows if not still], min(ends, default=None)


def current_speech(session_id: uuid.UUID) -> Speech | None:
    """Return the speech of whoever has the floor."""
    return session.scalars(sa.select(Speech).where(Speech.session_id == session_id, *_SPEAKING)).first()


def list_of_speakers(session_id: uuid.UUID) -> list[Speech]:
    """Return the waiting requests in the order in which they are to speak (`consult.sessions.floor`)."""
    waiting = session.scalars(sa.select(Speech).where(Speech.session_id == session_id, *_WAITING)).all()
    if not waiting:
        return []
    spoken = session.scalars(
        sa.select(Speech.member_id).where(
            Speech.session_id == session_id,
            Speech.item_id.is_not_distinct_from(current_item(session_id)),
            Speech.given_at.is_not(None),
        )
    ).all()
    return in_order(waiting, spoken)


def in_order(waiting: Sequence[Speech], spoken: Sequence[uuid.UUID]) -> list[Speech]:
    """Return waiting requests as the list of speakers; `spoken` holds who already spoke on the item."""
    by_id = {speech.id: speech for speech in waiting}
    order = speaking_order((Request(s.id, s.member_id, s.asked_at) for s in waiting), spoken)
    return [by_id[request.id] for request in order]


def seconds_by_track(session_id: uuid.UUID) -> Mapping[str, int]:
    """Return how long each track has spoken in a session, in seconds; a speech that goes on counts until now."""
    rows = session.execute(
        sa.select(Member.track, Speech.given_at, Speech.ended_at)
        .join(Member, Member.id == Speech.member_id)
        .where(Speech.session_id == session_id, Speech.given_at.is_not(None))
        .order_by(Member.track)
    )
    spoken: dict[str, int] = {}
    for track, given_at, ended_at in rows:
        began = given_at or clock.now()
        spoken[track] = spoken.get(track, 0) + int(((ended_at or clock.now()) - began).total_seconds())
    return spoken
