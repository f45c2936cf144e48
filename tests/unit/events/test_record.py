"""The log: gap-free numbers, salted hashes, checkpoints, and what verification finds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.events import SignedOut
from consult.db import new_id, session, transaction
from consult.events.checkpoint import sign_checkpoint, verify_log
from consult.events.models import INSTANCE, Checkpoint, EventRow, Stream
from consult.events.record import record
from consult.events.stream import current_seq, events_after


def _record(count: int) -> None:
    for _ in range(count):
        with transaction():
            record(SignedOut(sign_in=new_id()), actor=None)


def _record_and_fail() -> None:
    with transaction():
        record(SignedOut(sign_in=new_id()), actor=None)
        raise ZeroDivisionError


def test_numbers_have_no_gap_after_a_rollback(app: Flask) -> None:
    _record(2)
    with pytest.raises(ZeroDivisionError):
        _record_and_fail()
    _record(1)
    assert current_seq(INSTANCE) == 3
    assert [e.seq for e in events_after(INSTANCE)] == [1, 2, 3]


def test_recording_outside_a_transaction_is_refused(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        record(SignedOut(sign_in=new_id()), actor=None)


def test_an_untouched_log_verifies(app: Flask) -> None:
    _record(3)
    with transaction():
        sign_checkpoint(INSTANCE)
    assert verify_log() == (3, [])


@pytest.mark.parametrize(
    ("statement", "kind", "seq"),
    [
        ("UPDATE event SET type = 'SignedIn' WHERE seq = 2", "altered", 2),
        ("DELETE FROM event WHERE seq = 2", "removed", 2),
        ("DELETE FROM event WHERE seq = 4", "removed", 4),
    ],
)
def test_tampering_is_named(app: Flask, statement: str, kind: str, seq: int) -> None:
    _record(4)
    with transaction():
        session.execute(sa.text(statement))
    _, faults = verify_log()
    assert [(f.kind, f.seq) for f in faults] == [(kind, seq)]


def test_two_rows_that_change_places_are_named(app: Flask) -> None:
    _record(4)
    with transaction():
        for old, new in ((2, 1002), (3, 2), (1002, 3)):
            session.execute(sa.update(EventRow).where(EventRow.seq == old).values(seq=new))
    _, faults = verify_log()
    assert [(f.kind, f.seq, f.detail) for f in faults] == [
        ("reordered", 2, "this row was number 3 when it was recorded")
    ]


def test_an_erased_row_that_says_something_is_named(app: Flask) -> None:
    _record(3)
    with transaction():
        session.execute(sa.update(EventRow).where(EventRow.seq == 2).values(salt=None))
    _, faults = verify_log()
    assert [(f.kind, f.seq) for f in faults] == [("altered", 2)]


def test_erased_rows_verify_and_their_checkpoint_holds(app: Flask) -> None:
    _record(3)
    with transaction():
        sign_checkpoint(INSTANCE)
        session.execute(sa.update(EventRow).where(EventRow.seq == 2).values(salt=None, facts=sa.null()))
    assert verify_log() == (3, [])


def test_signing_twice_with_nothing_between_is_one_checkpoint(app: Flask) -> None:
    _record(2)
    with transaction():
        first, second = sign_checkpoint(INSTANCE), sign_checkpoint(INSTANCE)
        assert (first.id, first.size) == (second.id, 2)
    assert session.scalar(sa.select(sa.func.count()).select_from(Checkpoint)) == 1


def test_a_note_signed_for_another_size_is_named(app: Flask) -> None:
    _record(2)
    with transaction():
        sign_checkpoint(INSTANCE)
        session.execute(sa.update(Checkpoint).values(size=1))
    _, faults = verify_log()
    assert [(f.kind, f.seq, f.detail) for f in faults] == [("checkpoint", 1, "its note was signed for something else")]


def test_a_row_rewritten_with_its_hash_is_caught_by_the_checkpoint(app: Flask) -> None:
    _record(3)
    with transaction():
        sign_checkpoint(INSTANCE)
    with transaction():
        session.execute(sa.update(EventRow).where(EventRow.seq == 2).values(salt=None, facts=None, leaf=b"x" * 32))
    _, faults = verify_log()
    assert [(f.kind, f.seq, f.detail) for f in faults] == [
        ("altered", 3, "one of the events 1 to 3 is not the one that was signed")
    ]


def test_rows_of_a_stream_that_nobody_counts_are_named(app: Flask) -> None:
    _record(2)
    with transaction():
        session.execute(sa.update(Stream).values(seq=1))
    _, faults = verify_log()
    assert [(f.kind, f.seq) for f in faults] == [("added", 2)]
