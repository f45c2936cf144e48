"""Signing in and one's own account."""

from __future__ import annotations

from consult.web.account import (
    account,
    address,
    card_code,
    erasing,
    invitation,
    link_sent,
    notices,
    own_data,
    passkeys,
    prove,
    provider,
    purposes,
    second_step,
    security,
    sign_in,
    stop,
    telling,
)
from consult.web.account.blueprint import blueprint

__all__ = [
    "account",
    "address",
    "blueprint",
    "card_code",
    "erasing",
    "invitation",
    "link_sent",
    "notices",
    "own_data",
    "passkeys",
    "prove",
    "provider",
    "purposes",
    "second_step",
    "security",
    "sign_in",
    "stop",
    "telling",
]
