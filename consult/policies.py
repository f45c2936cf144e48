"""Every room's policies, imported in one place so that each permission is declared before a route names it."""

from __future__ import annotations

from consult.accounts import policies as accounts
from consult.ballots import policies as ballots
from consult.coding import policies as coding
from consult.consent import policies as consent
from consult.consultations import policies as consultations
from consult.evaluation import policies as evaluation
from consult.notifications import policies as notifications
from consult.outcomes import policies as outcomes
from consult.paper import policies as paper
from consult.peer_review import policies as peer_review
from consult.recommendations import policies as recommendations
from consult.sessions import policies as sessions
from consult.submissions import policies as submissions
from consult.testimony import policies as testimony

ALL_POLICIES = (
    accounts,
    ballots,
    coding,
    consent,
    consultations,
    evaluation,
    notifications,
    outcomes,
    paper,
    peer_review,
    recommendations,
    sessions,
    submissions,
    testimony,
)
