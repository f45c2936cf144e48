"""What organisers do: set up, invite, draft, compile."""

from __future__ import annotations

from consult.web.organise import (
    answer_letters,
    answers,
    ballots,
    board,
    board_themes,
    bodies,
    codebook,
    coding,
    coding_files,
    document,
    frame,
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
    "board",
    "board_themes",
    "bodies",
    "codebook",
    "coding",
    "coding_files",
    "document",
    "frame",
    "overview",
    "people",
    "recommendations",
    "regions",
    "rules",
    "sessions",
    "setting_up",
    "sources",
]
