"""What participants do: write, follow, speak, vote."""

from __future__ import annotations

from consult.web.take_part import (
    appeals,
    cosigning,
    documents,
    floor,
    messages,
    office,
    own,
    purposes,
    responding,
    searches,
    seats,
    voting,
    writing,
)
from consult.web.take_part.blueprint import blueprint

__all__ = [
    "appeals",
    "blueprint",
    "cosigning",
    "documents",
    "floor",
    "messages",
    "office",
    "own",
    "purposes",
    "responding",
    "searches",
    "seats",
    "voting",
    "writing",
]
