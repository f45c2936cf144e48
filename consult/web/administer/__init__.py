"""What administrators do: roles, deliveries, the instance."""

from __future__ import annotations

from consult.web.administer import accounts, overview, roles
from consult.web.administer.blueprint import blueprint

__all__ = ["accounts", "blueprint", "overview", "roles"]
