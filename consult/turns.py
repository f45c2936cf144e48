"""One request at a time in a process, but for those that wait: a page is never behind somebody's password.

Two requests that run Python at the same time in one process take more than twice as long as one after the other, so each
has its turn. What takes long without Python (hashing a password) lets the others run meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from consult.db import let_go
from consult.errors import Busy


class Turns:
    """The turn of a process: held by at most one thread."""

    def __init__(self) -> None:
        """Nobody has the turn."""
        self._lock, self._here = threading.Lock(), threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn and hold it inside the block."""
        with self._lock:
            self._here.held = True
            try:
                yield
            finally:
                self._here.held = False

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Let others have the turn inside the block; where this thread does not hold it, nothing happens."""
        if not getattr(self._here, "held", False):
            yield
            return
        self._here.held = False
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self._here.held = True


turns = Turns()


class Queue:
    """A line in a process for work that takes long without Python: so many at a time, so many who wait, and no longer."""

    def __init__(self, at_once: int, most_waiting: int, patience: float) -> None:
        """Open the line; `patience` in seconds."""
        self._served = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + most_waiting)
        self._patience = patience

    @contextmanager
    def served(self) -> Iterator[None]:
        """Wait, without turn and without a connection to the database, and work inside the block.

        Raises Busy at once when too many wait, and after the patience.
        """
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            let_go()
            with turns.passed(), self._in_line():
                yield
        finally:
            self._places.release()

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        if not self._served.acquire(timeout=self._patience):
            raise Busy
        try:
            yield
        finally:
            self._served.release()
