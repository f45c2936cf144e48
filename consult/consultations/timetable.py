"""Phases: when what is open. Overlaps and gaps are allowed and shown; an end before its beginning is not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from consult.accounts.access import Actor, demand
from consult.consultations.ending import Silence, ask_before_end
from consult.consultations.events import PhasesSet
from consult.consultations.models import Consultation, Phase
from consult.consultations.phases import Right
from consult.db import session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized

_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class PhaseDraft:
    """A phase: its key (stable, part of addresses), names, when it opens and closes, and the rights it opens."""

    key: str
    names: Localized
    opens_at: datetime
    closes_at: datetime
    rights: Sequence[str] = ()


def set_phases(
    drafts: Sequence[PhaseDraft], *, consultation: Consultation, actor: Actor, silence: Silence | None = None
) -> Sequence[Phase]:
    """Make the phases exactly these; those not named go. Raises Rejected, each problem at `KEY.field`.

    Overlaps and gaps are not refused: ask `phases.overlaps` and `phases.gaps` about what is returned. `silence` is why texts
    are left without an answer, where the last phase of the outcome ends by this: see `consult.outcomes.silence`.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        keys = [draft.key for draft in drafts]
        problems = [Problem(f"{d.key}.{p.field}", p.message) for d in drafts for p in phase_problems(d)]
        problems += [
            Problem(f"{key}.key", N_("Two phases have this key.")) for key in sorted(set(keys)) if keys.count(key) > 1
        ]
        if problems:
            raise Rejected(problems)
        ask_before_end(drafts, consultation=consultation, silence=silence, actor=actor)
        for phase in [p for p in consultation.phases if p.key not in keys]:
            consultation.phases.remove(phase)
        for draft in drafts:
            _write(consultation, draft)
        return _kept(consultation, actor)


def set_phase(draft: PhaseDraft, *, consultation: Consultation, actor: Actor, silence: Silence | None = None) -> Phase:
    """Add a phase, or change the one with this key; `silence` as in `set_phases`. Raises Rejected, each problem at its field."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if problems := list(phase_problems(draft)):
            raise Rejected(problems)
        others = [phase for phase in consultation.phases if phase.key != draft.key]
        ask_before_end([*others, draft], consultation=consultation, silence=silence, actor=actor)
        _write(consultation, draft)
        return next(phase for phase in _kept(consultation, actor) if phase.key == draft.key)


def remove_phase(key: str, *, consultation: Consultation, actor: Actor, silence: Silence | None = None) -> None:
    """Remove a phase; `silence` as in `set_phases`. Raises NotFound, Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        phase = next((p for p in consultation.phases if p.key == key), None)
        if phase is None:
            raise NotFound
        others = [other for other in consultation.phases if other is not phase]
        ask_before_end(others, consultation=consultation, silence=silence, actor=actor)
        consultation.phases.remove(phase)
        _kept(consultation, actor)


def _write(consultation: Consultation, draft: PhaseDraft) -> None:
    phase = next((p for p in consultation.phases if p.key == draft.key), None)
    if phase is None:
        phase = Phase(key=draft.key)
        consultation.phases.append(phase)
    phase.names, phase.rights = draft.names, [right.value for right in Right if right in draft.rights]
    phase.opens_at, phase.closes_at = draft.opens_at, draft.closes_at


def _kept(consultation: Consultation, actor: Actor) -> Sequence[Phase]:
    """Flush, record the phases as they are now, and return them in order of opening."""
    session.flush()
    ordered = sorted(consultation.phases, key=lambda p: (p.opens_at, p.closes_at, p.key))
    record(
        PhasesSet(
            tuple(p.key for p in ordered),
            tuple(p.opens_at.astimezone(UTC) for p in ordered),
            tuple(p.closes_at.astimezone(UTC) for p in ordered),
        ),
        stream=consultation.id,
        actor=actor.person,
    )
    return ordered


def phase_problems(draft: PhaseDraft) -> Iterator[Problem]:
    """Yield what is wrong with a phase."""
    if not _KEY.fullmatch(draft.key) or len(draft.key) > 40:
        yield Problem("key", N_("Write small Latin letters, digits and hyphens, for example hearings."))
    for code in LANGUAGES:
        if not draft.names.get(code, "").strip():
            yield Problem(f"names_{code}", N_("Write the name in this language."))
    if draft.closes_at <= draft.opens_at:
        yield Problem("closes_at", N_("A phase closes after it opens."))
    if set(draft.rights) - set(Right):
        yield Problem("rights", N_("Choose among the answers."))
