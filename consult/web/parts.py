"""The part of a consultation that a role is for, in words."""

from __future__ import annotations

from consult.accounts.access import Held
from consult.db import session
from consult.i18n import Localized, Message
from consult.sessions.models import Session
from consult.submissions.tracks import track_label


def part_label(held: Held) -> Localized | Message | str:
    """Return the name of the track or the session that a role is for, "" where it is for all."""
    if held.sitting is not None:
        found = session.get(Session, held.sitting)
        return found.names if found else ""
    return track_label(held.track) if held.track else ""
