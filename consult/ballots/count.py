"""The count: from choices on a roll to the figures a rule decides on, and the result as it is kept. Pure.

The figures have the form that `consult rules evaluate` reads, and stand in the result: anybody can decide on them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from consult.ballots.choices import ABSTAIN, AGAINST, ENDORSE, FOR, Option, choices_of
from consult.ballots.parts import Electorate, needs_presence, parts_counted_apart
from consult.ballots.rules import DecisionRule, Outcome, decide, parse_votes, result_as_mapping
from consult.ballots.rules.model import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """So many voters of one track and constituency who chose alike; `choice` is None for those who did not vote."""

    track: str
    constituency: str
    choice: str | None
    voters: int
    votes: int


@dataclass(frozen=True, slots=True)
class Backing:
    """What backs a question before the vote, where a rule asks for it: endorsements, and components behind it."""

    endorsements: int | None = None
    components: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the chair or the rapporteur declares under a rule without arithmetic, with the reasons and the dissents."""

    outcome: Outcome
    reasons: str
    language: str = "ar"
    dissents: int = 0


def figures(
    rule: DecisionRule,
    options: Sequence[Option],
    groups: Sequence[Group],
    electorate: Electorate,
    *,
    backing: Backing | None = None,
    ruling: Ruling | None = None,
) -> dict[str, Any]:
    """Return the input of a rule: what was chosen, by whom together, on how many seats."""
    if rule.declared:
        return {} if ruling is None else {"ruling": ruling.outcome.value, "dissents": ruling.dissents}
    found = {**_chosen(rule, options, groups), "members": electorate.seats}
    present = needs_presence(rule)
    if present and electorate.present is not None:
        found["present"] = electorate.present
    for name in parts_counted_apart(rule, electorate):
        inside = [group for group in groups if name in _parts_of(group, electorate)]
        part = {**_chosen(rule, options, inside), "members": _seats(electorate, name)}
        if present and electorate.present is not None:
            part["present"] = sum(group.voters for group in inside)
        found.setdefault("by_constituency", {})[name] = part
    return {**found, **_backed(backing)}


def _seats(electorate: Electorate, name: str) -> int:
    part = electorate.part(name)
    return 0 if part is None else part.seats


def _parts_of(group: Group, electorate: Electorate) -> tuple[str, ...]:
    """Return the parts a group is counted in; a track whose name is also a constituency's is not meant."""
    track = () if group.track in electorate.constituencies else (group.track,)
    return (group.constituency, *track)


def _backed(backing: Backing | None) -> dict[str, int]:
    given = {} if backing is None else {"endorsements": backing.endorsements, "components": backing.components}
    return {key: number for key, number in given.items() if number is not None}


def _chosen(rule: DecisionRule, options: Sequence[Option], groups: Iterable[Group]) -> dict[str, Any]:
    votes = totals(choices_of(rule, options), groups)
    if options:
        return {"options": {option.key: votes[option.key] for option in options}, "abstain": votes[ABSTAIN]}
    if rule.kind is Kind.ENDORSEMENT:
        return {"endorsements": votes[ENDORSE]}
    counts = {"counts": {FOR: votes[FOR], AGAINST: votes[AGAINST], ABSTAIN: votes[ABSTAIN]}}
    return {**counts, "objections": votes[AGAINST]} if rule.kind is Kind.CONSENSUS else counts


def totals(choices: Iterable[str], groups: Iterable[Group]) -> dict[str, int]:
    """Return the votes for each choice, with a zero for those that nobody made."""
    found = dict.fromkeys(choices, 0)
    for group in groups:
        if group.choice is not None:
            found[group.choice] += group.votes
    return found


def result_of(
    rule: DecisionRule,
    options: Sequence[Option],
    groups: Sequence[Group],
    electorate: Electorate,
    *,
    backing: Backing | None = None,
    ruling: Ruling | None = None,
) -> dict[str, Any]:
    """Return the result as it is written once: outcome, conditions, what follows; the figures; totals in all and by part.

    Raises InvalidVotes if the figures contradict each other.
    """
    found = figures(rule, options, groups, electorate, backing=backing, ruling=ruling)
    decided = decide(rule, parse_votes(found))
    choices = tuple(choices_of(rule, options))
    return {
        **result_as_mapping(decided),
        "input": found,
        "voters": sum(group.voters for group in groups),
        "cast": sum(group.voters for group in groups if group.choice is not None),
        "totals": totals(choices, groups),
        "tracks": {
            key: _of_part(choices, [group for group in groups if group.track == key]) for key in electorate.tracks
        },
        "constituencies": {
            key: _of_part(choices, [group for group in groups if group.constituency == key])
            for key in electorate.constituencies
        },
    }


def _of_part(choices: Sequence[str], groups: Sequence[Group]) -> dict[str, int]:
    return {**totals(choices, groups), "voters": sum(group.voters for group in groups)}
