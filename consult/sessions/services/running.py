"""Running a session: open, suspend, resume, close; start and finish its items."""

from __future__ import annotations

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.db import session, transaction
from consult.errors import Conflict
from consult.i18n import N_
from consult.sessions.events import (
    AgendaItemFinished,
    AgendaItemStarted,
    SessionClosed,
    SessionOpened,
    SessionResumed,
    SessionSuspended,
)
from consult.sessions.models import AgendaItem, Attendance, Session
from consult.sessions.queries import item_in_progress, quorum_now
from consult.sessions.services.acts import hold, tell
from consult.sessions.services.speaking import end_current_speech, lapse_requests, take_requests_over
from consult.sessions.states import ItemState, SessionState, demand_state, demand_transition, item_state


def open_session(sitting: Session, *, actor: Actor) -> Session:
    """Open a planned session, while a phase opens the holding of sessions.

    A missing quorum does not keep it from opening, because the plenary itself finds that it is not one; the event and
    the minutes say how many seats were represented.
    """
    with transaction():
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), SessionState.PLANNED)
        demand_right(session.get_one(Consultation, sitting.consultation_id), Right.SESSION)
        sitting.state, sitting.opened_at = SessionState.OPEN, clock.now()
        session.flush()
        quorum = quorum_now(sitting)
        tell(
            SessionOpened(
                session=sitting.id,
                number=sitting.number,
                seats=quorum.seats,
                present=quorum.present,
                needed=quorum.needed,
            ),
            sitting=sitting,
            actor=actor,
        )
    return sitting


def suspend_session(sitting: Session, *, actor: Actor) -> Session:
    """Interrupt an open session; whoever speaks has ended, the item in progress and the list of speakers stay."""
    with transaction():
        demand(actor, "session.run", sitting)
        demand_transition(hold(sitting), SessionState.SUSPENDED)
        end_current_speech(sitting, actor)
        sitting.state = SessionState.SUSPENDED
        tell(SessionSuspended(session=sitting.id, number=sitting.number), sitting=sitting, actor=actor)
    return sitting


def resume_session(sitting: Session, *, actor: Actor) -> Session:
    """Go on with a suspended session; the sitting was opened in its phase and may end after it."""
    with transaction():
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), SessionState.SUSPENDED)
        sitting.state = SessionState.OPEN
        session.flush()
        quorum = quorum_now(sitting)
        tell(
            SessionResumed(
                session=sitting.id,
                number=sitting.number,
                seats=quorum.seats,
                present=quorum.present,
                needed=quorum.needed,
            ),
            sitting=sitting,
            actor=actor,
        )
    return sitting


def close_session(sitting: Session, *, actor: Actor) -> Session:
    """Close a session: the speech and the item in progress end, requests lapse, everybody present has left.

    A milestone: the log's root is signed. It cannot be undone.
    """
    with transaction():
        demand(actor, "session.run", sitting)
        demand_transition(hold(sitting), SessionState.CLOSED)
        item = item_in_progress(sitting.id)
        if item is not None:
            _finish(sitting, item, actor)
        end_current_speech(sitting, actor)
        lapse_requests(sitting)
        sitting.state, sitting.closed_at = SessionState.CLOSED, clock.now()
        session.execute(
            sa.update(Attendance)
            .where(Attendance.session_id == sitting.id, Attendance.left_at.is_(None))
            .values(left_at=sitting.closed_at)
        )
        tell(SessionClosed(session=sitting.id, number=sitting.number), sitting=sitting, actor=actor)
    return sitting


def start_item(item: AgendaItem, *, actor: Actor) -> AgendaItem:
    """Take up an item of an open session; one is under discussion at a time, in whatever order the plenary wants."""
    with transaction():
        sitting = session.get_one(Session, item.session_id)
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), SessionState.OPEN)
        session.refresh(item)
        if item_state(item) is not ItemState.TO_COME:
            raise Conflict(N_("This item has been taken up already."))
        if item_in_progress(sitting.id) is not None:
            raise Conflict(N_("Another item is under discussion. Finish it first."))
        end_current_speech(sitting, actor)
        item.started_at = clock.now()
        session.flush()
        take_requests_over(sitting, item)
        tell(
            AgendaItemStarted(session=sitting.id, item=item.id, position=item.position),
            sitting=sitting,
            item=item.id,
            actor=actor,
        )
    return item


def finish_item(item: AgendaItem, *, actor: Actor) -> AgendaItem:
    """End the discussion of the item in progress; its speech ends, and its list of speakers lapses."""
    with transaction():
        sitting = session.get_one(Session, item.session_id)
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), SessionState.OPEN, SessionState.SUSPENDED)
        session.refresh(item)
        if item_state(item) is not ItemState.NOW:
            raise Conflict(N_("This item is not under discussion."))
        _finish(sitting, item, actor)
    return item


def _finish(sitting: Session, item: AgendaItem, actor: Actor) -> None:
    end_current_speech(sitting, actor)
    lapse_requests(sitting)
    item.finished_at = clock.now()
    session.flush()
    tell(
        AgendaItemFinished(session=sitting.id, item=item.id, position=item.position),
        sitting=sitting,
        item=item.id,
        actor=actor,
    )
