"""Two acts at once, in an order that is the same each time: the second begins before the first is committed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consult.db import dialect_name, session, transaction
from consult.errors import ConsultError

#: Seconds that the second act is waited for: to come to what the first holds, and to end.
PATIENCE = 20
BLOCKED = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
)


def begun_meanwhile(app: Flask, first: Callable[[], object], second: Callable[[], object]) -> Any:
    """Do `first` in a transaction; commit once `second`, in a thread of its own, waits for it or has ended.

    Returns what the second returned, or the error that it was told.
    """
    came_to: list[Any] = []

    def act() -> None:
        with app.app_context():
            try:
                came_to.append(second())
            except ConsultError as told:
                came_to.append(told)

    other = Thread(target=act)
    with transaction():
        first()
        session.flush()
        other.start()
        _wait_for(other)
    other.join(PATIENCE)
    session.rollback()
    return came_to[0]


def _wait_for(other: Thread) -> None:
    """Wait until the thread is held up by what this one has open; on SQLite it cannot begin before."""
    until = monotonic() + PATIENCE
    while dialect_name() == "postgresql" and other.is_alive() and monotonic() < until:
        if session.scalar(BLOCKED):
            return
        sleep(0.01)
