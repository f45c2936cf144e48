"""A decision on many texts at once: it is held for ten minutes, then carried out text by text, unless it is undone.

It is held and not taken back: a letter that has left cannot be undone, nor what somebody has read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from consult.i18n import N_, Message
from consult.submissions.states import Decision

#: How long an act is held, and how many texts one may be about: what a person can look through before they confirm it.
HELD_FOR, MOST_TEXTS = timedelta(minutes=10), 100
#: What may be decided on many texts at once, in the order it is offered; all that a queue may need.
TOGETHER = (Decision.ACCEPT, Decision.KEEP, Decision.RETURN, Decision.HIDE)


class BulkState(StrEnum):
    """An act: held, being carried out, done, or undone before anything happened."""

    HELD = "held"
    RUNNING = "running"
    DONE = "done"
    UNDONE = "undone"


BULK_LABELS: Mapping[BulkState, Message] = {
    BulkState.HELD: N_("On hold"),
    BulkState.RUNNING: N_("Being carried out"),
    BulkState.DONE: N_("Carried out"),
    BulkState.UNDONE: N_("Undone, nothing happened"),
}


class Outcome(StrEnum):
    """What became of one text of an act."""

    WAITING = ""
    DECIDED = "decided"
    MOVED = "moved"
    REFUSED = "refused"
    UNDONE = "undone"


OUTCOME_LABELS: Mapping[Outcome, Message] = {
    Outcome.WAITING: N_("On hold"),
    Outcome.DECIDED: N_("Decided"),
    Outcome.MOVED: N_("Skipped: it has moved on since"),
    Outcome.REFUSED: N_("Skipped: refused"),
    Outcome.UNDONE: N_("Undone, nothing happened"),
}
