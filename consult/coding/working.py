"""Coding a text: saving as one goes, taking steps back, finishing it, taking it up again; and deciding where coders differ."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.coding.agreement_queries import difference_of
from consult.coding.events import CodingReconciled, CodingRedone, CodingReopened, CodingUndone, TextCoded
from consult.coding.marks import Mark, differences, place_mark, read_line, together
from consult.coding.models import Code, CodedText, Coder, Coding, CodingMemo, CodingTask, FinalCoding
from consult.coding.settling import given_by_task, settle, settle_if_done
from consult.coding.states import TextState
from consult.coding.undoing import given_now, note_step, turn_again, turn_back
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.models import Submission
from consult.submissions.queries import ShownPassage, passages_of
from consult.submissions.states import SubmissionState

#: Characters of a memo on a passage.
MEMO_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class CodingDraft:
    """What a coder wrote: `lines` and `memos` by the number of the passage, codes `picked` besides, and the `version` they saw."""

    version: int
    lines: Mapping[int, str] = field(default_factory=dict)
    memos: Mapping[int, str] = field(default_factory=dict)
    picked: Mapping[int, Collection[int]] = field(default_factory=dict)


def save_codes(draft: CodingDraft, *, task: uuid.UUID, actor: Actor) -> CodingTask:
    """Save what a coder gave a text so far; what nobody finished is no event.

    Raises Rejected with every problem at `codes_N` or `memo_N`, N the passage's number; Conflict if the text moved on, is
    finished, or was saved from another page meanwhile.
    """
    with transaction():
        row, text = _own(task, actor)
        _demand_open(row, text)
        if row.version != draft.version:
            raise Conflict(
                N_(
                    "This text was saved from another page meanwhile. Nothing was written over: look at both, then save."
                )
            )
        passages = passages_of(text.submission_id, text.revision)
        before = _present(row.id)
        marks = _checked(draft, passages, before, text.consultation_id)
        stood = given_now(row.id)
        _write(row.id, before, marks)
        session.flush()
        note_step(row, stood)
        _write_memos(row.id, {p.id: clean_text(draft.memos.get(p.number, "")) for p in passages})
        row.version += 1
        row.saved_at = clock.now()
        session.flush()
        return row


def undo_codes(draft: CodingDraft, *, task: uuid.UUID, actor: Actor) -> CodingTask:
    """Take back the last step of a coder on a text: the codes stand as before it; memos stay.

    What is written and not saved yet is saved first: then it is the step that is taken back, and can be done again.
    Raises what `save_codes` raises, and Conflict where nothing is left to be taken back.
    """
    with transaction():
        row = save_codes(draft, task=task, actor=actor)
        turn_back(row)
        _record(CodingUndone, session.get_one(CodedText, row.text_id), actor)
        return row


def redo_codes(draft: CodingDraft, *, task: uuid.UUID, actor: Actor) -> CodingTask:
    """Do the step again that a coder took back last. Raises as `undo_codes`: after a new step there is nothing to be done again."""
    with transaction():
        row = save_codes(draft, task=task, actor=actor)
        turn_again(row)
        _record(CodingRedone, session.get_one(CodedText, row.text_id), actor)
        return row


def _own(task: uuid.UUID, actor: Actor) -> tuple[CodingTask, CodedText]:
    """Return a task of the actor and its text, locked: the text first, which other coders wait for too."""
    text_id = session.execute(sa.select(CodingTask.text_id).where(CodingTask.id == task)).scalar_one()
    text = session.get_one(CodedText, text_id, with_for_update=True, populate_existing=True)
    row = session.get_one(CodingTask, task, populate_existing=True)
    demand(actor, "coding.code", session.get_one(Coder, row.coder_id))
    return row, text


def _demand_open(row: CodingTask, text: CodedText) -> None:
    if row.done_at is not None or text.state != TextState.OPEN:
        raise Conflict(N_("This text is finished. Take it up again to change what you gave."))
    submission = session.get_one(Submission, text.submission_id)
    if submission.state != SubmissionState.ACCEPTED or submission.revision != text.revision:
        raise Conflict(N_("This text was hidden, withdrawn or corrected meanwhile: it is coded no more."))


def _present(task: uuid.UUID) -> Mapping[tuple[uuid.UUID, uuid.UUID], list[Coding]]:
    """Return the rows of a task by passage and the code they count for."""
    found: dict[tuple[uuid.UUID, uuid.UUID], list[Coding]] = {}
    rows = session.execute(
        sa.select(Coding, Code.merged_into_id).join(Code, Code.id == Coding.code_id).where(Coding.task_id == task)
    )
    for coding, merged in rows:
        found.setdefault((coding.passage_id, merged or coding.code_id), []).append(coding)
    return found


def _checked(
    draft: CodingDraft,
    passages: Sequence[ShownPassage],
    before: Collection[tuple[uuid.UUID, uuid.UUID]],
    consultation: uuid.UUID,
) -> Mapping[tuple[uuid.UUID, uuid.UUID], Mark]:
    known = session.scalars(sa.select(Code).where(Code.consultation_id == consultation)).all()
    by_id = {code.id: code for code in known}
    counted = {code.number: by_id[code.merged_into_id or code.id] for code in known}
    problems: list[Problem] = []
    found: dict[tuple[uuid.UUID, uuid.UUID], Mark] = {}
    for passage in passages:
        line = " ".join([draft.lines.get(passage.number, ""), *_unwritten(draft, passage.number)])
        written, problem = read_line(line)
        if problem is not None:
            problems.append(Problem(f"codes_{passage.number}", problem))
        for one in written:
            code = counted.get(one.number)
            if code is None or (code.retired_at is not None and (passage.id, code.id) not in before):
                words = N_("There is no code %(number)s in the codebook.", number=one.number)
                problems.append(Problem(f"codes_{passage.number}", words))
            elif (mark := place_mark(one, code.id, passage.text)) is None:
                words = N_("Passage %(number)s has no such sentences.", number=passage.number)
                problems.append(Problem(f"codes_{passage.number}", words))
            else:
                found[passage.id, code.id] = mark
        if len(draft.memos.get(passage.number, "")) > MEMO_LIMIT:
            words = N_("Write at most %(limit)s characters.", limit=MEMO_LIMIT)
            problems.append(Problem(f"memo_{passage.number}", words))
    if problems:
        raise Rejected(problems)
    return found


def _unwritten(draft: CodingDraft, passage: int) -> list[str]:
    """Return the picked codes that the line does not write itself: there they may have a stance or a part."""
    written = {one.number for one in read_line(draft.lines.get(passage, ""))[0]}
    return [str(number) for number in draft.picked.get(passage, ()) if number not in written]


def _write(
    task: uuid.UUID,
    before: Mapping[tuple[uuid.UUID, uuid.UUID], Sequence[Coding]],
    marks: Mapping[tuple[uuid.UUID, uuid.UUID], Mark],
) -> None:
    for key, rows in before.items():
        for row in rows:
            if key in marks:
                row.begins, row.ends, row.stance = marks[key].begins, marks[key].ends, marks[key].stance
            else:
                session.delete(row)
    session.add_all(
        Coding(
            id=new_id(),
            task_id=task,
            passage_id=passage,
            code_id=code,
            begins=mark.begins,
            ends=mark.ends,
            stance=mark.stance,
        )
        for (passage, code), mark in marks.items()
        if (passage, code) not in before
    )


def _write_memos(task: uuid.UUID, memos: Mapping[uuid.UUID, str]) -> None:
    session.execute(sa.delete(CodingMemo).where(CodingMemo.task_id == task))
    session.add_all(CodingMemo(task_id=task, passage_id=passage, text=text) for passage, text in memos.items() if text)


def finish_text(*, task: uuid.UUID, actor: Actor) -> CodedText:
    """Say that a text is coded; the last of its coders settles it, or shows where they differ. Raises Conflict."""
    with transaction():
        row, text = _own(task, actor)
        _demand_open(row, text)
        row.done_at = clock.now()
        session.flush()
        settle_if_done(text)
        _record(TextCoded, text, actor)
        return text


def reopen_text(*, task: uuid.UUID, actor: Actor) -> CodingTask:
    """Take a finished text up again, as long as nobody else has finished with it too. Raises Conflict."""
    with transaction():
        row, text = _own(task, actor)
        if row.done_at is None:
            raise Conflict
        if text.state != TextState.OPEN and text.coders > 1:
            raise Conflict(N_("Every coder of this text is done: what you gave stays as it is."))
        row.done_at = None
        text.state, text.settled_at = TextState.OPEN, None
        session.execute(sa.delete(FinalCoding).where(FinalCoding.text_id == text.id))
        session.flush()
        _record(CodingReopened, text, actor)
        return row


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decided between coders: the passages and codes that stay of those on which they differ."""

    kept: frozenset[tuple[uuid.UUID, uuid.UUID]]


