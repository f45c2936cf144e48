"""What organisers do: set up, invite, draft, compile."""

from __future__ import annotations

from consult.web.organise import (
    answer_letters,
    answers,
    ballots,
    bodies,
    document,
    frame,
    moderation,
    overview,
    people,
    recommendations,
    regions,
    rules,
    sessions,
    setting_up,
    sources,
)
from consult.web.organise.blueprint import blueprint

__all__ = [
    "answer_letters",
    "answers",
    "ballots",
    "blueprint",
    "bodies",
    "document",
    "frame",
    "moderation",
    "overview",
    "people",
    "recommendations",
    "regions",
    "rules",
    "sessions",
    "setting_up",
    "sources",
]
