"""Where an application for accreditation stands, and what may follow, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class ApplicationState(StrEnum):
    """Where an application stands. That an accreditation has run out follows from its date and is written nowhere.

    `ended` is one whose member left, or in whose place another came: nobody extends it.
    """

    APPLIED = "applied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    APPEALED = "appealed"
    REFUSED_FINALLY = "refused_finally"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    ENDED = "ended"


S = ApplicationState
TRANSITIONS: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    S.APPLIED: frozenset({S.RETURNED, S.ACCEPTED, S.REFUSED, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.APPLIED, S.WITHDRAWN}),
    S.REFUSED: frozenset({S.APPEALED}),
    S.APPEALED: frozenset({S.ACCEPTED, S.REFUSED_FINALLY, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.ACCEPTED, S.REVOKED, S.WITHDRAWN, S.ENDED}),
    S.REVOKED: frozenset({S.APPEALED}),
    S.REFUSED_FINALLY: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.ENDED: frozenset(),
}
#: What an accreditor decides on, and what they may decide.
DECISIONS: Mapping[ApplicationState, tuple[ApplicationState, ...]] = {
    S.APPLIED: (S.ACCEPTED, S.RETURNED, S.REFUSED),
    S.APPEALED: (S.ACCEPTED, S.REFUSED_FINALLY),
    S.ACCEPTED: (S.ACCEPTED, S.REVOKED),
}
#: What waits for an accreditor.
WAITING = (S.APPLIED, S.APPEALED)
#: What files are added to and removed from, by the body: what somebody decides on, or waits for.
TAKES_FILES = (S.APPLIED, S.APPEALED, S.RETURNED)
#: Whose body applies anew if it wants to take part.
CLOSED = (S.REFUSED_FINALLY, S.WITHDRAWN, S.ENDED, S.REVOKED, S.REFUSED)
#: What needs a reason, which the applicant reads.
WITH_REASON = frozenset({S.ACCEPTED, S.RETURNED, S.REFUSED, S.REFUSED_FINALLY, S.APPEALED, S.REVOKED})

STATE_LABELS: Mapping[ApplicationState, Message] = {
    S.APPLIED: N_("Waits for an accreditor"),
    S.RETURNED: N_("Returned to be corrected"),
    S.ACCEPTED: N_("Accredited"),
    S.REFUSED: N_("Refused"),
    S.APPEALED: N_("Appealed, waits for another accreditor"),
    S.REFUSED_FINALLY: N_("Refused on appeal"),
    S.WITHDRAWN: N_("Withdrawn by the body"),
    S.REVOKED: N_("Taken back by an accreditor"),
    S.ENDED: N_("No longer in force"),
}
ENDED_LABEL = N_("Accreditation has ended")


def may_become(state: ApplicationState, other: ApplicationState) -> bool:
    """Tell whether an application in one state may go to another."""
    return other in TRANSITIONS[state]
