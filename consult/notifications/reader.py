"""The notifications as a reader of the event log: each kind of event that people are told of has a writer of letters."""

from __future__ import annotations

from consult.events.types import Recorded
from consult.notifications.letters import WRITERS


class NotificationReader:
    """Turns events into mail for the people they concern."""

    name = "notifications"

    def wants(self, recorded: Recorded) -> bool:
        """Tell whether anybody is told of this kind of event."""
        return recorded.type in WRITERS

    def receive(self, recorded: Recorded) -> None:
        """Write the mails of one event."""
        WRITERS[recorded.type](recorded)
