"""Short codes on printed cards, for phones whose camera fails: twelve characters instead of a link.

Eleven are drawn at random from 23 that are not mistaken for one another (49 bits); the twelfth is a check, so that a slip
is told before anything is looked up. The sum is weighted by place, modulo the prime 23 (as ISBN-10 does it modulo 11): one
wrong character and two that changed places are always found. The database keeps a keyed hash, whose key lies outside: 49
bits are safe from whoever asks the server, and would not be from whoever has the table.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence

from consult.accounts.keys import keyed, keyed_by_all
from consult.cleaning import latin_digits

#: Without 0 O Q, 1 I, 2 Z, 5 S, 8 B, U V.
LETTERS = "ACDEFGHJKLMNPRTWXY34679"
LENGTH, GROUP = 12, 4
_PURPOSE = "code of a card"
_VALUES = {letter: value for value, letter in enumerate(LETTERS)}


def new_code() -> str:
    """Return a new code as it is printed: three groups of four."""
    drawn = [secrets.randbelow(len(LETTERS)) for _ in range(LENGTH - 1)]
    code = "".join(LETTERS[value] for value in (*drawn, _check(drawn)))
    return " ".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def _check(values: list[int]) -> int:
    return sum(weight * value for weight, value in enumerate(values, start=1)) % len(LETTERS)


def typed_code(text: str) -> str | None:
    """Return the twelve characters that somebody typed, None if that is no code.

    Small letters, spaces, dashes and digits of either kind make no difference.
    """
    plain = latin_digits(unicodedata.normalize("NFKC", text[:200])).upper()
    code = "".join(letter for letter in plain if letter.isalnum())
    values = [_VALUES.get(letter, -1) for letter in code]
    if len(values) != LENGTH or -1 in values or values[-1] != _check(values[:-1]):
        return None
    return code


def code_hash(code: str) -> bytes:
    """Return the keyed hash of a code under which its link is kept."""
    return keyed(_PURPOSE, code.replace(" ", "").encode())


def code_hashes(code: str) -> Sequence[bytes]:
    """Return the hashes under which what belongs to a typed code may be kept: of the key of now, and of those before it."""
    return keyed_by_all(_PURPOSE, code.encode())
