"""Where an import stands, and where it may go from there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.errors import Conflict
from consult.i18n import N_, Message


class ImportState(StrEnum):
    """The life of an import. What was checked may be changed and asked for again; one that failed goes on where it stopped."""

    MAPPING = "mapping"
    ASKED = "asked"
    RUNNING = "running"
    CHECKED = "checked"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


_S = ImportState
#: state -> the states an import may change into.
IMPORT_TRANSITIONS: Mapping[ImportState, frozenset[ImportState]] = {
    _S.MAPPING: frozenset({_S.ASKED, _S.DROPPED}),
    _S.ASKED: frozenset({_S.RUNNING}),
    _S.RUNNING: frozenset({_S.CHECKED, _S.DONE, _S.FAILED}),
    _S.CHECKED: frozenset({_S.MAPPING, _S.ASKED, _S.DROPPED}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset({_S.MAPPING, _S.ASKED, _S.DROPPED}),
    _S.DROPPED: frozenset(),
}
UNDER_WAY = (_S.ASKED, _S.RUNNING)
#: States in which the file waits for a person.
WAITING = (_S.MAPPING, _S.CHECKED, _S.FAILED)

IMPORT_LABELS: Mapping[ImportState, Message] = {
    _S.MAPPING: N_("Columns are being sorted"),
    _S.ASKED: N_("Waits its turn"),
    _S.RUNNING: N_("Under way"),
    _S.CHECKED: N_("Checked, nothing brought in yet"),
    _S.DONE: N_("Brought in"),
    _S.FAILED: N_("Stopped by a fault"),
    _S.DROPPED: N_("Given up"),
}


def demand_state(state: str, wanted: ImportState) -> None:
    """Raise Conflict unless an import in `state` may change into `wanted`."""
    if wanted not in IMPORT_TRANSITIONS[ImportState(state)]:
        raise Conflict(N_("This import has gone on meanwhile. Open its page again."))
