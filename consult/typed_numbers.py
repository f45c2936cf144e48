"""Numbers as people type and paste them: with marks between thousands, with a decimal sign, in digits of either kind.

A comma is a decimal sign in French and Arabic and parts thousands in English, and a point the other way round. So one of them
before three digits can be read in two ways: what is asked for tells which is meant, or whoever typed it is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from consult.cleaning import clean_line, latin_digits
from consult.i18n import N_, Message

#: Digits between two marks of thousands, and so those after a decimal sign that could be such a mark.
THOUSANDTHS = 3
#: Digits of the largest number by which anything is named: a column of whole numbers holds no more, and Python reads no 5,000.
NAMED = 9
Otherwise = TypeVar("Otherwise", int, None)
#: A space, ' and ’ and the ٬ of Arabic part thousands and nothing else; point and comma do that or part the whole from the rest.
_GROUPED = r"[0-9]{1,3}(?:(?P<mark>[ '’٬.,،])[0-9]{3}(?:(?P=mark)[0-9]{3})*)?|[0-9]+"
_WHOLE = re.compile(_GROUPED)
_BROKEN = re.compile(rf"(?P<whole>{_GROUPED})(?P<sign>[٫.,،])(?P<part>[0-9]+)")


def as_number(text: str | None, otherwise: Otherwise, *, digits: int = NAMED) -> int | Otherwise:
    """Return the whole number that an address or a form names something by, in digits of either kind; `otherwise` for all else."""
    return int(text) if text and len(text) <= digits and text.isdecimal() else otherwise


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """How what somebody typed can be read: as a whole number, as one with a decimal sign, or as either."""

    typed: str
    whole: int | None = None
    broken: Decimal | None = None

    def two_ways(self, most_decimals: int = 0) -> Message | None:
        """Return what to say to whoever typed what can be read as either: both readings, and how to write the one that is meant.

        None where one reading is left: a mark is a decimal sign where three digits may follow it.
        """
        if self.whole is None or self.broken is None or most_decimals >= THOUSANDTHS:
            return None
        ones, parts = divmod(self.whole, 1000)
        both = N_("%(whole)s, or %(ones)s and %(parts)s thousandths", whole=self.whole, ones=ones, parts=parts)
        said = {"typed": self.typed, "readings": both, "whole": self.whole}
        if not most_decimals:
            return N_(
                "“%(typed)s” can be read in two ways: %(readings)s. Write a whole number without marks between its digits, for example %(whole)s.",
                **said,
            )
        return N_(
            "“%(typed)s” can be read in two ways: %(readings)s. Write %(whole)s, or fewer digits after the decimal sign: at most %(most)s.",
            **said,
            most=most_decimals,
        )


def typed_number(text: str, most_digits: int) -> TypedNumber:
    """Read a number without its sign; neither reading for one of more digits, and for what is no number.

    "12 345", "12٬345" and "1,234,567" are whole; "12٫345", "12,5" and "1.234,5" are not; "12,345" may be either.
    """
    typed = clean_line(text)
    line = latin_digits(typed)
    if sum(sign.isdigit() for sign in line) > most_digits:
        return TypedNumber(typed)
    whole, broken = _WHOLE.fullmatch(line), _BROKEN.fullmatch(line)
    if whole and whole["mark"] and line.startswith("0"):
        whole = None  # nobody parts the thousands of 0,345
    if broken and broken["mark"] == broken["sign"]:
        broken = None
    return TypedNumber(
        typed,
        int(_digits(line)) if whole else None,
        Decimal(f"{_digits(broken['whole'])}.{broken['part']}") if broken else None,
    )


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
