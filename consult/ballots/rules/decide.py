"""Decide on votes under a rule: pure, exact, and total. Every outcome follows from its table of conditions.

A row whose base is zero is neither met nor missed, so conditions are joined in three-valued logic: a condition that
failed rejects whatever is still open; what is left open otherwise gives no decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from consult.ballots.rules.model import Base, Counted, DecisionRule, Kind, Minimum, PerConstituency, Requirement
from consult.ballots.rules.votes import Condition, Outcome, Result, Votes

CONSTITUENCY = "constituency:"
LEAD = "lead"


def decide(rule: DecisionRule, votes: Votes) -> Result:
    """Return what a rule says about votes: the outcome, its table of conditions, and what follows from it."""
    rule = as_put(rule, votes)
    conditions = tuple(_table(rule, votes))
    outcome = outcome_from(rule, conditions, votes.ruling)
    adopted, goes_on = outcome is Outcome.ADOPTED, outcome is Outcome.NEXT_ROUND
    return Result(
        outcome=outcome,
        conditions=conditions,
        next=rule.next if goes_on else None,
        qualified=votes.best(rule.advance) if goes_on and rule.advance else (),
        winner=votes.leader if adopted and not rule.each_alone else None,
        winners=_winners(votes) if adopted and rule.each_alone else {},
        dissents=votes.dissents,
    )


def as_put(rule: DecisionRule, votes: Votes) -> DecisionRule:
    """Return the rule as it applies to these votes.

    A majority decides a question or a choice alike, so the votes say which it was. Where each constituency votes alone,
    votes without constituencies are those of one of them.
    """
    if rule.kind in {Kind.QUESTION, Kind.CHOICE}:
        rule = replace(rule, kind=Kind.CHOICE if votes.is_choice else Kind.QUESTION)
    if rule.each_alone and not votes.by_constituency:
        return replace(rule, each_alone=False)
    return _apart(rule)


def _apart(rule: DecisionRule) -> DecisionRule:
    """Return a rule under which each constituency votes alone as one that asks the same of every constituency."""
    if not rule.each_alone or not rule.stages:
        return rule
    return replace(rule, stages=(), per_constituency=tuple(PerConstituency(stage) for stage in rule.stages))


def outcome_from(rule: DecisionRule, conditions: Sequence[Condition], ruling: Outcome | None = None) -> Outcome:
    """Return the outcome that follows from a table of conditions alone; of a ruling, what was declared.

    `rule` is the rule as the ballot froze it: its kind says whether a question or a choice was put.
    """
    if rule.declared:
        return ruling or Outcome.NO_DECISION
    verdicts = {row.key: row.verdict for row in conditions}
    rule = _apart(rule) if any(key.startswith(CONSTITUENCY) for key in verdicts) else rule
    quorum = rule.quorum is None or verdicts[rule.quorum.key]
    stages = _any_of([verdicts[stage.key] for stage in rule.stages])
    admission = _any_of([verdicts[way.key] for way in rule.admission])
    if quorum is False:
        return Outcome.NO_QUORUM
    if stages is None:
        return Outcome.NO_DECISION
    constituencies = [_across(group, verdicts) for group in rule.per_constituency]
    passed = _all_of([quorum, admission, stages, verdicts.get(LEAD, True), *constituencies])
    if passed is None:
        return Outcome.NO_DECISION
    return Outcome.ADOPTED if passed else _falling_short(rule)


def _falling_short(rule: DecisionRule) -> Outcome:
    if rule.next is not None:
        return Outcome.NEXT_ROUND
    return Outcome.NO_DECISION if rule.kind is Kind.CHOICE else Outcome.REJECTED


def _table(rule: DecisionRule, votes: Votes) -> Iterator[Condition]:
    """Yield every row of the table, met or not, whatever the rows before it say."""
    yield from (_check(requirement, votes) for requirement in rule.requirements())
    if rule.kind is Kind.CHOICE and any(stage.needs.allows_tie for stage in rule.stages):
        yield Condition(LEAD, votes.lead, votes.cast, 1, votes.lead >= 1)
    for group in rule.per_constituency:
        for name in group.names or votes.by_constituency:
            part = votes.by_constituency.get(name, Votes())
            seen = part if rule.each_alone else part.favouring(votes.leader)
            yield replace(_check(group.requirement, seen), key=CONSTITUENCY + name)


def _check(requirement: Requirement, votes: Votes) -> Condition:
    """Return the row of one requirement. A fixed number needs no base, so an empty one does not leave it open."""
    count, base = _count(requirement.counted, votes), _base(requirement.base, votes)
    if isinstance(requirement.needs, Minimum):
        base = base or None
    needed = requirement.needs.needed(base or 0)
    return Condition(requirement.key, count, base, needed, base != 0 and requirement.needs.is_met(count, needed))


def _count(counted: Counted, votes: Votes) -> int:
    match counted:
        case Counted.FAVOUR:
            return votes.favour
        case Counted.OBJECTIONS:
            return votes.objecting
        case Counted.ENDORSEMENTS:
            return votes.endorsements or 0
        case Counted.COMPONENTS:
            return votes.components
        case Counted.PRESENT:
            return votes.attending


def _base(base: Base, votes: Votes) -> int | None:
    match base:
        case Base.CAST | Base.VALID:
            return votes.cast
        case Base.CAST_WITH_ABSTENTIONS:
            return votes.cast + votes.abstentions
        case Base.PRESENT:
            return votes.attending
        case Base.MEMBERS:
            return votes.members or 0
        case Base.OBJECTIONS:
            return votes.able_to_object
        case Base.NONE:
            return None


def _winners(votes: Votes) -> dict[str, str]:
    return {name: part.leader for name, part in votes.by_constituency.items() if part.leader is not None}


def _across(group: PerConstituency, verdicts: Mapping[str, bool | None]) -> bool | None:
    """Join the rows of a group of constituencies; open when there is not one constituency to ask."""
    keys = [CONSTITUENCY + name for name in group.names] or [key for key in verdicts if key.startswith(CONSTITUENCY)]
    if not keys:
        return None
    return _at_least(group.at_least or len(keys), [verdicts[key] for key in keys])


def _at_least(number: int, verdicts: Sequence[bool | None]) -> bool | None:
    """Return whether `number` of the verdicts hold: True or False when that is certain, None while it is open."""
    holding, open_ = verdicts.count(True), verdicts.count(None)
    if holding >= number:
        return True
    return None if holding + open_ >= number else False


def _all_of(verdicts: Sequence[bool | None]) -> bool | None:
    return _at_least(len(verdicts), verdicts)


def _any_of(verdicts: Sequence[bool | None]) -> bool | None:
    """Return whether one of the verdicts holds; true when there are none to meet."""
    return _at_least(min(1, len(verdicts)), verdicts)
