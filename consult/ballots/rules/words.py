"""What is said about a result: labels of its conditions, and the sentences that tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from consult.ballots.rules.decide import CONSTITUENCY, LEAD
from consult.ballots.rules.model import AtMost, Base, Counted, DecisionRule, Kind, Reading, Requirement
from consult.ballots.rules.phrases import (
    KINDS,
    OUTCOMES,
    READINGS,
    Names,
    base_phrase,
    counted_phrase,
    listed,
    needed_phrase,
)
from consult.ballots.rules.votes import Condition, Outcome, Result, Votes
from consult.i18n import N_, NN_, Message

_LABELS: Mapping[str, Message] = {
    "threshold": N_("Overall"),
    LEAD: N_("Lead over the next option"),
}

_LABELS_OF_COUNTED: Mapping[Counted, Message] = {
    Counted.FAVOUR: N_("In favour"),
    Counted.OBJECTIONS: N_("Objections"),
    Counted.ENDORSEMENTS: N_("Endorsements"),
    Counted.COMPONENTS: N_("Backing by components"),
    Counted.PRESENT: N_("Quorum"),
}


def outcome_label(outcome: Outcome) -> Message:
    """Return an outcome in a word or two."""
    return OUTCOMES[outcome]


def kind_label(kind: Kind) -> Message:
    """Return in words what is put to the voters."""
    return KINDS[kind]


def reading_label(reading: Reading) -> Message:
    """Return a sentence on how far the source of a rule was read."""
    return READINGS[reading]


def condition_label(rule: DecisionRule, condition: Condition, names: Names | None = None) -> Message:
    """Return the name of a row: "Quorum", "Overall", "Stage 2", or the constituency as `names` calls it."""
    key = condition.key
    if key.startswith(CONSTITUENCY):
        return Message("%(constituency)s", {"constituency": _named(key.removeprefix(CONSTITUENCY), names)})
    if key.startswith("stage:"):
        return N_("Stage %(number)s", number=key.removeprefix("stage:"))
    requirement = requirement_of(rule, condition)
    return _LABELS[key] if key in _LABELS or requirement is None else _LABELS_OF_COUNTED[requirement.counted]


def condition_detail(rule: DecisionRule, condition: Condition) -> Message:
    """Return what a row needs, in words: "at least two thirds of the votes cast"."""
    requirement = requirement_of(rule, condition)
    return (
        N_("more votes than any other option")
        if requirement is None
        else needed_phrase(requirement, alone=condition.key.startswith(CONSTITUENCY))
    )


def requirement_of(rule: DecisionRule, condition: Condition) -> Requirement | None:
    """Return what the rule asks for in this row; None for the lead over the next option, which follows from choosing."""
    if not condition.key.startswith(CONSTITUENCY):
        return next((asked for asked in rule.requirements() if asked.key == condition.key), None)
    if rule.each_alone:
        return rule.stages[0]
    name = condition.key.removeprefix(CONSTITUENCY)
    return next(group.requirement for group in rule.per_constituency if not group.names or name in group.names)


def needed_sentence(rule: DecisionRule, condition: Condition, option: object = None) -> Message:
    """Return a row as a sentence: "46 in favour of 63 votes cast; 42 were needed." `option` is who the votes are for."""
    requirement = requirement_of(rule, condition)
    if requirement is None:
        return N_("The first option is ahead of the next by %(count)s; a lead is needed.", count=condition.count)
    counted = _counted(rule, requirement, condition, option)
    needed = _needed(requirement, condition.needed)
    base = None if condition.base is None else base_phrase(requirement.base, condition.base)
    if base is None:
        return N_("%(counted)s; %(needed)s.", counted=counted, needed=needed)
    return N_("%(counted)s of %(base)s; %(needed)s.", counted=counted, base=base, needed=needed)


def abstention_sentence(rule: DecisionRule, votes: Votes) -> Message | None:
    """Return what became of the abstentions; None when nobody abstained, or when the rule does not count votes."""
    bases = {stage.base for stage in rule.stages if stage.counted is Counted.FAVOUR}
    if not votes.abstentions or not bases:
        return None
    if bases <= {Base.CAST, Base.VALID}:
        return NN_(
            "%(count)s abstained; abstentions are not part of the base.",
            "%(count)s abstained; abstentions are not part of the base.",
            votes.abstentions,
        )
    return NN_(
        "%(count)s abstained; under this rule that weighs like a vote against.",
        "%(count)s abstained; under this rule that weighs like votes against.",
        votes.abstentions,
    )


def result_sentence(rule: DecisionRule, result: Result, names: Names | None = None) -> list[Message]:
    """Return the result in sentences: the count that decided, what stood in its way, and what follows.

    `rule` is the rule as it was frozen for the ballot; `names` calls constituencies and options by their names.
    """
    return list(_sentences(rule, result, names))


def _sentences(rule: DecisionRule, result: Result, names: Names | None) -> Iterator[Message]:
    if rule.declared:
        yield from _declared(result)
        return
    if rule.quorum is not None and result.outcome is Outcome.NO_QUORUM:
        quorum = next(row for row in result.conditions if row.key == rule.quorum.key)
        yield N_("There was no quorum: %(sentence)s", sentence=needed_sentence(rule, quorum))
        return
    yield from _counts(rule, result, names)
    yield from _hindrances(rule, result, names)
    if result.next is not None:
        yield N_("The decision goes on under the rule %(rule)s.", rule=result.next)
    if result.qualified:
        yield N_("Going on: %(options)s.", options=listed([_named(name, names) for name in result.qualified]))


def _declared(result: Result) -> Iterator[Message]:
    if result.outcome is Outcome.NO_DECISION:
        yield N_("Nothing was declared, so there is no decision.")
    else:
        yield N_("Declared without a vote: %(outcome)s.", outcome=OUTCOMES[result.outcome])
    if result.dissents:
        yield NN_("%(count)s dissent is on record.", "%(count)s dissents are on record.", result.dissents)


def _counts(rule: DecisionRule, result: Result, names: Names | None) -> Iterator[Message]:
    """Yield the stage that decided, and the winners where each constituency voted alone."""
    rows = [row for row in result.conditions if row.key in {stage.key for stage in rule.stages}]
    if rows:
        decisive = next((row for row in rows if row.met), rows[-1])
        winner = None if result.winner is None else _named(result.winner, names)
        if decisive.base != 0:
            yield needed_sentence(rule, decisive, winner)
    for constituency, option in result.winners.items():
        yield N_(
            "%(constituency)s: %(option)s.", constituency=_named(constituency, names), option=_named(option, names)
        )


def _hindrances(rule: DecisionRule, result: Result, names: Names | None) -> Iterator[Message]:
    if result.outcome is Outcome.ADOPTED:
        return
    yield from (_missed(rule, row, names) for row in _missed_rows(rule, result.conditions))
    if result.outcome is Outcome.NO_DECISION and any(row.base == 0 for row in result.conditions):
        yield N_("Where nobody can be counted, nothing can be decided.")


def _missed_rows(rule: DecisionRule, conditions: Sequence[Condition]) -> list[Condition]:
    """Return the rows beside the stages that were not met; ways of being backed only when none of them was."""
    ways, stages = {way.key for way in rule.admission}, {stage.key for stage in rule.stages}
    backed = any(row.met for row in conditions if row.key in ways)
    return [
        row for row in conditions if row.verdict is False and row.key not in stages and not (backed and row.key in ways)
    ]


def _missed(rule: DecisionRule, row: Condition, names: Names | None) -> Message:
    return N_(
        "Not met: %(condition)s. %(sentence)s",
        condition=condition_label(rule, row, names),
        sentence=needed_sentence(rule, row),
    )


def _counted(rule: DecisionRule, requirement: Requirement, condition: Condition, option: object) -> Message:
    if requirement.counted is not Counted.FAVOUR or (rule.kind is not Kind.CHOICE and option is None):
        return counted_phrase(requirement.counted, condition.count)
    if option is not None:
        return N_("%(count)s for %(option)s", count=condition.count, option=option)
    return N_("%(count)s for the leading option", count=condition.count)


def _needed(requirement: Requirement, needed: int) -> Message:
    if not isinstance(requirement.needs, AtMost):
        return NN_("%(count)s was needed", "%(count)s were needed", needed)
    return (
        N_("none is allowed")
        if needed == 0
        else NN_("at most %(count)s is allowed", "at most %(count)s are allowed", needed)
    )


def _named(key: str, names: Names | None) -> object:
    return (names or {}).get(key, key)
