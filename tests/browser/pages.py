"""The pages that are looked at: a name, who opens it, and its address without the language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `role` is whose cookie opens it ("" for nobody's)."""

    name: str
    role: str
    path: str


TRIPOLI = "/c/tripoli"
