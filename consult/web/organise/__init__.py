"""What organisers do: set up, invite, draft, compile."""

from __future__ import annotations

from consult.web.organise.blueprint import blueprint

__all__ = ["blueprint"]
