"""Where an application for accreditation stands, and what may follow, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class ApplicationState(StrEnum):
    """Where an application stands. That an accreditation has ended follows from its date and is written nowhere."""

    APPLIED = "applied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    APPEALED = "appealed"
    REFUSED_FINALLY = "refused_finally"
    WITHDRAWN = "withdrawn"


S = ApplicationState
TRANSITIONS: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    S.APPLIED: frozenset({S.RETURNED, S.ACCEPTED, S.REFUSED, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.APPLIED, S.WITHDRAWN}),
    S.REFUSED: frozenset({S.APPEALED}),
    S.APPEALED: frozenset({S.ACCEPTED, S.REFUSED_FINALLY, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.WITHDRAWN}),
    S.REFUSED_FINALLY: frozenset(),
    S.WITHDRAWN: frozenset(),
}
#: What an accreditor decides on, and what they may decide.
DECISIONS: Mapping[ApplicationState, tuple[ApplicationState, ...]] = {
    S.APPLIED: (S.ACCEPTED, S.RETURNED, S.REFUSED),
    S.APPEALED: (S.ACCEPTED, S.REFUSED_FINALLY),
}
#: What needs a reason, which the applicant reads.
WITH_REASON = frozenset({S.RETURNED, S.REFUSED, S.REFUSED_FINALLY, S.APPEALED})

STATE_LABELS: Mapping[ApplicationState, Message] = {
    S.APPLIED: N_("Waits for an accreditor"),
    S.RETURNED: N_("Returned to be corrected"),
    S.ACCEPTED: N_("Accredited"),
    S.REFUSED: N_("Refused"),
    S.APPEALED: N_("Appealed, waits for another accreditor"),
    S.REFUSED_FINALLY: N_("Refused on appeal"),
    S.WITHDRAWN: N_("Withdrawn by the body"),
}
ENDED_LABEL = N_("Accreditation has ended")


def may_become(state: ApplicationState, other: ApplicationState) -> bool:
    """Tell whether an application in one state may go to another."""
    return other in TRANSITIONS[state]
