"""Where a recommendation stands, and where it may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class RecommendationState(StrEnum):
    """The life of a recommendation. A decided one may be put to the vote again, and its state follows the last ballot."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    VOTING = "voting"
    ADOPTED = "adopted"
    REJECTED = "rejected"
    NEXT_ROUND = "next_round"
    CONTESTED = "contested"
    UNDECIDED = "undecided"


_S = RecommendationState

#: What a ballot may leave behind: the states that a vote ends in.
DECIDED = frozenset({_S.ADOPTED, _S.REJECTED, _S.NEXT_ROUND, _S.CONTESTED, _S.UNDECIDED})

#: state -> the states it may change into. Voting returns to what was before when the ballot is annulled.
TRANSITIONS: Mapping[RecommendationState, frozenset[RecommendationState]] = {
    _S.DRAFT: frozenset({_S.PROPOSED}),
    _S.PROPOSED: frozenset({_S.VOTING}),
    _S.VOTING: DECIDED | {_S.PROPOSED},
    **{decided: (DECIDED | {_S.VOTING, _S.PROPOSED}) - {decided} for decided in DECIDED},
}

#: States in which the text may still be written; an adopted text is what was adopted.
WRITABLE = frozenset({_S.DRAFT, _S.PROPOSED, _S.REJECTED, _S.NEXT_ROUND, _S.CONTESTED, _S.UNDECIDED})

#: States in which a ballot may be opened on it.
VOTABLE = frozenset({_S.PROPOSED}) | DECIDED

STATE_LABELS: Mapping[RecommendationState, Message] = {
    _S.DRAFT: N_("Draft"),
    _S.PROPOSED: N_("Under discussion"),
    _S.VOTING: N_("Being voted on"),
    _S.ADOPTED: N_("Adopted"),
    _S.REJECTED: N_("Rejected"),
    _S.NEXT_ROUND: N_("Goes to the next round"),
    _S.CONTESTED: N_("Contested"),
    _S.UNDECIDED: N_("No decision"),
}

#: state of a ballot's outcome (`consult.ballots.rules.votes.Outcome`, by value) -> what it makes of the recommendation
AFTER_OUTCOME: Mapping[str, RecommendationState] = {
    "adopted": _S.ADOPTED,
    "rejected": _S.REJECTED,
    "next_round": _S.NEXT_ROUND,
    "contested": _S.CONTESTED,
    "no_quorum": _S.UNDECIDED,
    "no_decision": _S.UNDECIDED,
}


def may_become(state: str, wanted: RecommendationState) -> bool:
    """Tell whether a recommendation in `state` may change into `wanted`."""
    return wanted in TRANSITIONS[RecommendationState(state)]
