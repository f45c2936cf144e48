"""What moderators do: review, run sessions, put to the vote."""

from __future__ import annotations

from consult.web.facilitate import (
    accreditation,
    accreditation_by_hand,
    appeals,
    assessed,
    attendance,
    ballots,
    campaigns,
    cards,
    desks,
    minutes,
    queue,
    review,
    second_step,
    sessions,
    together,
)
from consult.web.facilitate.blueprint import blueprint

__all__ = [
    "accreditation",
    "accreditation_by_hand",
    "appeals",
    "assessed",
    "attendance",
    "ballots",
    "blueprint",
    "campaigns",
    "cards",
    "desks",
    "minutes",
    "queue",
    "review",
    "second_step",
    "sessions",
    "together",
]
