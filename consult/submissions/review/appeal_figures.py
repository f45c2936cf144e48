"""How appeals were decided, told to everybody in steps: whoever watches cannot tell an outcome from a text.

At its moment an outcome would stand beside the text that was shown again then, or beside nothing that happened, and say whose appeal
it was. So outcomes are told as sums (`consult.submissions.figures.steps`): of the appeals that were decided since the last step,
where of each outcome there are none or `LEAST` and more. The grounds of few are hidden in the sum. What was counted stays counted;
appeals that lapsed, and those that are open, are told to nobody.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from consult.db import session
from consult.events.record import record
from consult.submissions.figures.events import AppealsCounted
from consult.submissions.figures.models import AppealCount
from consult.submissions.figures.steps import Told, fair_coin, mark, step_due
from consult.submissions.figures.suppression import LEAST, protected
from consult.submissions.models import Appeal
from consult.submissions.review.appeal_queries import HALF, NINETY, Times, in_days, place_of
from consult.submissions.states import AppealState

DECIDED = (AppealState.UPHELD, AppealState.OVERTURNED)


@dataclass(frozen=True, slots=True)
class AppealFigures:
    """What is told of appeals: how many by outcome and ground (None is hidden), how long they took, up to which day."""

    outcomes: Sequence[tuple[AppealState, str, int | None]]
    times: Times | None
    counted_on: date


def may_tell(pending: Mapping[str, int]) -> bool:
    """Tell whether of each outcome there are none or `LEAST` and more, and some of one."""
    by_outcome = Counter[str]()
    for kind, number in pending.items():
        by_outcome[_parts(kind)[0]] += number
    return bool(by_outcome) and min(by_outcome.values()) >= LEAST


def count_appeals_due(coin: Callable[[], bool] = fair_coin) -> bool:
    """Look at each consultation once in its week whether a step may be taken; tell whether one was looked at (1 query if none)."""
    return step_due(Told(AppealCount, _waiting, may_tell, _stepped), coin)


def _waiting(consultation: uuid.UUID) -> Mapping[uuid.UUID, str]:
    """Return outcome and ground of the appeals that no step has counted."""
    rows = session.execute(
        sa.select(Appeal.id, Appeal.state, Appeal.ground).where(
            Appeal.consultation_id == consultation, Appeal.state.in_(DECIDED), sa.not_(Appeal.counted)
        )
    )
    return {row.id: f"{row.state} {row.ground}" for row in rows}


def _parts(kind: str) -> tuple[str, str]:
    outcome, _, ground = kind.partition(" ")
    return outcome, ground


def _stepped(row: AppealCount, appeals: list[uuid.UUID]) -> None:
    mark(Appeal, "counted", appeals)
    of_these = (Appeal.consultation_id == row.consultation_id, Appeal.counted)
    took = sorted(one for one in session.scalars(sa.select(Appeal.waited).where(*of_these)) if one is not None)
    if took:
        row.half, row.ninety = (took[place_of(share, len(took))] for share in (HALF, NINETY))
    record(AppealsCounted(len(appeals)), stream=row.consultation_id, actor=None)


def appeal_figures(consultation: uuid.UUID) -> AppealFigures | None:
    """Return what is told of the appeals of a consultation, None before the first step (1 query).

    While a ground is hidden, so is how many appeals were decided: with the counts that are shown it would tell it.
    """
    row = session.get(AppealCount, consultation)
    if row is None or row.stepped_on is None:
        return None
    shown = protected({_parts(kind): number for kind, number in row.counts.items()})
    order = list(AppealState)
    outcomes = sorted(
        ((AppealState(outcome), ground, number) for (outcome, ground), number in shown.items()),
        key=lambda one: (order.index(one[0]), one[1]),
    )
    return AppealFigures(outcomes, _times(row, hides=None in shown.values()), row.stepped_on)


def _times(row: AppealCount, *, hides: bool) -> Times | None:
    if row.half is None or row.ninety is None:
        return None
    return Times(None if hides else sum(row.counts.values()), in_days(row.half), in_days(row.ninety))
