"""Where a submission stands, where it may go from there, and on what grounds a moderator decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consult.consultations.moderation import Moderation
from consult.errors import Conflict
from consult.i18n import N_, Localized, Message


class SubmissionState(StrEnum):
    """The life of a submission after it was handed in; a draft is not a submission and has no state."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"


_S = SubmissionState

#: state -> the states it may change into: a returned one comes back as a new revision, or is accepted
#: on appeal; a withdrawn one never comes back.
TRANSITIONS: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    _S.RECEIVED: frozenset({_S.ACCEPTED, _S.RETURNED, _S.HIDDEN, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.HIDDEN, _S.WITHDRAWN}),
    _S.RETURNED: frozenset({_S.RECEIVED, _S.ACCEPTED, _S.WITHDRAWN}),
    _S.HIDDEN: frozenset({_S.ACCEPTED, _S.WITHDRAWN}),
    _S.WITHDRAWN: frozenset(),
}
#: States that an author may appeal against.
AGAINST = frozenset({_S.RETURNED, _S.HIDDEN})


@dataclass(frozen=True, slots=True)
class Mode:
    """What differs by when moderators read: the state a text enters at hand-in, and whether it is then looked over."""

    enters: SubmissionState
    looked_over: bool


#: How a text comes in under each kind of moderation. What a moderator returned is read again before it is public, always.
MODES: Mapping[Moderation, Mode] = {
    Moderation.PRE: Mode(_S.RECEIVED, looked_over=False),
    Moderation.POST: Mode(_S.ACCEPTED, looked_over=True),
    Moderation.NONE: Mode(_S.ACCEPTED, looked_over=False),
}

#: States the public register lists: the text of an accepted one, of a hidden one only the ground.
PUBLIC_STATES = (_S.ACCEPTED, _S.HIDDEN)

STATE_LABELS: Mapping[SubmissionState, Message] = {
    _S.RECEIVED: N_("Under review"),
    _S.ACCEPTED: N_("Accepted for discussion"),
    _S.RETURNED: N_("Returned for correction"),
    _S.HIDDEN: N_("Text hidden"),
    _S.WITHDRAWN: N_("Text withdrawn"),
}


def own_label(state: str, *, of_body: bool) -> Message:
    """Return where a text stands, for those whose own it is: of a withdrawn one also who did that.

    To everybody else it is not told: it would tell of a text without a name that no body stands behind it.
    """
    if state != SubmissionState.WITHDRAWN:
        return STATE_LABELS[SubmissionState(state)]
    return N_("Withdrawn by its body") if of_body else N_("Withdrawn by its author")


def may_become(state: str, wanted: SubmissionState) -> bool:
    """Tell whether a submission in `state` may change into `wanted`."""
    return wanted in TRANSITIONS[SubmissionState(state)]


def demand_transition(state: str, wanted: SubmissionState) -> None:
    """Raise Conflict unless a submission in `state` may change into `wanted`."""
    if not may_become(state, wanted):
        raise _moved_on(state)


def demand_decision(state: str, decision: Decision, *, look_over: bool = False) -> None:
    """Raise Conflict unless `decision` may be taken on a submission in `state`; `look_over`: it waits to be looked over."""
    if decision not in decisions_on(state, look_over=look_over):
        raise _moved_on(state)


def decisions_on(state: str, *, look_over: bool = False) -> tuple[Decision, ...]:
    """Return what may be decided on a submission in `state`, in the order it is offered."""
    offered = DECISIONS[SubmissionState(state)]
    return (Decision.KEEP, *offered) if look_over and state == SubmissionState.ACCEPTED else offered


def _moved_on(state: str) -> Conflict:
    return Conflict(
        N_(
            "This submission stands at “%(state)s” now, so this can no longer be done. Open it again.",
            state=STATE_LABELS[SubmissionState(state)],
        )
    )


class Decision(StrEnum):
    """What a moderator may decide; the last two on an appeal, which is decided by somebody else."""

    ACCEPT = "accept"
    KEEP = "keep"
    RETURN = "return"
    HIDE = "hide"
    RESTORE = "restore"
    UPHOLD = "uphold"
    OVERTURN = "overturn"


_D = Decision

#: decision -> the state it leads to; one that is upheld changes nothing
AFTER_DECISION: Mapping[Decision, SubmissionState] = {
    _D.ACCEPT: _S.ACCEPTED,
    _D.KEEP: _S.ACCEPTED,
    _D.RETURN: _S.RETURNED,
    _D.HIDE: _S.HIDDEN,
    _D.RESTORE: _S.ACCEPTED,
    _D.OVERTURN: _S.ACCEPTED,
}

