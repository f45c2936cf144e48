"""What coders do: read a text, give its passages codes, finish it."""

from __future__ import annotations

from consult.web.coding import desk
from consult.web.coding.blueprint import blueprint

__all__ = ["blueprint", "desk"]
