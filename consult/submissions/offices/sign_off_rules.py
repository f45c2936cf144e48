"""Who of a body must say yes before a text of its leaves. Pure: no database, no clock.

Three levels, each with more than the one before: `member` (whoever writes hands in), `lead` (the lead says yes),
`council` (the lead and so many other members). The track sets the least; a body may ask more of itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from consult.i18n import N_, Message

#: More other members than this no council page could show, nor would anybody wait for.
MOST_OTHERS = 50


class Level(StrEnum):
    """How much of a body stands behind a text."""

    MEMBER = "member"
    LEAD = "lead"
    COUNCIL = "council"


LEVEL_LABELS: Mapping[Level, Message] = {
    Level.MEMBER: N_("Any member hands in"),
    Level.LEAD: N_("The lead signs off"),
    Level.COUNCIL: N_("The lead and other members sign off"),
}


@dataclass(frozen=True, slots=True)
class SignOffRule:
    """The rule of a body in a track of a consultation: the level in force, the lead, and who takes part, by number."""

    consultation: uuid.UUID
    body: uuid.UUID
    track: str
    level: Level
    others: int
    lead: uuid.UUID | None
    members: Sequence[uuid.UUID]
    least: Level = Level.MEMBER


def higher(first: Level, second: Level) -> Level:
    """Return the level that asks more."""
    order = list(Level)
    return max(first, second, key=order.index)


def missing(rule: SignOffRule, signed: Set[uuid.UUID]) -> Iterator[Message]:
    """Yield what is still missing, in words; `signed` are the members who said yes to the text as it stands."""
    if rule.level is Level.MEMBER:
        return
    if rule.lead not in signed:
        yield N_("The sign-off of the lead is missing.")
    lacking = rule.others - len((signed & set(rule.members)) - {rule.lead})
    if rule.level is Level.COUNCIL and lacking > 0:
        yield N_("Sign-offs of other members still missing: %(count)s.", count=lacking)


def out_of_reach(rule: SignOffRule, *, able: bool) -> Iterator[Message]:
    """Yield why nobody can meet a rule now, and who can help; `able` tells whether whoever leads can sign in."""
    if rule.level is not Level.MEMBER and not able:
        yield N_(
            "Whoever leads has no way to sign in, so nothing is signed off for now. Ask the organisers: they can name another lead, with a reason."
        )
    there = len(set(rule.members) - {rule.lead})
    if rule.level is Level.COUNCIL and there < rule.others:
        yield N_(
            "The rule asks for more members than take part: %(asked)s besides the lead, and there are %(there)s. The lead can ask for fewer where the track allows it, or the organisers invite others.",
            asked=rule.others,
            there=there,
        )


def waits_for(member: uuid.UUID, rule: SignOffRule, signed: Set[uuid.UUID]) -> bool:
    """Tell whether something of what is missing is the yes of this member."""
    return [*missing(rule, signed)] != [*missing(rule, signed | {member})]
