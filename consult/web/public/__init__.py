"""What everyone may read."""

from __future__ import annotations

from consult.web.public import (
    answers,
    ballots,
    consultation,
    home,
    log,
    moderation,
    outcome,
    pages,
    recommendations,
    sessions,
    submissions,
)
from consult.web.public.blueprint import blueprint

__all__ = [
    "answers",
    "ballots",
    "blueprint",
    "consultation",
    "home",
    "log",
    "moderation",
    "outcome",
    "pages",
    "recommendations",
    "sessions",
    "submissions",
]