#: state -> what may be decided, in the order it is offered; one that waits to be looked over may also be kept
DECISIONS: Mapping[SubmissionState, tuple[Decision, ...]] = {
    _S.RECEIVED: (_D.ACCEPT, _D.RETURN, _D.HIDE),
    _S.ACCEPTED: (_D.HIDE,),
    _S.RETURNED: (),
    _S.HIDDEN: (_D.RESTORE,),
    _S.WITHDRAWN: (),
}

#: The decisions whose ground may keep a revision out of sight for good; a hidden text that is restored may be read again.
SEALING = (_D.RETURN,)

#: What the public register of decisions lists: whatever keeps a text from the public, or gives it back.
REGISTERED = (_D.RETURN, _D.HIDE, _D.RESTORE, _D.OVERTURN)

#: What an author may appeal against.
APPEALABLE = (_D.RETURN, _D.HIDE)

DECISION_LABELS: Mapping[Decision, Message] = {
    _D.ACCEPT: N_("Accepted for discussion"),
    _D.KEEP: N_("Looked over, it stays public"),
    _D.RETURN: N_("Returned for correction"),
    _D.HIDE: N_("Text hidden"),
    _D.RESTORE: N_("Text shown again"),
    _D.UPHOLD: N_("Decision upheld on appeal"),
    _D.OVERTURN: N_("Decision overturned on appeal"),
}


class AppealState(StrEnum):
    """An appeal: it waits, the decision was upheld or overturned, or the text moved on and nothing is left to decide."""

    OPEN = "open"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    LAPSED = "lapsed"


APPEAL_LABELS: Mapping[AppealState, Message] = {
    AppealState.OPEN: N_("Appeal not decided yet"),
    AppealState.UPHELD: N_("Decision upheld"),
    AppealState.OVERTURNED: N_("Decision overturned"),
    AppealState.LAPSED: N_("Lapsed: the text moved on"),
}

#: How an appeal may end, and what is then said of the decision.
AFTER_APPEAL: Mapping[Decision, AppealState] = {
    _D.UPHOLD: AppealState.UPHELD,
    _D.OVERTURN: AppealState.OVERTURNED,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a moderator decides: the label that the public register shows, and the decisions it may stand for.

    `seals` says that the revision decided on stays out of sight even when a later one is accepted. A `retired` one is not
    chosen any more.
    """

    label: Message | Localized
    decisions: frozenset[Decision]
    seals: bool = False
    retired: bool = False


#: The ground of what was published before anybody read it: nobody decided, and nobody may choose it. That of what is shown again.
BY_RULE, RESTORED = "by_rule", "restored"


def told_in_public(decision: Decision, ground: str) -> tuple[Decision, str]:
    """Return a decision and its ground as everybody is told: that one was overturned would tell which author appealed."""
    return (Decision.RESTORE, RESTORED) if decision is Decision.OVERTURN else (decision, ground)


_AGAINST = frozenset({_D.RETURN, _D.HIDE})

#: key -> ground, as they ship; `consult.submissions.review.grounds` has those of a consultation. A ground is public; the words to
#: the author are for the author alone.
GROUNDS: Mapping[str, Ground] = {
    "in_order": Ground(N_("It can be discussed as it stands"), frozenset({_D.ACCEPT, _D.KEEP})),
    BY_RULE: Ground(N_("Published at once, by the rule of its track"), frozenset()),
    "names_person": Ground(N_("Names or points to a private person"), _AGAINST, seals=True),
    "harm": Ground(N_("Calls for harm or hatred"), _AGAINST, seals=True),
    "endorsement": Ground(N_("The endorsement of the body is missing"), frozenset({_D.RETURN})),
    "unclear": Ground(N_("It cannot be understood as it stands"), frozenset({_D.RETURN})),
    "outside_mandate": Ground(N_("Outside the mandate of this consultation"), _AGAINST),
    "repeated": Ground(N_("Repeats another submission"), _AGAINST),
    "holds": Ground(N_("The ground holds for this text"), frozenset({_D.UPHOLD})),
    "does_not_hold": Ground(N_("The ground does not hold for this text"), frozenset({_D.OVERTURN})),
    RESTORED: Ground(N_("The ground for hiding it no longer holds"), frozenset({_D.RESTORE})),
}

#: How a text may have come in.
CHANNEL_LABELS: Mapping[str, Message] = {
    "online": N_("Written here"),
    "import": N_("Brought in by the organisers"),
    "paper": N_("Handed in on paper"),
    "assisted": N_("Written down by a clerk"),
}
