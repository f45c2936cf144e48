"""What everyone may read."""

from __future__ import annotations

from consult.web.public import ballots, consultation, home, log, outcome, pages, recommendations, sessions
from consult.web.public.blueprint import blueprint

__all__ = ["ballots", "blueprint", "consultation", "home", "log", "outcome", "pages", "recommendations", "sessions"]
