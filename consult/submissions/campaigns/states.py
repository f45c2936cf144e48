"""Where a search for campaigns and what it proposes stand, and where they may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.errors import Conflict
from consult.i18n import N_, Message


class SearchState(StrEnum):
    """The life of a search. One that runs is taken again when its worker is gone: that is no change of state."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


#: state -> the states a search may change into.
SEARCH_TRANSITIONS: Mapping[SearchState, frozenset[SearchState]] = {
    SearchState.ASKED: frozenset({SearchState.RUNNING}),
    SearchState.RUNNING: frozenset({SearchState.DONE, SearchState.FAILED}),
    SearchState.DONE: frozenset(),
    SearchState.FAILED: frozenset(),
}
#: A search is under way until it comes to one of the ends.
UNDER_WAY = tuple(state for state, after in SEARCH_TRANSITIONS.items() if after)


class ProposalState(StrEnum):
    """The life of a proposal. A decision can be taken back; a confirmed one is replaced when its texts were confirmed in another."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    REPLACED = "replaced"


#: state -> the states a proposal may change into.
PROPOSAL_TRANSITIONS: Mapping[ProposalState, frozenset[ProposalState]] = {
    ProposalState.PROPOSED: frozenset({ProposalState.CONFIRMED, ProposalState.DISMISSED}),
    ProposalState.CONFIRMED: frozenset({ProposalState.REPLACED, ProposalState.PROPOSED}),
    ProposalState.DISMISSED: frozenset({ProposalState.PROPOSED}),
    ProposalState.REPLACED: frozenset(),
}

PROPOSAL_LABELS: Mapping[ProposalState, Message] = {
    ProposalState.PROPOSED: N_("To be decided"),
    ProposalState.CONFIRMED: N_("Confirmed"),
    ProposalState.DISMISSED: N_("Dismissed"),
    ProposalState.REPLACED: N_("Confirmed with others since"),
}


def demand_proposal(state: str, wanted: ProposalState) -> None:
    """Raise Conflict unless a proposal in `state` may change into `wanted`."""
    if wanted not in PROPOSAL_TRANSITIONS[ProposalState(state)]:
        raise Conflict(N_("Somebody else has decided on this proposal meanwhile. Open the list again."))
