"""How a track's texts meet a moderator: before they are published, afterwards, or only when somebody hides one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class Moderation(StrEnum):
    """When a moderator reads what is handed in to a track."""

    PRE = "pre"
    POST = "post"
    NONE = "none"


MODERATION_LABELS: Mapping[Moderation, Message] = {
    Moderation.PRE: N_("Read before it is published"),
    Moderation.POST: N_("Published at once, read afterwards"),
    Moderation.NONE: N_("Published at once"),
}

#: What each means for the staff, where an organiser chooses.
MODERATION_HINTS: Mapping[Moderation, Message] = {
    Moderation.PRE: N_("Nothing is public before a moderator has accepted it."),
    Moderation.POST: N_("It is public as soon as it is handed in, and stands in a queue to be looked over."),
    Moderation.NONE: N_(
        "It is public as soon as it is handed in and stands in no queue. A moderator may still hide it."
    ),
}

#: What an author is told before they hand in, and everybody beside the decisions of moderators.
MODERATION_TOLD: Mapping[Moderation, Message] = {
    Moderation.PRE: N_("A moderator reads it first. It becomes public once it is accepted."),
    Moderation.POST: N_(
        "It is public as soon as you hand it in. A moderator looks it over afterwards and may hide it, with a reason."
    ),
    Moderation.NONE: N_("It is public as soon as you hand it in. A moderator may hide it later, with a reason."),
}
