"""Where a submission stands, where it may go from there, and on what grounds a moderator decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consult.errors import Conflict
from consult.i18n import N_, Message


class SubmissionState(StrEnum):
    """The life of a submission after it was handed in; a draft is not a submission and has no state."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


_S = SubmissionState

#: state -> the states it may change into: a returned one comes back as a new revision, a withdrawn one never.
TRANSITIONS: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    _S.RECEIVED: frozenset({_S.ACCEPTED, _S.RETURNED, _S.HIDDEN, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.HIDDEN, _S.WITHDRAWN}),
    _S.RETURNED: frozenset({_S.RECEIVED, _S.WITHDRAWN}),
    _S.HIDDEN: frozenset({_S.ACCEPTED, _S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset(),
}

#: States the public register lists: the text of an accepted one, of a hidden one only the ground.
PUBLIC_STATES = (_S.ACCEPTED, _S.HIDDEN)

STATE_LABELS: Mapping[SubmissionState, Message] = {
    _S.RECEIVED: N_("Under review"),
    _S.ACCEPTED: N_("Accepted for discussion"),
    _S.RETURNED: N_("Returned for correction"),
    _S.HIDDEN: N_("Text hidden"),
    _S.WITHDRAWN: N_("Withdrawn by its author"),
}


def may_become(state: str, wanted: SubmissionState) -> bool:
    """Tell whether a submission in `state` may change into `wanted`."""
    return wanted in TRANSITIONS[SubmissionState(state)]


def demand_transition(state: str, wanted: SubmissionState) -> None:
    """Raise Conflict unless a submission in `state` may change into `wanted`."""
    if not may_become(state, wanted):
        raise _moved_on(state)


def demand_decision(state: str, decision: Decision) -> None:
    """Raise Conflict unless `decision` may be taken on a submission in `state`."""
    if decision not in DECISIONS[SubmissionState(state)]:
        raise _moved_on(state)


def _moved_on(state: str) -> Conflict:
    return Conflict(
        N_(
            "This submission stands at “%(state)s” now, so this can no longer be done. Open it again.",
            state=STATE_LABELS[SubmissionState(state)],
        )
    )


class Decision(StrEnum):
    """What a moderator may decide."""

    ACCEPT = "accept"
    RETURN = "return"
    HIDE = "hide"
    RESTORE = "restore"


_D = Decision

#: decision -> the state it leads to
AFTER_DECISION: Mapping[Decision, SubmissionState] = {
    _D.ACCEPT: _S.ACCEPTED,
    _D.RETURN: _S.RETURNED,
    _D.HIDE: _S.HIDDEN,
    _D.RESTORE: _S.ACCEPTED,
}

#: state -> what may be decided, in the order it is offered
DECISIONS: Mapping[SubmissionState, tuple[Decision, ...]] = {
    _S.RECEIVED: (_D.ACCEPT, _D.RETURN, _D.HIDE),
    _S.ACCEPTED: (_D.HIDE,),
    _S.RETURNED: (),
    _S.HIDDEN: (_D.RESTORE,),
    _S.WITHDRAWN: (),
}

#: What the public register of decisions lists: whatever keeps a text from the public, or gives it back.
REGISTERED = (_D.RETURN, _D.HIDE, _D.RESTORE)

DECISION_LABELS: Mapping[Decision, Message] = {
    _D.ACCEPT: N_("Accepted for discussion"),
    _D.RETURN: N_("Returned for correction"),
    _D.HIDE: N_("Text hidden"),
    _D.RESTORE: N_("Text shown again"),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a moderator decides: the label that the public register shows, and the decisions it may stand for.

    `seals` says that the revision decided on stays out of sight even when a later one is accepted.
    """

    label: Message
    decisions: frozenset[Decision]
    seals: bool = False


_AGAINST = frozenset({_D.RETURN, _D.HIDE})

#: key -> ground. A ground is public; the words to the author are for the author alone.
GROUNDS: Mapping[str, Ground] = {
    "in_order": Ground(N_("It can be discussed as it stands"), frozenset({_D.ACCEPT})),
    "names_person": Ground(N_("Names or points to a private person"), _AGAINST, seals=True),
    "harm": Ground(N_("Calls for harm or hatred"), _AGAINST, seals=True),
    "endorsement": Ground(N_("The endorsement of the body is missing"), frozenset({_D.RETURN})),
    "unclear": Ground(N_("It cannot be understood as it stands"), frozenset({_D.RETURN})),
    "outside_mandate": Ground(N_("Outside the mandate of this consultation"), _AGAINST),
    "repeated": Ground(N_("Repeats another submission"), _AGAINST),
    "restored": Ground(N_("The ground for hiding it no longer holds"), frozenset({_D.RESTORE})),
}


def ground_label(key: str) -> Message | str:
    """Return the label of a ground, the bare key of one that is no longer used."""
    return GROUNDS[key].label if key in GROUNDS else key


def grounds_for(decisions: Iterable[Decision]) -> Mapping[str, Message]:
    """Return the grounds that any of these decisions may have, by key."""
    wanted = set(decisions)
    return {key: ground.label for key, ground in GROUNDS.items() if ground.decisions & wanted}
