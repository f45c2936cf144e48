"""What everyone may read."""

from __future__ import annotations

from consult.web.public import (
    answers,
    ballots,
    bodies,
    consultation,
    home,
    log,
    moderation,
    outcome,
    pages,
    quotes,
    recommendations,
    sessions,
    submissions,
)
from consult.web.public.blueprint import blueprint

__all__ = [
    "answers",
    "ballots",
    "blueprint",
    "bodies",
    "consultation",
    "home",
    "log",
    "moderation",
    "outcome",
    "pages",
    "quotes",
    "recommendations",
    "sessions",
    "submissions",
]