def reconcile(verdict: Verdict, *, text: uuid.UUID, actor: Actor) -> CodedText:
    """Decide where the coders of a text differ; what they share stays, and what each gave is kept. Raises Rejected, Conflict.

    A code that is kept although coders marked different stances stays `unclear`.
    """
    with transaction():
        row = session.get_one(CodedText, text, with_for_update=True, populate_existing=True)
        demand(actor, "coding.reconcile", difference_of(row))
        if row.state != TextState.DIFFERING:
            raise Conflict(N_("The coders of this text do not differ any more."))
        coders = list(given_by_task(row.id).values())
        open_questions = set(differences(coders))
        if not verdict.kept <= open_questions:
            raise Rejected(N_("This is not what the coders differ on. Look at the page again."))
        final = []
        everything = dict.fromkeys((p, c) for given in coders for p, codes in given.items() for c in codes)
        for passage, code in everything:
            if (passage, code) not in open_questions or (passage, code) in verdict.kept:
                said = [given[passage][code] for given in coders if code in given.get(passage, {})]
                final.append((passage, together(said)))
        settle(row, final, actor.person)
        _record(CodingReconciled, row, actor)
        return row


def _record(
    kind: type[TextCoded | CodingUndone | CodingRedone | CodingReopened | CodingReconciled],
    text: CodedText,
    actor: Actor,
) -> None:
    number = session.execute(sa.select(Submission.number).where(Submission.id == text.submission_id)).scalar_one()
    record(kind(text.submission_id, number), stream=text.consultation_id, actor=actor.person)


__all__ = [
    "CodingDraft",
    "Verdict",
    "finish_text",
    "reconcile",
    "redo_codes",
    "reopen_text",
    "save_codes",
    "undo_codes",
]
