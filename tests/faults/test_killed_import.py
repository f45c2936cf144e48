"""An import killed in the middle leaves whole rows only, and goes on where it stopped."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.db import session
from consult.events.checkpoint import verify_log
from consult.events.models import EventRow
from consult.settings import Settings
from consult.submissions.models import Passage, Revision, Submission
from consult.testing.world import World

pytestmark = pytest.mark.faults

ROWS = 1_500
MAP = """
key = "{id}"
language = "es"
title = "Respuesta {id}"

[[text]]
column = "text"

[[proposal]]
column = "proposal"
"""


@pytest.fixture
def command(settings: Settings, world: World, tmp_path: Path) -> list[str]:
    """The command that imports a file of so many rows."""
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "proposal"])
        writer.writerows([number, f"Texto {number}.", f"Propuesta {number}."] for number in range(1, ROWS + 1))
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    arguments = ["import", "submissions", str(tmp_path / "rows.csv"), "--consultation", "test"]
    return [sys.executable, "-m", "consult", *arguments, "--map", str(tmp_path / "map.toml")]


def rows() -> int:
    """Return how many rows are there by now."""
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Submission)) or 0


def whole_rows() -> int:
    """Check that every row that is there is whole, and return their number."""
    count = rows()
    numbers = session.scalars(sa.select(Submission.number).order_by(Submission.number)).all()
    assert numbers == [f"TT-{clock.now().year}-{place:05}" for place in range(1, count + 1)]
    assert session.scalar(sa.select(sa.func.count()).select_from(Revision)) == count
    assert session.scalar(sa.select(sa.func.count()).select_from(Passage)) == 2 * count
    received = sa.select(sa.func.count()).where(EventRow.type == "SubmissionReceived")
    assert session.scalar(received) == count
    session.rollback()
    return count


def test_a_killed_import_goes_on_where_it_stopped(
    app: Flask, settings: Settings, command: list[str], tmp_path: Path
) -> None:
    environment = os.environ | {
        "CONSULT_INSTANCE_PATH": str(settings.instance_path),
        "CONSULT_DATABASE_URL": settings.database_url,
    }
    before = 0
    for _ in range(2):
        running = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=tmp_path)
        while rows() == before and running.poll() is None:
            time.sleep(0.005)
        time.sleep(0.02)  # into the next rows
        running.kill()
        assert running.wait() == -9
        before = whole_rows()
    assert 0 < before < ROWS
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"imported {ROWS - before}, unchanged {before}, rejected 0", done.stdout.splitlines()[-1])
    assert whole_rows() == ROWS
    assert verify_log()[1] == []
