"""Decision rules: data in, a table of conditions and an outcome out. Pure: no instance, no database, no floats."""

from consult.ballots.rules.decide import decide, outcome_from
from consult.ballots.rules.explain import explain
from consult.ballots.rules.load import find_rule, shipped_rules
from consult.ballots.rules.model import DecisionRule
from consult.ballots.rules.parse_rule import InvalidRule, as_mapping, parse_rule
from consult.ballots.rules.parse_votes import InvalidVotes, parse_votes
from consult.ballots.rules.votes import (
    Condition,
    Outcome,
    Result,
    Votes,
    result_as_mapping,
    result_from_mapping,
)

__all__ = [
    "Condition",
    "DecisionRule",
    "InvalidRule",
    "InvalidVotes",
    "Outcome",
    "Result",
    "Votes",
    "as_mapping",
    "decide",
    "explain",
    "find_rule",
    "outcome_from",
    "parse_rule",
    "parse_votes",
    "result_as_mapping",
    "result_from_mapping",
    "shipped_rules",
]
