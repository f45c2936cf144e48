"""What administrators do: roles, the register of bodies, deliveries, the instance."""

from __future__ import annotations

from consult.web.administer import (
    accounts,
    bodies,
    body_ends,
    body_entries,
    body_imports,
    body_overlaps,
    erasing,
    log_key,
    missions,
    overview,
    retention,
    roles,
    second_look,
)
from consult.web.administer.blueprint import blueprint

__all__ = [
    "accounts",
    "blueprint",
    "bodies",
    "body_ends",
    "body_entries",
    "body_imports",
    "body_overlaps",
    "erasing",
    "log_key",
    "missions",
    "overview",
    "retention",
    "roles",
    "second_look",
]
