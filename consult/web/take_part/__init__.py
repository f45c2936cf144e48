"""What participants do: write, follow, speak, vote."""

from __future__ import annotations

from consult.web.take_part import floor, messages, own, seats, voting, writing
from consult.web.take_part.blueprint import blueprint

__all__ = ["blueprint", "floor", "messages", "own", "seats", "voting", "writing"]
