"""A file as somebody brings it, and the name that is kept of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from consult.cleaning import clean_line

#: Characters of a name.
LONGEST_NAME = 80
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


@dataclass(frozen=True, slots=True)
class BroughtDocument:
    """A file as it comes: its name where it comes from, and its bytes."""

    name: str
    content: IO[bytes]


def clean_name(name: str) -> str:
    """Return the name of a file without folders, its ending, and what is no part of a name; "document" where nothing is left."""
    last = re.split(r"[\\/]", name)[-1]
    plain = clean_line(_NOT_IN_NAMES.sub(" ", _ENDING.sub("", last))).strip(". ")
    return plain[:LONGEST_NAME].strip() or "document"
