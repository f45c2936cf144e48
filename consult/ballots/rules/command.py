"""What the commands on rules do, apart from any command line: no instance, no database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from consult.ballots.rules.decide import as_put, decide
from consult.ballots.rules.explain import explain
from consult.ballots.rules.model import Base, DecisionRule, Requirement, Threshold
from consult.ballots.rules.parse_votes import InvalidVotes, parse_votes
from consult.ballots.rules.phrases import KINDS, READINGS
from consult.ballots.rules.votes import Outcome, Votes, result_as_mapping
from consult.errors import Problem
from consult.i18n import N_, Message, translate


def read_input(content: bytes) -> Mapping[str, Any]:
    """Return the input in a JSON text, alone or as the `input` of a case; raises InvalidVotes."""
    try:
        read = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InvalidVotes(N_("The input is not JSON: %(why)s", why=error)) from error
    if not isinstance(read, dict):
        raise InvalidVotes(N_("The input must be an object with named values."))
    case = read.get("input")
    return case if isinstance(case, dict) else read


def evaluate(rule: DecisionRule, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of an input under a rule as plain JSON; raises InvalidVotes."""
    votes = parse_votes(mapping)
    if rule.declared and votes.ruling not in {None, *rule.rulings}:
        known = ", ".join(rule.rulings)
        raise InvalidVotes(N_("Under %(rule)s a ruling is one of %(known)s.", rule=rule.id, known=known), "ruling")
    result = decide(rule, votes)
    unsaid = list(_unsaid(rule, votes))
    if result.outcome is Outcome.NO_DECISION and unsaid:
        raise InvalidVotes(
            Problem(
                place,
                N_("The rule %(rule)s counts on %(place)s, which the input does not say.", rule=rule.id, place=place),
            )
            for place in unsaid
        )
    return result_as_mapping(result)


def table(rules: Mapping[str, DecisionRule], language: str) -> list[str]:
    """Return the rules as lines of a table: id, what follows when it falls short, name."""
    rows = [
        ("ID", "NEXT", "NAME"),
        *((rule.id, rule.next or "", rule.name.for_language(language)) for rule in rules.values()),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]


def description(rule: DecisionRule, language: str) -> list[str]:
    """Return everything about a rule as lines in a language: name, words, explanation, source and how far it was read."""

    def say(message: Message) -> str:
        return translate(message, language)

    note = rule.note.for_language(language)
    return [
        f"{rule.id}  {rule.name.for_language(language)}",
        say(KINDS[rule.kind]),
        "",
        *filter(None, [rule.in_words.for_language(language), note]),
        "",
        *(f"- {sentence}" for sentence in explain(rule, language)),
        "",
        say(N_("Source: %(source)s", source=rule.source)),
        say(READINGS[rule.status]),
    ]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of a JSON object; a name that stands twice would hide a figure."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'"{name}" is given twice')
        found[name] = value
    return found


def _unsaid(rule: DecisionRule, votes: Votes) -> Iterator[str]:
    """Yield the figures the rule counts on that were not said: their places in the input."""
    rule = as_put(rule, votes)
    if votes.members is None and any(map(_shares_members, rule.requirements())):
        yield "members"
    for group in rule.per_constituency:
        names = group.names or tuple(votes.by_constituency)
        if not names:
            yield "by_constituency"
        for name in names if _shares_members(group.requirement) else ():
            if votes.by_constituency.get(name, Votes()).members is None:
                yield f"by_constituency.{name}.members"


def _shares_members(requirement: Requirement) -> bool:
    return requirement.base is Base.MEMBERS and isinstance(requirement.needs, Threshold)
