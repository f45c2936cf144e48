"""What everyone may read."""

from __future__ import annotations

from consult.web.public import (
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
