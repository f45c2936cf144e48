"""One request at a time, but for those that wait for a password: they let the others run, and their line has an end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.db import database, session, transaction
from consult.errors import Busy
from consult.turns import Queue, Turns, turns

#: A thread that does not come through by then never does.
DEADLOCK = 30


def _meanwhile(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_whoever_passes_the_turn_lets_others_run_and_waits_for_it_again() -> None:
    desk, seen, passed, go_on = Turns(), [], threading.Event(), threading.Event()

    def first() -> None:
        with desk.taken():
            seen.append("first")
            with desk.passed():
                passed.set()
                assert go_on.wait(DEADLOCK)
            seen.append("first again")

    thread = _meanwhile(first)
    assert passed.wait(DEADLOCK)
    with desk.taken():
        go_on.set()
        seen.append("second")
    thread.join(DEADLOCK)
    assert seen == ["first", "second", "first again"]


def test_the_turn_comes_back_whatever_went_wrong() -> None:
    desk = Turns()
    with pytest.raises(ValueError, match="inside"), desk.taken(), desk.passed():
        raise ValueError("inside")
    with desk.taken(), desk.passed(), desk.passed():
        pass
    with desk.passed():  # who has no turn passes none
        pass


def test_a_full_line_is_said_at_once_and_a_place_is_free_again_afterwards() -> None:
    line, waits, through = Queue(at_once=1, most_waiting=1, patience=DEADLOCK), threading.Event(), threading.Event()

    def waiting() -> None:
        waits.set()
        with line.served():
            through.set()

    with line.served():
        thread = _meanwhile(waiting)
        assert waits.wait(DEADLOCK)
        _until_full(line)
        with pytest.raises(Busy), line.served():
            pass
    assert through.wait(DEADLOCK)
    thread.join(DEADLOCK)
    with line.served():
        pass


def _until_full(line: Queue) -> None:
    """Wait for the other thread to take the last place."""
    while line._places.acquire(blocking=False):
        line._places.release()


def test_whoever_waits_too_long_is_told(app: Flask) -> None:
    line = Queue(at_once=1, most_waiting=1, patience=0)
    with line.served(), pytest.raises(Busy), line.served():
        pass


def test_whoever_waits_holds_neither_turn_nor_connection(app: Flask) -> None:
    line = Queue(at_once=1, most_waiting=1, patience=DEADLOCK)
    with turns.taken():
        session.execute(sa.text("SELECT 1"))
        assert database.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
        with line.served():
            assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
            taken = threading.Event()

            def other() -> None:
                with turns.taken():
                    taken.set()

            _meanwhile(other).join(DEADLOCK)
            assert taken.is_set()


def test_inside_of_a_transaction_nothing_is_let_go(app: Flask) -> None:
    line = Queue(at_once=1, most_waiting=1, patience=DEADLOCK)
    with transaction(), line.served():
        assert session().in_transaction()
