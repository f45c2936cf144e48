"""What is open now: phases open rights, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from consult import clock
from consult.i18n import N_, Message

if TYPE_CHECKING:
    from consult.consultations.models import Phase
    from consult.consultations.timetable import PhaseDraft


class Right(StrEnum):
    """What a phase may open."""

    SUBMIT = "submit"
    SESSION = "session"
    VOTE = "vote"
    REGISTER = "register"
    OUTCOME = "outcome"
    FOLLOW = "follow"
    TESTIFY = "testify"
    NAMES = "names"


RIGHT_LABELS: Mapping[Right, Message] = {
    Right.SUBMIT: N_("hand in submissions"),
    Right.SESSION: N_("hold sessions"),
    Right.VOTE: N_("vote"),
    Right.REGISTER: N_("apply to take part"),
    Right.OUTCOME: N_("publish the outcome document"),
    Right.FOLLOW: N_("follow up what was adopted"),
    Right.TESTIFY: N_("give confidential testimony"),
    Right.NAMES: N_("open the names of authors whose texts were judged blind"),
}


class PhaseState(StrEnum):
    """Where a phase stands at a moment."""

    PAST = "past"
    NOW = "now"
    TO_COME = "to_come"


def state_of(phase: Phase, moment: datetime | None = None) -> PhaseState:
    """Return where a phase stands; it is open from its first moment and closed at its last."""
    moment = moment or clock.now()
    if moment < phase.opens_at:
        return PhaseState.TO_COME
    return PhaseState.NOW if moment < phase.closes_at else PhaseState.PAST


def ahead(phases: Iterable[Phase | PhaseDraft], moment: datetime | None = None) -> frozenset[Right]:
    """Return what is open or will be: the rights of all phases that are not over."""
    moment = moment or clock.now()
    return frozenset(Right(right) for phase in phases if moment < phase.closes_at for right in phase.rights)


def end_of(phases: Iterable[Phase], right: Right, moment: datetime | None = None) -> datetime | None:
    """Return when the last phase that opened a right was over; None while one opens it or will, or where none ever did."""
    closed = [phase.closes_at for phase in phases if right in phase.rights]
    end = max(closed, default=None)
    return end if end is not None and end <= (moment or clock.now()) else None


def open_phase(phases: Iterable[Phase], right: Right, moment: datetime | None = None) -> Phase | None:
    """Return the open phase that gives a right, the one that closes last; None while none does."""
    found = [p for p in phases if right in p.rights and state_of(p, moment) is PhaseState.NOW]
    return max(found, key=lambda p: p.closes_at, default=None)


def is_open(phases: Iterable[Phase], right: Right, moment: datetime | None = None) -> bool:
    """Tell whether a right is open."""
    return open_phase(phases, right, moment) is not None


def next_boundary(phases: Iterable[Phase], moment: datetime | None = None) -> datetime | None:
    """Return the next moment at which a phase opens or closes: until then nothing changes by time alone."""
    moment = moment or clock.now()
    return min((edge for p in phases for edge in (p.opens_at, p.closes_at) if edge > moment), default=None)


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which no phase is open."""

    begins: datetime
    ends: datetime


def gaps(phases: Sequence[Phase]) -> list[Gap]:
    """Return the spans between the first opening and the last closing in which no phase is open."""
    found, reached = [], None
    for phase in sorted(phases, key=lambda p: p.opens_at):
        if reached is not None and phase.opens_at > reached:
            found.append(Gap(reached, phase.opens_at))
        reached = phase.closes_at if reached is None else max(reached, phase.closes_at)
    return found


def overlaps(phases: Sequence[Phase]) -> list[tuple[Phase, Phase]]:
    """Return the pairs of phases that are open at the same time (often meant: writing goes on while sessions sit)."""
    ordered = sorted(phases, key=lambda p: p.opens_at)
    return [(a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :] if b.opens_at < a.closes_at]
