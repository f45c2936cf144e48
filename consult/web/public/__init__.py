"""What everyone may read."""

from __future__ import annotations

from consult.web.public import home
from consult.web.public.blueprint import blueprint

__all__ = ["blueprint", "home"]
