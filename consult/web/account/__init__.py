"""Signing in and one's own account."""

from __future__ import annotations

from consult.web.account import account, invitation, sign_in
from consult.web.account.blueprint import blueprint

__all__ = ["account", "blueprint", "invitation", "sign_in"]
