"""When the last phase that opens something ends: rooms above say here what is asked of the organisers before it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consult.accounts.access import Actor
from consult.consultations.phases import Right, ahead

if TYPE_CHECKING:
    from consult.consultations.models import Consultation, Phase
    from consult.consultations.timetable import PhaseDraft


@dataclass(frozen=True, slots=True)
class Silence:
    """Why it goes on although texts have no answer: the reason, which everybody reads, and its language."""

    reason: str
    language: str


Guard = Callable[["Consultation", Silence | None, Actor], None]
_GUARDS: dict[Right, Guard] = {}


def before_last_ends(right: Right) -> Callable[[Guard], Guard]:
    """Declare what is done before nothing opens a right any more, now or later; raising Rejected keeps the phases as they are."""

    def declared(guard: Guard) -> Guard:
        _GUARDS[right] = guard
        return guard

    return declared


def ask_before_end(
    after: Iterable[Phase | PhaseDraft], *, consultation: Consultation, silence: Silence | None, actor: Actor
) -> None:
    """Ask whoever declared it, for each right that the phases of `after` open no more and the present ones do."""
    ended = ahead(consultation.phases) - ahead(after)
    for right in sorted(ended & _GUARDS.keys()):
        _GUARDS[right](consultation, silence, actor)
