"""Where a ballot stands and may go, and what kinds of ballot a consultation holds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class BallotState(StrEnum):
    """The life of a ballot. A closed one is never edited: it is annulled with a reason, and another is opened."""

    PREPARED = "prepared"
    OPEN = "open"
    CLOSED = "closed"
    ANNULLED = "annulled"


_S = BallotState

#: state -> the states it may change into
TRANSITIONS: Mapping[BallotState, frozenset[BallotState]] = {
    _S.PREPARED: frozenset({_S.OPEN, _S.ANNULLED}),
    _S.OPEN: frozenset({_S.CLOSED, _S.ANNULLED}),
    _S.CLOSED: frozenset({_S.ANNULLED}),
    _S.ANNULLED: frozenset(),
}

STATE_LABELS: Mapping[BallotState, Message] = {
    _S.PREPARED: N_("Being prepared"),
    _S.OPEN: N_("Voting is open"),
    _S.CLOSED: N_("Voting is closed"),
    _S.ANNULLED: N_("Ballot annulled"),
}

#: What is said when an act does not fit the state a ballot is in.
REFUSALS: Mapping[BallotState, Message] = {
    _S.PREPARED: N_("This ballot has not been opened yet."),
    _S.OPEN: N_("This ballot is open."),
    _S.CLOSED: N_("This ballot is closed: its result stands and is never changed."),
    _S.ANNULLED: N_("This ballot was annulled."),
}


class BallotKind(StrEnum):
    """What is voted on. A consultation sets a decision rule for each kind."""

    RECOMMENDATION = "recommendation"
    PROCEDURAL = "procedural"
    CHOICE = "choice"


BALLOT_KIND_LABELS: Mapping[BallotKind, Message] = {
    BallotKind.RECOMMENDATION: N_("A recommendation"),
    BallotKind.PROCEDURAL: N_("A question of procedure"),
    BallotKind.CHOICE: N_("A choice among options"),
}


def may_become(state: str, wanted: BallotState) -> bool:
    """Tell whether a ballot in `state` may change into `wanted`."""
    return wanted in TRANSITIONS[BallotState(state)]
