"""The tables of states."""

from __future__ import annotations

import pytest

from consult import clock
from consult.errors import Conflict
from consult.sessions.models import AgendaItem, Session
from consult.sessions.states import (
    KIND_LABELS,
    REFUSALS,
    STATE_LABELS,
    TRANSITIONS,
    ItemState,
    SessionKind,
    SessionState,
    demand_state,
    demand_transition,
    item_state,
)


def test_a_session_goes_only_where_the_table_says() -> None:
    assert {state: set(to) for state, to in TRANSITIONS.items()} == {
        SessionState.PLANNED: {SessionState.OPEN},
        SessionState.OPEN: {SessionState.SUSPENDED, SessionState.CLOSED},
        SessionState.SUSPENDED: {SessionState.OPEN, SessionState.CLOSED},
        SessionState.CLOSED: set(),
    }


@pytest.mark.parametrize("present", SessionState)
@pytest.mark.parametrize("to", SessionState)
def test_what_the_table_does_not_allow_is_refused_with_the_present_state(
    present: SessionState, to: SessionState
) -> None:
    sitting = Session(state=present)
    if to in TRANSITIONS[present]:
        demand_transition(sitting, to)
    else:
        with pytest.raises(Conflict) as refused:
            demand_transition(sitting, to)
        assert refused.value.message == REFUSALS[present]


def test_an_act_of_another_state_is_refused() -> None:
    demand_state(Session(state="open"), SessionState.OPEN, SessionState.SUSPENDED)
    with pytest.raises(Conflict, match="not been opened yet"):
        demand_state(Session(state="planned"), SessionState.OPEN, SessionState.SUSPENDED)


def test_every_state_and_kind_has_its_words() -> None:
    assert set(STATE_LABELS) == set(SessionState) == set(REFUSALS)
    assert set(KIND_LABELS) == set(SessionKind)


def test_an_items_state_follows_from_its_moments() -> None:
    now = clock.now()
    items = [AgendaItem(), AgendaItem(started_at=now), AgendaItem(started_at=now, finished_at=now)]
    assert [item_state(item) for item in items] == [ItemState.TO_COME, ItemState.NOW, ItemState.DONE]
