"""What everyone may read."""

from __future__ import annotations

from consult.web.public import consultation, home, log, pages, sessions
from consult.web.public.blueprint import blueprint

__all__ = ["blueprint", "consultation", "home", "log", "pages", "sessions"]
