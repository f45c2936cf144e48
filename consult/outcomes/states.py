"""What a region of the document may be, how it may change, and what a reader of the editor is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.errors import Conflict
from consult.i18n import N_, Message


class RegionMode(StrEnum):
    """Whose text a region has: the record's, made anew each time; an organiser's; one that stays as it is; none."""

    AUTO = "auto"
    EDITED = "edited"
    LOCKED = "locked"
    HIDDEN = "hidden"


_M = RegionMode

#: mode -> the modes it may change into. What is locked is unlocked first, so that a lock is never passed by.
TRANSITIONS: Mapping[RegionMode, frozenset[RegionMode]] = {
    _M.AUTO: frozenset({_M.EDITED, _M.LOCKED, _M.HIDDEN}),
    _M.EDITED: frozenset({_M.EDITED, _M.AUTO, _M.LOCKED, _M.HIDDEN}),
    _M.LOCKED: frozenset({_M.EDITED, _M.AUTO}),
    _M.HIDDEN: frozenset({_M.EDITED, _M.AUTO}),
}

#: What is said when an act does not fit the mode a region has.
REFUSALS: Mapping[RegionMode, Message] = {
    _M.AUTO: N_("This text is automatic: there is nothing to do here."),
    _M.EDITED: N_("This text is edited: decide first what becomes of it."),
    _M.LOCKED: N_("This text is locked. Unlock it first."),
    _M.HIDDEN: N_("This text is hidden. Show it first."),
}


class RegionState(StrEnum):
    """What the editor shows: the mode, and `stale` for an edited text whose source has moved since."""

    AUTO = "auto"
    EDITED = "edited"
    STALE = "stale"
    LOCKED = "locked"
    HIDDEN = "hidden"


STATE_NOTES: Mapping[RegionState, Message] = {
    RegionState.AUTO: N_("automatic"),
    RegionState.EDITED: N_("edited"),
    RegionState.STALE: N_("source changed"),
    RegionState.LOCKED: N_("locked"),
    RegionState.HIDDEN: N_("hidden"),
}


def demand_transition(mode: RegionMode, wanted: RegionMode) -> None:
    """Raise Conflict, saying what to do first, unless a region may change from `mode` into `wanted`."""
    if wanted not in TRANSITIONS[mode]:
        raise Conflict(REFUSALS[mode])
