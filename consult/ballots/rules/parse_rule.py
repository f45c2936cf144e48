"""Decision rules from mappings and back: of the shipped files, of organisers' forms, of what a ballot froze."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from consult.ballots.rules.model import (
    AtMost,
    Base,
    Counted,
    DecisionRule,
    Kind,
    Minimum,
    Needs,
    Operator,
    PerConstituency,
    Reading,
    Requirement,
    Threshold,
)
from consult.ballots.rules.reading import Fields
from consult.ballots.rules.soundness import flaws
from consult.ballots.rules.votes import RULINGS
from consult.errors import Problem, Rejected
from consult.i18n import N_


class InvalidRule(Rejected):
    """The mapping does not describe a decision rule; every problem names its place and says what is wrong there."""

    message = N_("This is not a decision rule that can be applied.")


def parse_rule(mapping: Mapping[str, Any]) -> DecisionRule:
    """Return the rule a mapping describes; raises InvalidRule.

    A requirement is written as `count` (favour, objections, endorsements, components, present), then one of `threshold`
    with `operator`, `minimum` or `at_most`, and the `base`. The shipped files show every form in use.
    """
    problems: list[Problem] = []
    fields = Fields(mapping, problems)
    rule = _rule(fields)
    fields.close()
    if not problems:
        problems.extend(flaws(rule))
    if problems:
        raise InvalidRule(problems)
    return rule


def as_mapping(rule: DecisionRule) -> dict[str, Any]:
    """Return a rule in its canonical form: plain JSON, always the same for the same rule; `parse_rule` reads it back."""
    mapping: dict[str, Any] = {
        "id": rule.id,
        "kind": rule.kind.value,
        "name": dict(rule.name),
        "in_words": dict(rule.in_words),
        "note": dict(rule.note),
        "source": rule.source,
        "status": rule.status.value,
        "quorum": rule.quorum and _requirement_mapping(rule.quorum),
        "admission": [_requirement_mapping(way) for way in rule.admission],
        "stages": [_requirement_mapping(stage) for stage in rule.stages],
        "per_constituency": [_group_mapping(group) for group in rule.per_constituency],
        "each_alone": rule.each_alone,
        "advance": rule.advance,
        "rulings": [ruling.value for ruling in rule.rulings] if rule.declared else None,
        "next": rule.next,
    }
    return {key: value for key, value in mapping.items() if value}


def _rule(fields: Fields) -> DecisionRule:
    rule = DecisionRule(
        id=fields.text("id"),
        kind=fields.one_of("kind", Kind) or Kind.QUESTION,
        name=fields.localized("name"),
        in_words=fields.localized("in_words"),
        source=fields.text("source"),
        status=fields.one_of("status", Reading) or Reading.OWN,
        note=fields.localized("note"),
        quorum=_quorum(fields),
        admission=tuple(_named(_requirement(each, "")) for each in fields.each("admission")),
        stages=_numbered([_requirement(each, "") for each in fields.each("stages")]),
        per_constituency=tuple(_group(each) for each in fields.each("per_constituency")),
        each_alone=fields.flag("each_alone"),
        advance=fields.whole("advance", least=1),
        rulings=fields.some_of("rulings", RULINGS) or RULINGS,
        next=fields.text("next") or None,
    )
    for key in ("id", "kind", "name"):
        if key not in fields:
            fields.note(key, N_("%(place)s is missing.", place=key))
    return rule


def _quorum(fields: Fields) -> Requirement | None:
    if "quorum" not in fields:
        return None
    return _requirement(fields.inner("quorum"), "quorum", Counted.PRESENT)


def _named(requirement: Requirement) -> Requirement:
    """Name a way of being backed after what it counts, where the rule does not name it itself."""
    return replace(requirement, key=requirement.key or requirement.counted.value)


def _numbered(stages: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Give the stages of a cascade their keys, `stage:1` and on, where the rule does not name them itself."""
    stages = tuple(stages)
    if len(stages) == 1:
        natural = "objections" if stages[0].counted is Counted.OBJECTIONS else "threshold"
        return (replace(stages[0], key=stages[0].key or natural),)
    return tuple(replace(stage, key=stage.key or f"stage:{n}") for n, stage in enumerate(stages, start=1))


def _group(fields: Fields) -> PerConstituency:
    names, at_least = fields.texts("names"), fields.whole("at_least", least=1)
    return PerConstituency(_requirement(fields, "constituency"), names, at_least)


def _requirement(fields: Fields, key: str, counted: Counted = Counted.FAVOUR) -> Requirement:
    """Read one requirement and close its mapping."""
    counted = fields.one_of("count", Counted) or counted
    needs = _needs(fields)
    base = fields.one_of("base", Base) or (Base.OBJECTIONS if isinstance(needs, AtMost) else Base.NONE)
    key = fields.text("key") or key
    fields.close()
    return Requirement(key, counted, needs, base)


def _needs(fields: Fields) -> Needs:
    """Read how much is needed, said in exactly one of three ways."""
    share, operator = fields.share("threshold"), fields.one_of("operator", Operator) or Operator.AT_LEAST
    minimum, at_most = fields.whole("minimum", least=1), fields.whole("at_most")
    said = [key for key in ("threshold", "minimum", "at_most") if key in fields]
    if len(said) != 1:
        fields.note("", N_("%(place)s needs one of threshold, minimum and at_most.", place=fields.place))
    if minimum is not None:
        return Minimum(minimum)
    return AtMost(at_most) if at_most is not None else Threshold(share or Fraction(0), operator)


def _requirement_mapping(requirement: Requirement) -> dict[str, Any]:
    return {
        "key": requirement.key,
        "count": requirement.counted.value,
        **_needs_mapping(requirement.needs),
        "base": requirement.base.value,
    }


def _needs_mapping(needs: Needs) -> dict[str, Any]:
    match needs:
        case Threshold(share, operator):
            return {"threshold": f"{share.numerator}/{share.denominator}", "operator": operator.value}
        case Minimum(number):
            return {"minimum": number}
        case AtMost(number):
            return {"at_most": number}


def _group_mapping(group: PerConstituency) -> dict[str, Any]:
    mapping = {**_requirement_mapping(group.requirement), "names": list(group.names), "at_least": group.at_least}
    return {key: value for key, value in mapping.items() if value not in (None, [])}
