"""What can be done about leaving: every verb of the room under one name."""

from __future__ import annotations

from consult.erasure.asking import ErasureDraft, ask_erasure, withdraw_erasure
from consult.erasure.others import (
    PaperRequest,
    ask_erasure_of,
    confirm_erasure_of,
    contacts_that_go,
    proposed_contacts,
    stop_erasure_of,
    withdraw_erasure_of,
)

__all__ = [
    "ErasureDraft",
    "PaperRequest",
    "ask_erasure",
    "ask_erasure_of",
    "confirm_erasure_of",
    "contacts_that_go",
    "proposed_contacts",
    "stop_erasure_of",
    "withdraw_erasure",
    "withdraw_erasure_of",
]
