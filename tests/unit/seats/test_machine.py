"""Any sequence of acts on seats, on both databases; `make soak` runs it for much longer."""

from __future__ import annotations

import os

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from consult.events.checkpoint import verify_log
from tests.unit.seats.machine import Plenary

#: Examples in all: 200 in a run of the tests, 5,000 in `make soak`; each of so many steps. The services are the same on both
#: databases and SQLite is the faster one, so it takes seven of ten.
EXAMPLES = int(os.environ.get("CONSULT_SOAK", "200"))
SHARE = {"sqlite": 7, "postgresql": 3}
STEPS = 50


def test_no_sequence_counts_a_seat_twice(app: Flask, engine: str) -> None:
    examples = EXAMPLES * SHARE[engine] // 10
    run_state_machine_as_test(
        Plenary,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize="CONSULT_SOAK" not in os.environ,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    read, faults = verify_log()
    assert read > examples
    assert faults == []
