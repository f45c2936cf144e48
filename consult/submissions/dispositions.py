"""What becomes of a text or a passage: the kinds of answer, and what each of them needs, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consult.i18n import N_, Message


class DispositionKind(StrEnum):
    """The one state that every passage and every submission ends in."""

    TAKEN_UP = "taken_up"
    PARTLY = "partly"
    NOTED = "noted"
    COVERED = "covered"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_AGREED = "not_agreed"


class Need(StrEnum):
    """Whether an answer of a kind has something: it must, it may, or it has no place for it."""

    MUST = "must"
    MAY = "may"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of answer: what it is called, what to write, and what it needs. A clause goes with a recommendation."""

    label: Message
    hint: Message
    recommendation: Need
    reason: Need


_K = DispositionKind

#: kind -> what it is called and what it needs, in the order it is offered
KINDS: Mapping[DispositionKind, Kind] = {
    _K.TAKEN_UP: Kind(N_("Taken up"), N_("Choose the recommendation."), Need.MUST, Need.MAY),
    _K.PARTLY: Kind(
        N_("Partly taken up"),
        N_("Choose the recommendation, and write what was not taken up, and why."),
        Need.MUST,
        Need.MUST,
    ),
    _K.NOTED: Kind(N_("Noted"), N_("You may write how it is kept in mind."), Need.NONE, Need.MAY),
    _K.COVERED: Kind(N_("Already covered"), N_("Write by what; you may name a recommendation."), Need.MAY, Need.MUST),
    _K.OUT_OF_SCOPE: Kind(N_("Outside the scope of this consultation"), N_("Write why."), Need.NONE, Need.MUST),
    _K.NOT_AGREED: Kind(N_("Not agreed"), N_("Write why."), Need.NONE, Need.MUST),
}

#: Characters of a reason: it is read by one author and by everybody, so it is no essay.
REASON_LIMIT = 2000
