"""Which state of a sheet may follow which, as data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.errors import Conflict
from consult.i18n import N_, Message


class SheetState(StrEnum):
    """Where a sheet is: on paper only, entered by one clerk, entered by two who differ, handed in, set aside."""

    PRINTED = "printed"
    ENTERED = "entered"
    DIFFERS = "differs"
    DONE = "done"
    VOID = "void"


SHEET_LABELS: Mapping[SheetState, Message] = {
    SheetState.PRINTED: N_("Not entered"),
    SheetState.ENTERED: N_("Entered once"),
    SheetState.DIFFERS: N_("To be settled"),
    SheetState.DONE: N_("Handed in"),
    SheetState.VOID: N_("Set aside"),
}
TRANSITIONS: Mapping[SheetState, frozenset[SheetState]] = {
    SheetState.PRINTED: frozenset({SheetState.ENTERED, SheetState.DONE, SheetState.VOID}),
    SheetState.ENTERED: frozenset({SheetState.DIFFERS, SheetState.DONE, SheetState.VOID}),
    SheetState.DIFFERS: frozenset({SheetState.DONE, SheetState.VOID}),
    SheetState.DONE: frozenset(),
    SheetState.VOID: frozenset(),
}


class Channel(StrEnum):
    """How a sheet came: filled in by hand and entered by two, or written down by a clerk who heard it."""

    PAPER = "paper"
    ASSISTED = "assisted"


class VoidReason(StrEnum):
    """Why a sheet is set aside."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    SPOILT = "spoilt"
    TWICE = "twice"


VOID_LABELS: Mapping[VoidReason, Message] = {
    VoidReason.EMPTY: N_("Nothing is written on it"),
    VoidReason.UNREADABLE: N_("It cannot be read"),
    VoidReason.SPOILT: N_("It was spoilt in printing, lost or never given out"),
    VoidReason.TWICE: N_("The same person handed in another sheet in its place"),
}


def demand_transition(before: str, after: SheetState) -> None:
    """Raise Conflict unless a sheet may go from one state to the other."""
    if after not in TRANSITIONS[SheetState(before)]:
        raise Conflict(N_("This sheet is in another state by now: %(state)s.", state=SHEET_LABELS[SheetState(before)]))
