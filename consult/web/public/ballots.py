"""A ballot as everybody reads it: the question and the rule, then the result, and how each member voted."""

from __future__ import annotations

import json

from flask import render_template

from consult.ballots.models import Ballot
from consult.ballots.queries import ballot_by_number, roll_of, rounds_of, turnout
from consult.ballots.states import BallotState
from consult.recommendations.queries import listed_recommendation
from consult.web.conditional import conditional, fresh_for
from consult.web.decisions import ballot_mark, shown
from consult.web.guards import requires, visible
from consult.web.public.blueprint import blueprint
from consult.web.visitor import consultation

#: Seconds for which the number of those who have voted may be old: casting is no event.
TURNOUT_SECONDS = 5


@blueprint.get("/c/<slug>/ballots/<int:number>/")
@conditional
@requires("public.read")
def ballot(number: int) -> str:
    """Show a ballot; choices stand on it only once it was counted, and under the names others may read."""
    row: Ballot = visible("ballot.read", ballot_by_number(consultation().id, number))
    if row.state == BallotState.OPEN:
        fresh_for(TURNOUT_SECONDS)
    about = None if row.recommendation_id is None else listed_recommendation(row.recommendation_id)
    return render_template(
        "public/ballot.html",
        ballot=shown(row),
        about=about,
        turnout=turnout(row.id) if row.state == BallotState.OPEN else None,
        roll=roll_of(row) if row.result is not None else (),
        rounds=[(other, ballot_mark(other.state, other.outcome)) for other in rounds_of(row)],
        figures=json.dumps(row.result["input"], ensure_ascii=False, indent=1) if row.result is not None else "",
    )
