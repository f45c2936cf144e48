"""What makes a rule impossible, meaningless or ambiguous, though every value in it is well formed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from consult.ballots.rules.model import (
    AtMost,
    Base,
    Counted,
    DecisionRule,
    Kind,
    Operator,
    Requirement,
    Threshold,
)
from consult.ballots.rules.votes import RULINGS
from consult.errors import Problem
from consult.i18n import N_, Message


def flaws(rule: DecisionRule) -> Iterator[Problem]:
    """Yield everything that keeps a rule from being applied, each with its place in the rule's mapping."""
    if not rule.slug:
        yield Problem("id", N_("id needs a letter from a to z or a digit: it becomes part of addresses."))
    yield from _flaws_of_kind(rule)
    for place, requirement in _placed(rule):
        yield from (Problem(place, message) for message in _flaws_of_requirement(requirement, place))
    yield from _flaws_of_constituencies(rule)
    yield from _flaws_of_what_follows(rule)


def _placed(rule: DecisionRule) -> Iterator[tuple[str, Requirement]]:
    if rule.quorum is not None:
        yield "quorum", rule.quorum
    yield from ((f"admission[{n}]", way) for n, way in enumerate(rule.admission, start=1))
    yield from ((f"stages[{n}]", stage) for n, stage in enumerate(rule.stages, start=1))
    yield from ((f"per_constituency[{n}]", group.requirement) for n, group in enumerate(rule.per_constituency, start=1))


def _flaws_of_kind(rule: DecisionRule) -> Iterator[Problem]:
    counts = bool(rule.quorum or rule.admission or rule.stages or rule.per_constituency)
    if rule.declared and counts:
        yield Problem("kind", N_("A ruling is declared by a person: it has no quorum, stages or other counts."))
    if not rule.declared and rule.rulings != RULINGS:
        yield Problem("rulings", N_("Only a ruling is declared by a person."))
    if not rule.declared and not rule.stages:
        yield Problem("stages", N_("Say what is needed: the rule has no stage."))
    first = rule.stages[0].counted if rule.stages else None
    if rule.kind is Kind.CONSENSUS and first not in {Counted.OBJECTIONS, None}:
        yield Problem("stages", N_("Consensus counts objections first."))
    if rule.kind is Kind.ENDORSEMENT and first not in {Counted.ENDORSEMENTS, None}:
        yield Problem("stages", N_("A rule of admission counts endorsements first."))
    keys = [requirement.key for requirement in rule.requirements()]
    if len(set(keys)) < len(keys) or any(key == "lead" or key.startswith("constituency:") for key in keys):
        yield Problem("stages", N_("Every condition needs a key of its own; lead and constituency: are taken."))


def _flaws_of_requirement(requirement: Requirement, place: str) -> Iterator[Message]:
    needs, counted = requirement.needs, requirement.counted
    if isinstance(needs, AtMost) != (counted is Counted.OBJECTIONS):
        yield N_("%(place)s: at_most goes with objections, and objections with at_most.", place=place)
    if isinstance(needs, AtMost) != (requirement.base is Base.OBJECTIONS):
        yield N_("%(place)s: objections are counted on the base objections, and nothing else is.", place=place)
    if isinstance(needs, Threshold) and requirement.base is Base.NONE:
        yield N_("%(place)s: a share needs a base.", place=place)
    if isinstance(needs, Threshold) and not _can_decide(needs):
        yield N_("%(place)s: this share is always met or never met.", place=place)
    if (counted is Counted.PRESENT) != (place == "quorum"):
        yield N_("%(place)s: those present are counted for the quorum, and only there.", place=place)
    if counted is Counted.COMPONENTS and not place.startswith(("admission", "stages")):
        yield N_("%(place)s: components are counted of all voters together.", place=place)
    if place == "quorum" and requirement.base not in {Base.MEMBERS, Base.NONE}:
        yield N_("%(place)s: a quorum is a share of all members, or a number.", place=place)


def _can_decide(needs: Threshold) -> bool:
    certain = Fraction(0) if needs.operator is Operator.AT_LEAST else Fraction(1)
    return needs.share != certain


def _flaws_of_constituencies(rule: DecisionRule) -> Iterator[Problem]:
    names = [name for group in rule.per_constituency for name in group.names]
    general = [group for group in rule.per_constituency if not group.names]
    if len(set(names)) < len(names) or (general and len(rule.per_constituency) > 1):
        yield Problem("per_constituency", N_("A constituency can have one condition only."))
    if any(group.names and (group.at_least or 0) > len(group.names) for group in rule.per_constituency):
        yield Problem("per_constituency", N_("at_least is more than the constituencies that are named."))
    if rule.each_alone and (len(rule.stages) != 1 or rule.per_constituency or rule.stages[0].needs.allows_tie):
        yield Problem(
            "each_alone", N_("Where each constituency votes alone, one stage of more than half decides in each.")
        )


def _flaws_of_what_follows(rule: DecisionRule) -> Iterator[Problem]:
    if rule.next == rule.id:
        yield Problem("next", N_("A rule cannot go on to itself."))
    if rule.advance is not None and rule.next is None:
        yield Problem("advance", N_("Say under which rule the best options go on."))
