"""The verbs of being told: what one chooses, what one has read, what the organisers write."""

from __future__ import annotations

from consult.notifications.choosing import choose_place, choose_telling, try_address_again
from consult.notifications.messages import send_message
from consult.notifications.notices import mark_read

__all__ = ["choose_place", "choose_telling", "mark_read", "send_message", "try_address_again"]
