"""Steps of a coder on a text: what each save changed, taken back one by one and done again. Nobody else's work is touched."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult.coding.models import Coding, CodingStep, CodingTask
from consult.db import new_id, session
from consult.errors import Conflict
from consult.i18n import N_

#: So many of the last steps of a text can be taken back.
MOST_STEPS = 50

#: What a task gave, as its rows have it: passage and code -> begin, end and stance.
Given = Mapping[tuple[uuid.UUID, uuid.UUID], tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Steps:
    """How many steps of a task can be taken back, and how many done again."""

    back: int = 0
    again: int = 0


NO_STEPS = Steps()


def given_now(task: uuid.UUID) -> Given:
    """Return what a task gives, by passage and code (1 query)."""
    return {(row.passage_id, row.code_id): (row.begins, row.ends, row.stance) for row in _rows(task)}


def note_step(task: CodingTask, before: Given) -> None:
    """Note what a save of a task changed, inside the caller's transaction; what had been taken back cannot be done again then."""
    after = given_now(task.id)
    changed = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    if not changed:
        return
    of_task = CodingStep.task_id == task.id
    session.execute(sa.delete(CodingStep).where(of_task, CodingStep.undone))
    kept = sa.select(CodingStep.number).where(of_task).distinct().order_by(CodingStep.number.desc())
    if outlived := session.scalars(kept.offset(MOST_STEPS - 1)).all():
        session.execute(sa.delete(CodingStep).where(of_task, CodingStep.number.in_(outlived)))
    for passage, code in changed:
        begins, ends, stance = before.get((passage, code), (None, None, ""))
        step = {"begins": begins, "ends": ends, "stance": stance}
        session.add(CodingStep(task_id=task.id, number=task.version, passage_id=passage, code_id=code, **step))
    session.flush()


def count_steps(task: Any) -> tuple[sa.ScalarSelect[int], sa.ScalarSelect[int]]:
    """Return, as parts of a query, how many steps of a task can be taken back, and how many done again."""
    count = sa.select(sa.func.count(CodingStep.number.distinct())).where(CodingStep.task_id == task)
    standing, undone = count.where(CodingStep.undone.is_(False)), count.where(CodingStep.undone.is_(True))
    return standing.scalar_subquery(), undone.scalar_subquery()


def steps_of(task: uuid.UUID) -> Steps:
    """Count the steps of a task (1 query)."""
    return Steps(*session.execute(sa.select(*count_steps(task))).one())


def turn_back(task: CodingTask) -> None:
    """Take back the last step of a task that stands, inside the caller's transaction. Raises Conflict where there is none."""
    _turn(task, sa.func.max(CodingStep.number), undone=False)


def turn_again(task: CodingTask) -> None:
    """Do the step again that was taken back last, inside the caller's transaction. Raises Conflict where there is none."""
    _turn(task, sa.func.min(CodingStep.number), undone=True)


def _turn(task: CodingTask, which: sa.ColumnElement[int], *, undone: bool) -> None:
    """Put what a step keeps in the place of what stands, and keep that in the step."""
    of_task = (CodingStep.task_id == task.id, CodingStep.undone.is_(undone))
    number = session.scalar(sa.select(which).where(*of_task))
    if number is None:
        raise Conflict(
            N_("There is nothing left that could be done again.")
            if undone
            else N_("There is nothing left that could be taken back.")
        )
    present = {(row.passage_id, row.code_id): row for row in _rows(task.id)}
    for step in session.scalars(sa.select(CodingStep).where(*of_task, CodingStep.number == number)).all():
        row = present.get((step.passage_id, step.code_id))
        kept = (None, None, "") if row is None else (row.begins, row.ends, row.stance)
        _put(step, row)
        step.begins, step.ends, step.stance = kept
        step.undone = not undone
    session.flush()


def _put(step: CodingStep, row: Coding | None) -> None:
    """Give the passage its code as the step has it, or take it away."""
    if step.begins is None or step.ends is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = Coding(id=new_id(), task_id=step.task_id, passage_id=step.passage_id, code_id=step.code_id)
        session.add(row)
    row.begins, row.ends, row.stance = step.begins, step.ends, step.stance


def _rows(task: uuid.UUID) -> list[Coding]:
    return list(session.scalars(sa.select(Coding).where(Coding.task_id == task)))
