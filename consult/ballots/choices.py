"""What a voter may choose in a ballot, and how it is called. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.ballots.rules.model import DecisionRule, Kind
from consult.i18n import N_, Localized, Message

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"
ENDORSE, DECLINE = "endorse", "decline"

_QUESTION: Mapping[str, Message] = {FOR: N_("In favour"), AGAINST: N_("Against"), ABSTAIN: N_("Abstain")}
_CONSENSUS: Mapping[str, Message] = {FOR: N_("No objection"), AGAINST: N_("I object"), ABSTAIN: N_("Abstain")}
_ENDORSEMENT: Mapping[str, Message] = {ENDORSE: N_("I endorse it"), DECLINE: N_("I do not endorse it")}
#: How many options a ballot may have: more than fit on a page are not compared any more.
OPTION_LIMIT = 20

Label = Message | Localized


@dataclass(frozen=True, slots=True)
class Option:
    """One of the options of a ballot: the key that is kept ("" to be given one) and the names people see."""

    key: str
    names: Localized


def options_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Option, ...]:
    """Return the options of a ballot as they are stored."""
    return tuple(Option(option["key"], Localized(option["names"])) for option in stored)


def stored_options(options: Sequence[Option]) -> list[dict[str, Any]]:
    """Return options as they are stored."""
    return [{"key": option.key, "names": dict(option.names)} for option in options]


def with_keys(options: Sequence[Option]) -> tuple[Option, ...]:
    """Return options that all have a key: those without one get a letter by their place, from `a` on."""
    return tuple(
        option if option.key else Option(chr(ord("a") + place), option.names) for place, option in enumerate(options)
    )


def choices_of(rule: DecisionRule, options: Sequence[Option]) -> Mapping[str, Label]:
    """Return what may be chosen, in the order of the ballot paper; nothing where the outcome is declared."""
    if options:
        return {**{option.key: option.names for option in options}, ABSTAIN: _QUESTION[ABSTAIN]}
    match rule.kind:
        case Kind.RULING:
            return {}
        case Kind.ENDORSEMENT:
            return _ENDORSEMENT
        case Kind.CONSENSUS:
            return _CONSENSUS
        case _:
            return _QUESTION


def may_have_options(rule: DecisionRule) -> bool:
    """Tell whether a rule can decide a choice among options: a majority can, whatever it was written for."""
    return rule.kind in {Kind.CHOICE, Kind.QUESTION}


def needs_options(rule: DecisionRule) -> bool:
    """Tell whether a rule makes sense for a choice among options only."""
    return rule.kind is Kind.CHOICE
