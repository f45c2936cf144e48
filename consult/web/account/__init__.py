"""Signing in and one's own account."""

from __future__ import annotations

from consult.web.account.blueprint import blueprint

__all__ = ["blueprint"]
