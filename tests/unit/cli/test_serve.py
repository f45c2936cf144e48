"""`consult serve` and `consult worker`, as processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult import __version__
from consult.app import create_app
from consult.db import session
from consult.events.models import Delivery
from consult.settings import Settings
from consult.testing.acts import hand_in
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.testing.world import make_world

from .conftest import Run


def test_it_answers_with_its_version_and_stops_when_told(settings: Settings) -> None:
    port = free_port()
    with running_server(settings, port, workers=2) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/health", timeout=5) as answer:
            assert answer.read() == f"ok consult {__version__}\n".encode()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_first_address_leads_to_a_page(settings: Settings) -> None:
    port = free_port()
    with running_server(settings, port), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.url == f"http://127.0.0.1:{port}/ar/"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_is_behind_is_refused(run: Run, fresh: Path, command: str) -> None:
    result = run(command)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the database is behind (consult, academic, cso, municipal): run `consult upgrade` first\n",
    )


def event_to_deliver(settings: Settings) -> None:
    """Hand something in: its author is told, and plugins react."""
    with create_app(settings).app_context(), disposed():
        hand_in(make_world(), "professor", {"discipline": "law"})


def undelivered(settings: Settings) -> int:
    """Count what is still to be delivered."""
    with create_app(settings).app_context(), disposed():
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery))
        count = sa.select(sa.func.count()).where(Delivery.done_at.is_(None))
        return session.scalar(count) or 0


def test_the_worker_does_once_what_is_due(run: Run, migrated: Settings) -> None:
    event_to_deliver(migrated)
    assert undelivered(migrated) > 0
    result = run("worker", "--once")
    assert (result.exit_code, result.output) == (0, "")
    assert undelivered(migrated) == 0


def test_the_worker_works_until_it_is_told_to_stop(migrated: Settings) -> None:
    worker = subprocess.Popen([sys.executable, "-m", "consult", "worker"], env=os.environ)
    try:
        event_to_deliver(migrated)
        deadline = time.monotonic() + 20
        while undelivered(migrated) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert undelivered(migrated) == 0
        worker.terminate()
        assert worker.wait(timeout=10) == 0
    finally:
        worker.kill()
        worker.wait()


def test_the_server_delivers_too_where_the_setting_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_WORKER_IN_PROCESS", "true")
    with running_server(settings, free_port()):
        event_to_deliver(settings)
        deadline = time.monotonic() + 20
        while undelivered(settings) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert undelivered(settings) == 0
