"""Signing in and one's own account."""

from __future__ import annotations

from consult.web.account import (
    account,
    card_code,
    invitation,
    notices,
    own_data,
    passkeys,
    prove,
    second_step,
    security,
    sign_in,
    stop,
    telling,
)
from consult.web.account.blueprint import blueprint

__all__ = [
    "account",
    "blueprint",
    "card_code",
    "invitation",
    "notices",
    "own_data",
    "passkeys",
    "prove",
    "second_step",
    "security",
    "sign_in",
    "stop",
    "telling",
]
