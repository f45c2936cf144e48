"""A result ready to be shown: the words, the table, the bar on the rule's base, and the votes by track.

Built from the ballot's row alone (no query): what is shown is what was written at the closing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from consult.ballots.choices import ABSTAIN, AGAINST, FOR, Label, choices_of, options_of
from consult.ballots.frozen import frozen_electorate, frozen_rule
from consult.ballots.models import Ballot
from consult.ballots.rules import Condition, DecisionRule, Outcome, Result, parse_votes, result_from_mapping
from consult.ballots.rules.model import AtMost, Base, Kind
from consult.ballots.rules.words import (
    abstention_sentence,
    condition_detail,
    condition_label,
    outcome_label,
    requirement_of,
    result_sentence,
)
from consult.i18n import N_, NN_, Localized, Message

#: The colour and shape of an outcome: ok, no, or wait (nothing was decided yet).
OUTCOME_KINDS: Mapping[Outcome, str] = {
    Outcome.ADOPTED: "ok",
    Outcome.REJECTED: "no",
    Outcome.NEXT_ROUND: "wait",
    Outcome.NO_QUORUM: "no",
    Outcome.NO_DECISION: "wait",
    Outcome.CONTESTED: "wait",
}


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A row of the table; `met` is None where the base was empty and nothing could be counted."""

    label: Message
    hint: Message
    count: int
    base: int | None
    needed: int
    met: bool | None


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of the count that decided: `count` and `against` of `base`, with what was `needed`."""

    count: int
    base: int
    needed: int
    against: int | None
    yes: Label
    no: Label
    rest: Message


@dataclass(frozen=True, slots=True)
class PartLine:
    """The votes of a track or a constituency: by choice, and how many stood on the roll."""

    key: str
    names: Localized
    votes: Mapping[str, int]
    voters: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a page says of a result."""

    outcome: Outcome
    label: Message
    kind: str
    conditions_sentence: Message | None
    sentences: tuple[Message, ...]
    conditions: tuple[ConditionLine, ...]
    bar: Bar | None
    choices: Mapping[str, Label]
    totals: Mapping[str, int]
    tracks: tuple[PartLine, ...]
    constituencies: tuple[PartLine, ...]
    voters: int
    cast: int
    winner: Localized | None
    question: bool


#: Reports by ballot and closing; the oldest give way together.
REPORTS_KEPT = 256
_reports: dict[tuple[uuid.UUID, datetime], Report] = {}


def report_of(ballot: Ballot) -> Report | None:
    """Return the report of a ballot that was counted, None for one that was not.

    Kept by the process: the database refuses every change of a result.
    """
    if ballot.result is None:
        return None
    if ballot.closed_at is None:
        return _report(ballot, ballot.result)
    key = (ballot.id, ballot.closed_at)
    if key not in _reports:
        if len(_reports) >= REPORTS_KEPT:
            _reports.clear()
        _reports[key] = _report(ballot, ballot.result)
    return _reports[key]


def _report(ballot: Ballot, stored: Mapping[str, Any]) -> Report:
    options = options_of(ballot.options)
    rule = as_asked(frozen_rule(ballot), choice=bool(options))
    electorate, result = frozen_electorate(ballot), result_from_mapping(stored)
    votes = parse_votes(stored["input"])
    names = {**electorate.names(), **{option.key: option.names for option in options}}
    sentences = result_sentence(rule, result, names)
    abstained = abstention_sentence(rule, votes)
    parts = {**electorate.tracks, **electorate.constituencies}
    choices = choices_of(rule, options)
    return Report(
        outcome=result.outcome,
        label=outcome_label(result.outcome),
        kind=OUTCOME_KINDS[result.outcome],
        conditions_sentence=conditions_sentence(result),
        sentences=(*sentences, *([abstained] if abstained is not None else [])),
        conditions=tuple(_line(rule, row, names) for row in result.conditions),
        bar=_bar(rule, result, stored["totals"], choices),
        choices=choices,
        totals=stored["totals"],
        tracks=_parts(stored["tracks"], {key: part.names for key, part in parts.items()}),
        constituencies=_parts(stored["constituencies"], {key: part.names for key, part in parts.items()}),
        voters=stored["voters"],
        cast=stored["cast"],
        winner=next((option.names for option in options if option.key == result.winner), None),
        question=FOR in choices,
    )


def as_asked(rule: DecisionRule, *, choice: bool) -> DecisionRule:
    """Return a rule as it was put: a majority written for a question may have decided a choice."""
    return replace(rule, kind=Kind.CHOICE) if choice and rule.kind is Kind.QUESTION else rule


def conditions_sentence(result: Result) -> Message | None:
    """Return how many of the conditions were met, None where a person declared the outcome."""
    met = sum(row.met for row in result.conditions)
    if not result.conditions:
        return None
    if met == len(result.conditions):
        return NN_("The condition is met", "All %(count)s conditions are met", met)
    if len(result.conditions) == 1:
        return N_("The condition is not met")
    return N_("Conditions met: %(met)s of %(all)s", met=met, all=len(result.conditions))


def _line(rule: DecisionRule, row: Condition, names: Mapping[str, object]) -> ConditionLine:
    return ConditionLine(
        condition_label(rule, row, names), condition_detail(rule, row), row.count, row.base, row.needed, row.verdict
    )


def _bar(rule: DecisionRule, result: Result, totals: Mapping[str, int], choices: Mapping[str, Label]) -> Bar | None:
    """Return the bar of the stage that decided, on its base; none where there is no base, or objections are counted."""
    stages = {stage.key for stage in rule.stages}
    rows = [row for row in result.conditions if row.key in stages and row.base]
    row = next((row for row in rows if row.met), rows[-1] if rows else None)
    asked = None if row is None else requirement_of(rule, row)
    if row is None or asked is None or not row.base or isinstance(asked.needs, AtMost):
        return None
    if FOR in choices:
        yes, no, against = choices[FOR], choices[AGAINST], totals[AGAINST]
    elif ABSTAIN in choices:
        others = sum(votes for key, votes in totals.items() if key != ABSTAIN) - row.count
        yes, no, against = _leader(result, totals, choices), N_("The other options"), others
    else:
        yes, no, against = N_("Endorsements"), N_("Against"), None
    rest = N_("Abstained") if asked.base is Base.CAST_WITH_ABSTENTIONS else N_("Abstained or did not vote")
    return Bar(row.count, row.base, row.needed, against, yes, no, rest)


def _leader(result: Result, totals: Mapping[str, int], choices: Mapping[str, Label]) -> Label:
    """Return the winner, or what the leading option is called, or "the leading option" on a tie."""
    options = {key: votes for key, votes in totals.items() if key != ABSTAIN}
    leaders = [key for key, votes in options.items() if votes == max(options.values())]
    key = result.winner or (leaders[0] if len(leaders) == 1 else None)
    return N_("The leading option") if key is None else choices[key]


def _parts(stored: Mapping[str, Mapping[str, int]], names: Mapping[str, Localized]) -> tuple[PartLine, ...]:
    return tuple(
        PartLine(
            key,
            names.get(key) or Localized(ar=key, en=key, fr=key),
            {choice: votes for choice, votes in counts.items() if choice != "voters"},
            counts["voters"],
        )
        for key, counts in stored.items()
    )
