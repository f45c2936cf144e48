"""How recommendations and ballots look wherever they are shown: the colour and shape of their states, and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from consult.ballots.choices import Label, choices_of, options_of
from consult.ballots.frozen import frozen_rule
from consult.ballots.models import Ballot
from consult.ballots.report import OUTCOME_KINDS, Report, as_asked, report_of
from consult.ballots.rules import DecisionRule, Outcome
from consult.ballots.rules.explain import explanation
from consult.ballots.rules.words import outcome_label, reading_label
from consult.ballots.states import STATE_LABELS as BALLOT_LABELS
from consult.ballots.states import BallotState
from consult.i18n import LANGUAGES, Message
from consult.recommendations.states import STATE_LABELS, RecommendationState
from consult.typed_numbers import as_number

RECOMMENDATION_KINDS: Mapping[RecommendationState, str] = {
    RecommendationState.DRAFT: "",
    RecommendationState.PROPOSED: "sea",
    RecommendationState.VOTING: "live",
    RecommendationState.ADOPTED: "ok",
    RecommendationState.REJECTED: "no",
    RecommendationState.NEXT_ROUND: "wait",
    RecommendationState.CONTESTED: "wait",
    RecommendationState.UNDECIDED: "wait",
}

BALLOT_KINDS: Mapping[BallotState, str] = {
    BallotState.PREPARED: "",
    BallotState.OPEN: "live",
    BallotState.CLOSED: "shut",
    BallotState.ANNULLED: "no",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A state in a word, with the kind of its tag."""

    label: Message
    kind: str


def recommendation_mark(state: str) -> Mark:
    """Return how a recommendation's state is marked."""
    known = RecommendationState(state)
    return Mark(STATE_LABELS[known], RECOMMENDATION_KINDS[known])


def ballot_mark(state: str, outcome: str | None = None) -> Mark:
    """Return how a ballot is marked: by its outcome once it is closed, else by its state."""
    if outcome is not None and state == BallotState.CLOSED:
        return Mark(outcome_label(Outcome(outcome)), OUTCOME_KINDS[Outcome(outcome)])
    return Mark(BALLOT_LABELS[BallotState(state)], BALLOT_KINDS[BallotState(state)])


@dataclass(frozen=True, slots=True)
class BallotShown:
    """A ballot with everything its row says, ready for a template: rule in words, paper, result if there is one."""

    row: Ballot
    mark: Mark
    rule: DecisionRule
    explanation: list[Message]
    reading: Message
    paper: Mapping[str, Label]
    report: Report | None


def shown(row: Ballot) -> BallotShown:
    """Return a ballot as pages show it, without a query."""
    report = report_of(row)
    options = options_of(row.options)
    rule = as_asked(frozen_rule(row), choice=bool(options))
    return BallotShown(
        row=row,
        mark=ballot_mark(row.state, None if report is None else report.outcome),
        rule=rule,
        explanation=explanation(rule),
        reading=reading_label(rule.status),
        paper=choices_of(rule, options),
        report=report,
    )


def number_argument(name: str) -> int | None:
    """Return a number of the query string, None where there is none that can be read."""
    given = request.args.get(name, "")
    return as_number(given, None)


def language_argument(name: str, default: str) -> str:
    """Return a language named in the query string, else the default."""
    given = request.args.get(name, "")
    return given if given in LANGUAGES else default
