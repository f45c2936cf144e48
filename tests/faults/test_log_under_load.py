"""The log under real concurrency: numbers without a gap, whatever is rolled back meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask

from consult.db import new_id
from consult.events.checkpoint import verify_log
from consult.events.stream import current_seq, events_after
from consult.settings import Settings
from consult.testing.workers import record_some, workers

pytestmark = pytest.mark.faults


def test_eight_processes_leave_no_gap_in_a_stream(app: Flask, settings: Settings) -> None:
    stream = new_id()  # not begun yet: they also race for its first number
    with workers(settings, 8) as pool:
        kept = [task.result() for task in [pool.submit(record_some, stream, 40) for _ in range(8)]]
    assert [len(numbers) for numbers in kept] == [30] * 8
    assert all(numbers == sorted(numbers) for numbers in kept)
    assert sorted(number for numbers in kept for number in numbers) == list(range(1, 241))
    assert current_seq(stream) == 240
    assert [event.seq for event in events_after(stream, limit=1000)] == list(range(1, 241))
    assert verify_log() == (240, [])
