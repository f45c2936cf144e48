"""A ballot as somebody prepares it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.ballots.choices import Option
from consult.ballots.count import Backing
from consult.ballots.states import BallotKind
from consult.i18n import Localized

NO_BACKING = Backing()


@dataclass(frozen=True, slots=True)
class BallotDraft:
    """A ballot to prepare: what is asked, under which rule, on which recommendation, in which session.

    `options` are those of a choice, in the order of the ballot paper; they need no keys. `backing` is what backs the
    question already, where the rule asks for it.
    """

    kind: BallotKind
    rule: str
    questions: Localized
    recommendation: uuid.UUID | None = None
    session: uuid.UUID | None = None
    options: tuple[Option, ...] = ()
    backing: Backing = NO_BACKING


@dataclass(frozen=True, slots=True)
class NextRound:
    """A next round that is not simply the same question in the same session: its question, and its session or none."""

    questions: Localized
    session: uuid.UUID | None = None
