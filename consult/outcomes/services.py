"""Everything that may be done with the outcome document."""

from __future__ import annotations

from consult.consultations.ending import Silence
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
from consult.outcomes.letter_words import write_letter_words
from consult.outcomes.letters import send_letters
from consult.outcomes.printing import mark_printed
from consult.outcomes.publishing import publish_edition
from consult.outcomes.silence import explain_past_end
from consult.outcomes.two_people import ask_edition, confirm_act, need_one_person, need_two_people, withdraw_act

__all__ = [
    "RegionDraft",
    "Silence",
    "ask_edition",
    "confirm_act",
    "edit_region",
    "explain_past_end",
    "hide_region",
    "keep_all_regions",
    "keep_region",
    "lock_region",
    "mark_printed",
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
    "write_letter_words",
]
