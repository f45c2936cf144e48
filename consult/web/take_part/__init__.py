"""What participants do: write, follow, speak, vote."""

from __future__ import annotations

from consult.web.take_part import (
    appeals,
    begun,
    cosigning,
    display_name,
    documents,
    floor,
    messages,
    office,
    office_rule,
    own,
    purposes,
    reserving,
    responding,
    searches,
    seats,
    together,
    uploads,
    voting,
    writing,
)
from consult.web.take_part.blueprint import blueprint

__all__ = [
    "appeals",
    "begun",
    "blueprint",
    "cosigning",
    "display_name",
    "documents",
    "floor",
    "messages",
    "office",
    "office_rule",
    "own",
    "purposes",
    "reserving",
    "responding",
    "searches",
    "seats",
    "together",
    "uploads",
    "voting",
    "writing",
]
