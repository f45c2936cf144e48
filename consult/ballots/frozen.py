"""The rule of a ballot as it was frozen, and the electorate beside it: read once for each ballot in a process."""

from __future__ import annotations

import json
from functools import lru_cache

from consult.ballots.choices import Label, choices_of, options_of
from consult.ballots.models import Ballot
from consult.ballots.parts import Electorate
from consult.ballots.rules import DecisionRule, parse_rule


def frozen_rule(ballot: Ballot) -> DecisionRule:
    """Return the rule a ballot was opened under."""
    return _read(json.dumps(ballot.rule, sort_keys=True))


@lru_cache(maxsize=256)
def _read(text: str) -> DecisionRule:
    return parse_rule(json.loads(text))


def frozen_electorate(ballot: Ballot) -> Electorate:
    """Return the seats as they were when the ballot was opened."""
    present = ballot.present if ballot.session_id is not None else None
    return Electorate.read(ballot.seats, present, ballot.electorate)


def paper(ballot: Ballot) -> dict[str, Label]:
    """Return the ballot paper: what may be chosen and how it is called, in order."""
    return dict(choices_of(frozen_rule(ballot), options_of(ballot.options)))
