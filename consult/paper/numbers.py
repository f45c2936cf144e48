"""Numbers of sheets as they are printed: five digits and a letter that finds a slip.

The letter is the sum of the digits weighted by place, modulo the prime 23 (as ISBN-10 does it modulo 11): one wrong digit
and two that changed places are always found. No letter looks like a digit that could stand in its place.
"""

from __future__ import annotations

import unicodedata

from consult.cleaning import latin_digits

#: Twenty-three letters: without I, O and Z.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"
#: More sheets than a consultation prints.
DIGITS, MOST = 5, 99_999


def printed_number(number: int) -> str:
    """Return a number as it stands on the sheet: `00412-D`."""
    digits = f"{number:0{DIGITS}}"
    return f"{digits}-{_letter(digits)}"


def sheet_number_of(text: str) -> int | None:
    """Return the number that somebody typed, None if it is none: the letter does not fit, or there are too few digits.

    Small letters, spaces, dashes and digits of either kind make no difference.
    """
    plain = latin_digits(unicodedata.normalize("NFKC", text[:40])).upper()
    code = "".join(letter for letter in plain if letter.isalnum())
    digits, letter = code[:DIGITS], code[DIGITS:]
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != DIGITS or letter != _letter(digits):
        return None
    return int(digits)


def _letter(digits: str) -> str:
    return LETTERS[sum(weight * int(digit) for weight, digit in enumerate(digits, start=1)) % len(LETTERS)]
