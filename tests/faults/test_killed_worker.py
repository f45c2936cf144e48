"""A worker killed in the middle of its deliveries loses none and does none twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.accounts.events import PersonRegistered
from consult.app import create_app
from consult.db import database, new_id, session, transaction
from consult.events.models import Delivery
from consult.events.record import record
from consult.plugins.hookspecs import hookimpl
from consult.settings import Settings
from consult.testing.installed import install_plugin
from consult.testing.sample import disposed

pytestmark = pytest.mark.faults

EVENTS = 150
#: It writes first and takes its time, so that a kill nearly always meets it between writing and the end.
PLUGIN = """
import time
import sqlalchemy as sa
from consult.sdk import hookimpl, session

@hookimpl
def consult_event(event):
    session.execute(sa.text("INSERT INTO counting_heard VALUES (:event)"), {"event": str(event.id)})
    time.sleep(0.01)
"""


class Counting:
    """The same plugin for this process, which only has to know that it is there."""

    @hookimpl
    def consult_event(self) -> None:
        """Never called here."""


@pytest.fixture
def events(settings: Settings) -> Iterator[list[str]]:
    """The ids of the events that are to be delivered; the application stays open for questions."""
    with create_app(settings, plugins={"counting": Counting()}).app_context(), disposed():
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE counting_heard (event TEXT NOT NULL)")
        with transaction():
            recorded = [str(record(PersonRegistered(person=new_id()), actor=None).id) for _ in range(EVENTS)]
        yield recorded


def heard() -> list[str]:
    """Return what the plugin has written and kept."""
    session.rollback()
    return list(session.execute(sa.text("SELECT event FROM counting_heard")).scalars())


def test_each_event_takes_effect_once_however_often_the_worker_is_killed(
    settings: Settings, events: list[str], tmp_path: Path
) -> None:
    environment = install_plugin(tmp_path / "site", "counting", PLUGIN) | {
        "CONSULT_INSTANCE_PATH": str(settings.instance_path),
        "CONSULT_DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-m", "consult", "worker"]
    for _ in range(3):
        before = len(heard())
        worker = subprocess.Popen(command, env=environment)
        while len(heard()) < before + 10 and worker.poll() is None:
            time.sleep(0.005)
        worker.kill()
        assert worker.wait() == -9
    assert 30 <= len(heard()) < EVENTS
    assert subprocess.run([*command, "--once"], env=environment).returncode == 0
    assert sorted(heard()) == sorted(events)
    attempts = session.execute(
        sa.select(Delivery.attempts, Delivery.last_error, Delivery.done_at.is_not(None), sa.func.count()).group_by(
            Delivery.attempts, Delivery.last_error, Delivery.done_at.is_not(None)
        )
    ).all()
    assert [tuple(row) for row in attempts] == [(1, "", True, EVENTS)]


def test_two_workers_at_once_do_nothing_twice(settings: Settings, events: list[str], tmp_path: Path) -> None:
    environment = install_plugin(tmp_path / "site", "counting", PLUGIN) | {
        "CONSULT_INSTANCE_PATH": str(settings.instance_path),
        "CONSULT_DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-m", "consult", "worker", "--once"]
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [worker.wait(timeout=60) for worker in running] == [0, 0]
    assert sorted(heard()) == sorted(events)
