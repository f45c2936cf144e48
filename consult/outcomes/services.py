"""Everything that may be done with the outcome document."""

from __future__ import annotations

from consult.outcomes.editing import (
    RegionDraft,
    edit_region,
    hide_region,
    keep_all_regions,
    keep_region,
    lock_region,
    merge_region,
    show_region,
    stale_digest,
    take_generated,
    unlock_region,
)
from consult.outcomes.letters import send_letters
from consult.outcomes.publishing import publish_edition
from consult.outcomes.silence import Silence
from consult.outcomes.two_people import ask_edition, confirm_act, need_one_person, need_two_people, withdraw_act

__all__ = [
    "RegionDraft",
    "Silence",
    "ask_edition",
    "confirm_act",
    "edit_region",
    "hide_region",
    "keep_all_regions",
    "keep_region",
    "lock_region",
    "merge_region",
    "need_one_person",
    "need_two_people",
    "publish_edition",
    "send_letters",
    "show_region",
    "stale_digest",
    "take_generated",
    "unlock_region",
    "withdraw_act",
]
