"""Acts that wait for a second person, as their pages show them and as their buttons are read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import abort, request

from consult.accounts.four_eyes import KIND_LABELS, Asked
from consult.i18n import Message
from consult.web.visitor import actor

#: Characters of a fingerprint that a page shows: enough to compare aloud, the whole stands in the log.
SHOWN = 16


@dataclass(frozen=True, slots=True)
class ActShown:
    """An act that waits: what, who asked and when, until when it waits, whether the visitor asked, its fingerprint."""

    id: uuid.UUID
    kind: str
    label: Message
    name: str
    at: datetime
    until: datetime
    own: bool
    fingerprint: str
    details: dict[str, object]
    subject: uuid.UUID


def shown_act(asked: Asked) -> ActShown:
    """Return an act as its page shows it."""
    return ActShown(
        asked.id,
        asked.kind,
        KIND_LABELS[asked.kind],
        asked.name,
        asked.at,
        asked.until,
        asked.by == actor().person,
        asked.digest[:SHOWN],
        dict(asked.details),
        asked.subject,
    )


def pressed() -> tuple[str, uuid.UUID]:
    """Return which button was pressed, `confirm` or `withdraw`, and for which act; anything else is a bad request."""
    button = next((name for name in ("confirm", "withdraw") if name in request.form), None)
    if button is None:
        abort(400)
    try:
        return button, uuid.UUID(request.form[button])
    except ValueError:
        abort(400)
