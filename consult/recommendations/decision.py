"""What a ballot makes of a recommendation. Called by ballots, inside the transaction that opens, closes or annuls one."""

from __future__ import annotations

import uuid
from datetime import datetime

from consult.db import session
from consult.errors import Conflict
from consult.i18n import N_
from consult.recommendations.models import Recommendation
from consult.recommendations.states import DECIDED, VOTABLE, RecommendationState, may_become


def begin_vote(recommendation: uuid.UUID) -> int:
    """Put a recommendation to the vote and return the number of the version voted on.

    Raises Conflict while it is a draft, or while another ballot on it is open.
    """
    row = _locked(recommendation)
    if row.state == RecommendationState.VOTING:
        raise Conflict(N_("Another ballot on this recommendation is open."))
    if row.state not in VOTABLE:
        raise Conflict(N_("Propose this recommendation before it is put to the vote."))
    row.state = RecommendationState.VOTING
    return row.version


def end_vote(recommendation: uuid.UUID, state: RecommendationState, at: datetime | None) -> None:
    """Let a recommendation be what its last valid ballot made of it; `at` is when that ballot closed, None for none.

    Raises ValueError for a state that no ballot leaves behind.
    """
    row = _locked(recommendation)
    if row.state == state:
        row.decided_at = at
        return
    if not may_become(row.state, state):
        raise ValueError(f"a ballot cannot turn {row.state} into {state}")
    row.state = state
    row.decided_at = at if state in DECIDED else None


def undo_vote(recommendation: uuid.UUID, state: RecommendationState, at: datetime | None, *, was_open: bool) -> None:
    """Let an annulled ballot leave no trace on a recommendation: `state` is what the valid ballots made of it.

    A result that was overtaken is left alone: another ballot is open meanwhile, or the text was written anew.
    """
    row = _locked(recommendation)
    if row.state == RecommendationState.VOTING if was_open else row.state in DECIDED:
        end_vote(recommendation, state, at)


def _locked(recommendation: uuid.UUID) -> Recommendation:
    return session.get_one(Recommendation, recommendation, with_for_update=True, populate_existing=True)
