"""Steps at the coding desk: taken back one after the other and done again, by their coder alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from consult.coding.models import CodedText, CodingStep, CodingTask
from consult.coding.queries import codebook, marks_of, memos_of, next_task
from consult.coding.services import (
    CodingDraft,
    end_coder,
    finish_text,
    merge_code,
    redo_codes,
    reopen_text,
    save_codes,
    undo_codes,
)
from consult.coding.states import TextState
from consult.coding.undoing import MOST_STEPS, Steps, steps_of
from consult.db import session
from consult.errors import Conflict, Forbidden
from consult.submissions.models import Submission
from consult.testing.acts import hide, recorded
from consult.testing.coding import FIRST, SECOND, Room, open_room
from consult.testing.story import Story

ONE = "TT-2026-00001"


def given(room: Room, key: str, number: str = ONE) -> dict[int, list[tuple[int, str]]]:
    """What stands beside each passage: numbers of codes with their stances."""
    numbers = {code.id: code.number for code in codebook(room.world.consultation_id)}
    found = marks_of(room.task(key, number))
    lines = [sorted((numbers[mark.code], mark.stance) for mark in marks) for marks in found.values()]
    return dict(enumerate(sorted(lines), start=1))


def draft(room: Room, key: str, lines: Mapping[int, str] | None = None, number: str = ONE) -> CodingDraft:
    """What a page sends: what stands, or other lines."""
    task = session.get_one(CodingTask, room.task(key, number))
    return CodingDraft(task.version, lines or {})


def undo(room: Room, key: str, lines: Mapping[int, str]) -> None:
    undo_codes(draft(room, key, lines), task=room.task(key, ONE), actor=room.world.actor(key))


def redo(room: Room, key: str, lines: Mapping[int, str]) -> None:
    redo_codes(draft(room, key, lines), task=room.task(key, ONE), actor=room.world.actor(key))


def test_steps_are_taken_back_and_done_again_in_order(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    room.save(FIRST, ONE, {1: "2"})
    room.save(FIRST, ONE, {1: "2+ 3"}, {1: "memo"})
    room.save(FIRST, ONE, {1: "3"})
    room.save(FIRST, ONE, {1: "3"})  # changes nothing: no step
    task = room.task(FIRST, ONE)
    assert steps_of(task) == Steps(back=3)
    undo(room, FIRST, {1: "3"})
    assert given(room, FIRST) == {1: [(2, "for"), (3, "")]}
    undo(room, FIRST, {1: "2+ 3"})
    assert given(room, FIRST) == {1: [(2, "")]}
    undo(room, FIRST, {1: "2"})
    assert (given(room, FIRST), steps_of(task)) == ({}, Steps(again=3))
    with pytest.raises(Conflict, match="nothing left that could be taken back"):
        undo(room, FIRST, {})
    redo(room, FIRST, {})
    redo(room, FIRST, {1: "2"})
    assert (given(room, FIRST), steps_of(task)) == ({1: [(2, "for"), (3, "")]}, Steps(back=2, again=1))
    assert [e.facts["number"] for e in recorded("CodingUndone")] == [ONE] * 3
    assert [e.facts["number"] for e in recorded("CodingRedone")] == [ONE] * 2


def test_what_was_written_and_not_saved_is_the_last_step(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    room.save(FIRST, ONE, {1: "2"})
    undo(room, FIRST, {1: "2 3"})
    assert given(room, FIRST) == {1: [(2, "")]}
    redo(room, FIRST, {1: "2"})
    assert given(room, FIRST) == {1: [(2, ""), (3, "")]}
    undo(room, FIRST, {1: "2 3"})
    room.save(FIRST, ONE, {1: "4"})
    assert steps_of(room.task(FIRST, ONE)) == Steps(back=2)  # after a new step, there is no way on to the old one
    with pytest.raises(Conflict, match="nothing left that could be done again"):
        redo(room, FIRST, {1: "4"})
    assert given(room, FIRST) == {1: [(4, "")]}


def test_memos_stay(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    room.save(FIRST, ONE, {1: "2"}, {1: "memo"})
    written = CodingDraft(draft(room, FIRST).version, {1: "2"}, {1: "another"})
    undo_codes(written, task=room.task(FIRST, ONE), actor=written_texts.world.actor(FIRST))
    assert (given(room, FIRST), list(memos_of(room.task(FIRST, ONE)).values())) == ({}, ["another"])


def test_nobody_takes_back_what_another_coder_gave(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    room.save(FIRST, ONE, {1: "2"})
    room.save(SECOND, ONE, {1: "3"})
    with pytest.raises(Forbidden):
        undo_codes(draft(room, FIRST, {1: "2"}), task=room.task(FIRST, ONE), actor=written_texts.world.actor(SECOND))
    undo(room, SECOND, {1: "3"})
    assert (given(room, FIRST), given(room, SECOND)) == ({1: [(2, "")]}, {})
    assert steps_of(room.task(FIRST, ONE)) == Steps(back=1)


def test_a_step_is_not_taken_back_from_a_page_that_fell_behind(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    old = draft(room, FIRST, {1: "2"})
    room.save(FIRST, ONE, {1: "3"})
    for turn in (undo_codes, redo_codes):
        with pytest.raises(Conflict, match="another page"):
            turn(old, task=room.task(FIRST, ONE), actor=written_texts.world.actor(FIRST))
    assert given(room, FIRST) == {1: [(3, "")]}
    hide(written_texts.world, session.scalars(sa.select(Submission).where(Submission.number == ONE)).one())
    with pytest.raises(Conflict, match="coded no more"):
        undo(room, FIRST, {1: "3"})


def test_a_code_that_was_merged_since_is_taken_back_too(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    room.save(FIRST, ONE, {1: "2"})
    room.save(FIRST, ONE, {1: "3"})
    merge_code(2, into=4, consultation=written_texts.world.consultation, actor=written_texts.world.actor("organiser"))
    undo(room, FIRST, {1: "3"})
    assert given(room, FIRST) == {1: [(4, "")]}
    redo(room, FIRST, {1: "4"})
    assert given(room, FIRST) == {1: [(3, "")]}


def test_steps_last_as_long_as_a_text_can_be_taken_up_again(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    for key in (FIRST, SECOND):
        room.save(key, ONE, {1: "2"})
    task, actor = room.task(FIRST, ONE), written_texts.world.actor(FIRST)
    finish_text(task=task, actor=actor)
    with pytest.raises(Conflict, match="finished"):
        undo(room, FIRST, {1: "2"})
    reopen_text(task=task, actor=actor)
    assert steps_of(task) == Steps(back=1)
    finish_text(task=task, actor=actor)
    finish_text(task=room.task(SECOND, ONE), actor=written_texts.world.actor(SECOND))
    assert room.state(ONE) is TextState.SETTLED
    of_one = sa.select(CodingTask.id).where(CodingTask.text_id == session.get_one(CodingTask, task).text_id)
    count = sa.select(sa.func.count()).select_from(CodingStep)
    assert session.scalar(count.where(CodingStep.task_id.in_(of_one))) == 0


def test_a_coder_who_ends_leaves_no_steps(written_texts: Story) -> None:
    room = open_room(written_texts.world, twice=0)
    number = next_task(room.coder(FIRST).id) or ""
    room.save(FIRST, number, {1: "2"})
    end_coder(
        room.coder(FIRST).number,
        consultation=written_texts.world.consultation,
        actor=written_texts.world.actor("organiser"),
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(CodingStep)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(CodedText)) < 3


def test_only_so_many_steps_are_kept(written_texts: Story) -> None:
    room = open_room(written_texts.world)
    for turn in range(MOST_STEPS + 5):
        save_codes(
            draft(room, FIRST, {1: str(2 + turn % 2)}),
            task=room.task(FIRST, ONE),
            actor=written_texts.world.actor(FIRST),
        )
    assert steps_of(room.task(FIRST, ONE)) == Steps(back=MOST_STEPS)
