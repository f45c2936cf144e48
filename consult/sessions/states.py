"""The states of a session, of an agenda item and of a request for the floor, with the transitions allowed, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from consult.errors import Conflict
from consult.i18n import N_, Message

if TYPE_CHECKING:
    from consult.sessions.models import AgendaItem, Session
    from consult.sessions.present import Item


class SessionKind(StrEnum):
    """What kind of sitting it is."""

    PLENARY = "plenary"
    HEARING = "hearing"
    WORKSHOP = "workshop"
    CONFERENCE = "conference"
    TRAINING = "training"
    STUDY_MISSION = "study_mission"


KIND_LABELS: Mapping[SessionKind, Message] = {
    SessionKind.PLENARY: N_("Plenary session"),
    SessionKind.HEARING: N_("Hearing"),
    SessionKind.WORKSHOP: N_("Workshop"),
    SessionKind.CONFERENCE: N_("Conference"),
    SessionKind.TRAINING: N_("Training"),
    SessionKind.STUDY_MISSION: N_("Study mission"),
}


class SessionState(StrEnum):
    """Where a session stands."""

    PLANNED = "planned"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"


#: A suspended session may be closed without being resumed: the hall may have had to be left.
TRANSITIONS: Mapping[SessionState, frozenset[SessionState]] = {
    SessionState.PLANNED: frozenset({SessionState.OPEN}),
    SessionState.OPEN: frozenset({SessionState.SUSPENDED, SessionState.CLOSED}),
    SessionState.SUSPENDED: frozenset({SessionState.OPEN, SessionState.CLOSED}),
    SessionState.CLOSED: frozenset(),
}

#: While a session stands in one of these, it can still be prepared and people can come and go.
BEFORE_CLOSING = (SessionState.PLANNED, SessionState.OPEN, SessionState.SUSPENDED)

STATE_LABELS: Mapping[SessionState, Message] = {
    SessionState.PLANNED: N_("To come"),
    SessionState.OPEN: N_("Sitting now"),
    SessionState.SUSPENDED: N_("Session suspended"),
    SessionState.CLOSED: N_("Session closed"),
}

#: What is said when an act does not fit the state the session is in.
REFUSALS: Mapping[SessionState, Message] = {
    SessionState.PLANNED: N_("The session has not been opened yet."),
    SessionState.OPEN: N_("The session is open already."),
    SessionState.SUSPENDED: N_("The session is suspended. Resume it first."),
    SessionState.CLOSED: N_("The session is closed."),
}


def state_of(sitting: Session) -> SessionState:
    """Return the state of a session."""
    return SessionState(sitting.state)


def demand_transition(sitting: Session, to: SessionState) -> None:
    """Raise Conflict, saying where the session stands, unless it may go from its state to `to`."""
    present = state_of(sitting)
    if to not in TRANSITIONS[present]:
        raise Conflict(REFUSALS[present])


def demand_state(sitting: Session, *states: SessionState) -> None:
    """Raise Conflict, saying where the session stands, unless it is in one of `states`."""
    present = state_of(sitting)
    if present not in states:
        raise Conflict(REFUSALS[present])


class ItemState(StrEnum):
    """Where an agenda item stands; it follows from the moments at which it was started and finished."""

    TO_COME = "to_come"
    NOW = "now"
    DONE = "done"


def item_state(item: AgendaItem | Item) -> ItemState:
    """Return where an agenda item stands."""
    if item.started_at is None:
        return ItemState.TO_COME
    return ItemState.NOW if item.finished_at is None else ItemState.DONE
