"""What was frozen when a ballot was opened: rule, electorate, ballot paper. Read once for each ballot in a process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from consult.ballots.choices import Label, choices_of, options_of
from consult.ballots.models import Ballot
from consult.ballots.parts import Electorate
from consult.ballots.queries import ballot_by_number
from consult.ballots.rules import DecisionRule, parse_rule
from consult.ballots.states import BallotState


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


@dataclass(frozen=True, slots=True)
class OpenedBallot:
    """What casting needs of a ballot that was opened: its id, and what may be chosen."""

    id: uuid.UUID
    consultation_id: uuid.UUID
    choices: Collection[str]


def opened_ballot(consultation: uuid.UUID, number: int) -> OpenedBallot | None:
    """Return what casting needs of a ballot that was opened, None while it is prepared or if there is none.

    Kept by the process (no query but the first time): after the opening the database refuses every change of it.
    """
    if (known := _opened.get((consultation, number))) is not None:
        return known
    row = ballot_by_number(consultation, number)
    if row is None or row.state == BallotState.PREPARED:
        return None
    if len(_opened) >= OPENED_KEPT:
        _opened.clear()
    made = _opened[consultation, number] = OpenedBallot(row.id, consultation, tuple(paper(row)))
    return made


def forget_opened() -> None:
    """Forget the ballots that are kept: the database is another one, for instance a backup that was restored."""
    _opened.clear()


OPENED_KEPT = 256
_opened: dict[tuple[uuid.UUID, int], OpenedBallot] = {}
