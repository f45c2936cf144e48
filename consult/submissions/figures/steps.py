"""Sums that are told in steps, at moments that tell of nobody: what is waiting is counted as a whole, or waits on.

A step is looked for once a week, on the Monday of the consultation's clock: that it is taken does not tell which of the things in
it came last. And it is taken where a coin falls so, thrown anew only when other things wait: that none was taken a week ago does
not tell how the things of last week are. This is the simulatable answer of K. Kenthapadi, N. Mishra and K. Nissim, "Simulatable
auditing" (PODS 2005), made cheap by chance. Which sums may be told is the rule of whoever asks.
"""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.submissions.figures.models import Steps
from consult.submissions.models import Appeal, Submission

Row = TypeVar("Row", bound=Steps)
BATCH = 500


def fair_coin() -> bool:
    """Throw a coin."""
    return bool(secrets.randbelow(2))


@dataclass(frozen=True, slots=True)
class Told(Generic[Row]):
    """What is told in steps: in which table, what waits (a kind by id), when its sum may be told, what happens when it is."""

    model: type[Row]
    waiting: Callable[[uuid.UUID], Mapping[uuid.UUID, str]]
    may_step: Callable[[Mapping[str, int]], bool]
    stepped: Callable[[Row, list[uuid.UUID]], None]


def step_due(told: Told[Row], coin: Callable[[], bool] = fair_coin) -> bool:
    """Look at each consultation once in its week whether a step may be taken; tell whether one was looked at (1 query if none)."""
    model = told.model
    looked = sa.select(Consultation.id, Consultation.timezone, model.looked_on).outerjoin(
        model, model.consultation_id == Consultation.id
    )
    due = [(row.id, monday) for row in session.execute(looked) if (monday := _monday(row.timezone)) != row.looked_on]
    for consultation, monday in due:
        _look(told, consultation, monday, coin)
    return bool(due)


def _monday(timezone: str) -> date:
    today = clock.now().astimezone(ZoneInfo(timezone)).date()
    return today - timedelta(days=today.weekday())


def _look(told: Told[Row], consultation: uuid.UUID, monday: date, coin: Callable[[], bool]) -> None:
    with transaction():
        session.get_one(Consultation, consultation, with_for_update={"key_share": True})
        row = session.get(told.model, consultation, populate_existing=True)
        if row is None:
            row = told.model(consultation_id=consultation, counts={}, looked_on=monday, pending="")
            session.add(row)
        elif row.looked_on == monday:
            return
        waiting = told.waiting(consultation)
        digest = sha256(b"".join(sorted(one.bytes for one in waiting))).hexdigest()
        others, row.looked_on, row.pending = digest != row.pending, monday, digest
        pending = Counter(waiting.values())
        if others and told.may_step(pending) and coin():
            row.counts = dict(Counter(row.counts) + pending)
            row.stepped_on, row.pending = monday, ""
            told.stepped(row, list(waiting))


def mark(model: type[Submission] | type[Appeal], column: str, rows: list[uuid.UUID]) -> None:
    """Mark rows as counted in a step, some hundreds at a time."""
    for begin in range(0, len(rows), BATCH):
        chosen = model.id.in_(rows[begin : begin + BATCH])
        session.execute(
            sa.update(model).where(chosen).values({column: True}).execution_options(synchronize_session=False)
        )
