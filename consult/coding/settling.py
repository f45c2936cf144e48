"""When every coder of a text is done: what they all gave is final, or they differ and somebody decides."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from consult import clock
from consult.coding.marks import Given, Mark, differences, together
from consult.coding.models import Code, CodedText, Coding, CodingStep, CodingTask, FinalCoding
from consult.coding.states import TextState
from consult.db import new_id, session

#: The code that a coding counts for: the one that its own was merged into, else its own.
COUNTS_FOR = sa.func.coalesce(Code.merged_into_id, Code.id)


def given_by_task(text: uuid.UUID) -> Mapping[uuid.UUID, Given]:
    """Return what each finished task of a text gave, merged codes as those they were merged into (2 queries)."""
    found: dict[uuid.UUID, dict[uuid.UUID, dict[uuid.UUID, Mark]]] = {
        task: {}
        for task in session.scalars(
            sa.select(CodingTask.id)
            .where(CodingTask.text_id == text, CodingTask.done_at.is_not(None))
            .order_by(CodingTask.id)
        )
    }
    rows = session.execute(
        sa.select(Coding.task_id, Coding.passage_id, COUNTS_FOR, Coding.begins, Coding.ends, Coding.stance)
        .join(Code, Code.id == Coding.code_id)
        .where(Coding.task_id.in_(found))
        .order_by(Coding.passage_id, Coding.id)
    )
    for task, passage, code, begins, ends, stance in rows:
        marks = found[task].setdefault(passage, {})
        mark = Mark(code, begins, ends, stance)
        marks[code] = together([marks[code], mark]) if code in marks else mark
    return found


def settle_if_done(text: CodedText) -> None:
    """Bring a text on once its last coder is done: settled where all gave the same, differing otherwise. The row is locked."""
    waiting = sa.exists().where(CodingTask.text_id == text.id, CodingTask.done_at.is_(None))
    if session.execute(sa.select(waiting)).scalar_one():
        return
    if text.coders > 1:  # nobody takes it up again: what a coder had given on the way is nobody's business any more
        of_text = sa.select(CodingTask.id).where(CodingTask.text_id == text.id)
        session.execute(sa.delete(CodingStep).where(CodingStep.task_id.in_(of_text)))
    coders = list(given_by_task(text.id).values())
    if list(differences(coders)):
        text.state = TextState.DIFFERING
        return
    settle(text, (mark for mark in _all(coders)))


def _all(coders: Iterable[Given]) -> Iterable[tuple[uuid.UUID, Mark]]:
    """Return what all coders gave, one mark for each passage and code."""
    found: dict[tuple[uuid.UUID, uuid.UUID], list[Mark]] = {}
    for given in coders:
        for passage, marks in given.items():
            for code, mark in marks.items():
                found.setdefault((passage, code), []).append(mark)
    return [(passage, together(marks)) for (passage, _), marks in found.items()]


def settle(text: CodedText, final: Iterable[tuple[uuid.UUID, Mark]], by: uuid.UUID | None = None) -> None:
    """Write what a text has in the end: marks by passage."""
    session.execute(sa.delete(FinalCoding).where(FinalCoding.text_id == text.id))
    session.add_all(
        FinalCoding(
            id=new_id(),
            text_id=text.id,
            passage_id=passage,
            code_id=mark.code,
            begins=mark.begins,
            ends=mark.ends,
            stance=mark.stance,
        )
        for passage, mark in final
    )
    text.state, text.settled_at, text.settled_by = TextState.SETTLED, clock.now(), by
    session.flush()
