"""Several acts at the same moment, for tests of what happens where two people press a button at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask

from consult.db import session
from consult.errors import ConsultError


def at_once(app: Flask, acts: Sequence[Callable[[], object]]) -> list[str]:
    """Do the acts at the same moment, each in a context of its own; return "done" or the name of the refusal."""
    ready = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        with app.app_context():
            session.execute(sa.select(1))
            ready.wait(10)
            try:
                act()
            except ConsultError as refused:
                return type(refused).__name__
            return "done"

    session.rollback()
    with ThreadPoolExecutor(len(acts)) as pool:
        came = list(pool.map(one, acts))
    session.rollback()
    return came
