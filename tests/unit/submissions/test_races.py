"""Four processes that hand in at once: numbers without a gap, the same draft once."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.db import new_id, session
from consult.events.models import EventRow
from consult.settings import Settings
from consult.submissions.models import Revision, Submission
from consult.testing.world import World
from consult.testing.writers import hand_in_all, writers


def test_receipt_numbers_have_no_gap_and_no_double(app: Flask, world: World, settings: Settings) -> None:
    with writers(settings, 4) as pool:
        tasks = [
            pool.submit(hand_in_all, world.consultation_id, world.members[key], [new_id() for _ in range(10)], 5)
            for key in ("ghat", "derna", "zuwara", "professor")
        ]
        numbers = [number for task in tasks for number in task.result(timeout=120)]
    year = clock.now().year
    assert sorted(numbers) == [f"TT-{year}-{n:05}" for n in range(1, 41)]
    session.rollback()
    seqs = session.scalars(
        sa.select(EventRow.seq).where(EventRow.stream_id == world.consultation_id).order_by(EventRow.seq)
    ).all()
    assert seqs == list(range(1, 41))


def test_one_draft_handed_in_by_four_processes_is_one_submission(app: Flask, world: World, settings: Settings) -> None:
    drafts = [new_id() for _ in range(10)]
    with writers(settings, 4) as pool:
        tasks = [
            pool.submit(hand_in_all, world.consultation_id, world.members["professor"], drafts, 0) for _ in range(4)
        ]
        answers = [task.result(timeout=120) for task in tasks]
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == 10
    session.rollback()
    assert session.execute(sa.select(sa.func.count()).select_from(Submission)).scalar_one() == 10
    assert session.execute(sa.select(sa.func.count()).select_from(Revision)).scalar_one() == 10
