"""What everyone may read."""

from __future__ import annotations

from consult.web.public import (
    accreditation,
    answers,
    ballots,
    bodies,
    consultation,
    documents,
    home,
    log,
    moderation,
    open_data,
    outcome,
    pages,
    permalinks,
    purposes,
    quotes,
    recommendations,
    registration,
    retention,
    sessions,
    statistics,
    submissions,
)
from consult.web.public.blueprint import blueprint

__all__ = [
    "accreditation",
    "answers",
    "ballots",
    "blueprint",
    "bodies",
    "consultation",
    "documents",
    "home",
    "log",
    "moderation",
    "open_data",
    "outcome",
    "pages",
    "permalinks",
    "purposes",
    "quotes",
    "recommendations",
    "registration",
    "retention",
    "sessions",
    "statistics",
    "submissions",
]
