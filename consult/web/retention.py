"""The figures of how long things are kept, ready for a page."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from consult import clock
from consult.retention.kept import Kept
from consult.retention.proof import Proof, proof
from consult.retention.staying import STAYING

#: Anybody may ask for the page, and counting goes through whole tables: for so long the figures of a process serve everybody.
COUNTED_FOR = timedelta(minutes=5)
_KEY = "consult.retention"


def kept_proof() -> Proof:
    """Return the figures, counted by this process within the last minutes."""
    known: Proof | None = current_app.extensions.get(_KEY)
    if known is not None and clock.now() - COUNTED_FOR < known.at <= clock.now():
        return known
    current_app.extensions[_KEY] = made = proof()
    return made


def staying() -> tuple[Kept, ...]:
    """Return what stays, with why."""
    return STAYING
