"""Browsers in which somebody signed in before: what they try counts apart, so that a stranger who knows an address locks nobody out.

The mark that such a browser keeps names the account by a keyed hash over a number drawn for this browser: whoever reads it
learns neither whose it is nor that two are one person's, and whoever has no key makes none. Somebody who steals one has as many
tries as any stranger. (OWASP, Slow Down Online Guessing Attacks with Device Cookies.)
"""

from __future__ import annotations

import secrets

from consult.accounts.attempts import Limit, count_attempt
from consult.accounts.keys import is_keyed, keyed
from consult.accounts.models import email_key

PURPOSE = "known browser"


def browser_mark(address: str) -> str:
    """Return a new mark for a browser in which the account with this e-mail address signed in."""
    number = secrets.token_urlsafe(16)
    return f"{number}.{_hash(number, address)}"


def is_known(mark: str, address: str) -> bool:
    """Tell whether the account with this address signed in before in the browser that keeps this mark."""
    number, _, found = mark.partition(".")
    return is_keyed(_bytes(found), PURPOSE, _of(number, address))


def count_for_account(limit: Limit, address: str, mark: str) -> None:
    """Count a try at an account: of a browser it knows apart from those of everybody else. Raises TooManyTries."""
    count_attempt(limit, mark if is_known(mark, address) else email_key(address))


def _hash(number: str, address: str) -> str:
    return keyed(PURPOSE, _of(number, address)).hex()


def _of(number: str, address: str) -> bytes:
    return f"{number}\0{email_key(address)}".encode()


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
