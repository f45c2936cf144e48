"""What was frozen when a ballot was opened: rule, electorate, ballot paper. Read once for each ballot in a process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from consult.ballots.choices import Label, choices_of, options_of
from consult.ballots.models import Ballot
from consult.ballots.parts import Electorate
from consult.ballots.rules import DecisionRule, parse_rule
from consult.ballots.states import BallotState
from consult.db import session


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
class Paper:
    """What casting needs of a ballot that was opened: its id, and what may be chosen."""

    id: uuid.UUID
    consultation_id: uuid.UUID
    choices: Collection[str]


def opened_paper(consultation: uuid.UUID, number: int) -> Paper | None:
    """Return the paper of a ballot that was opened, None while it is prepared or if there is none.

    Kept by the process (no query but the first time): after the opening the database refuses every change of it.
    """
    if (known := _papers.get((consultation, number))) is not None:
        return known
    row = session.scalars(
        sa.select(Ballot).where(Ballot.consultation_id == consultation, Ballot.number == number)
    ).first()
    if row is None or row.state == BallotState.PREPARED or row.opened_at is None:
        return None
    if len(_papers) >= PAPERS_KEPT:
        _papers.clear()
    made = _papers[consultation, number] = Paper(row.id, consultation, tuple(paper(row)))
    return made


def forget_papers() -> None:
    """Forget the papers that are kept: the database is another one, for instance a backup that was restored."""
    _papers.clear()


PAPERS_KEPT = 256
_papers: dict[tuple[uuid.UUID, int], Paper] = {}
