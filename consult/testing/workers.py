"""Real processes with an application each, for tests of what happens at the same time."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from flask import Flask

from consult.accounts.access import OPERATOR, Actor, Membership
from consult.accounts.attempts import Limit, count_attempt
from consult.accounts.events import PersonRegistered
from consult.accounts.log_key import forget_former_log_keys, renew_log_key
from consult.accounts.models import Body
from consult.app import create_app
from consult.ballots.box import cast
from consult.ballots.models import Ballot
from consult.consultations.models import Consultation
from consult.consultations.seats.services import create_seats_for
from consult.db import new_id, session, transaction
from consult.errors import Conflict, TooManyTries
from consult.events.checkpoint import sign_checkpoint
from consult.events.record import record
from consult.settings import Settings

_app: Flask | None = None
_start: Any = None


def _begin(settings: Settings, barrier: Any) -> None:
    global _app, _start
    _app, _start = create_app(settings), barrier


@contextmanager
def workers(settings: Settings, count: int) -> Iterator[ProcessPoolExecutor]:
    """Start `count` processes on one instance. Give them exactly `count` tasks at a time: they begin together."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["consult.testing.workers"])
    barrier = context.Barrier(count)
    with ProcessPoolExecutor(count, context, _begin, (settings, barrier)) as pool:
        yield pool


def _voter(consultation: uuid.UUID, member: uuid.UUID) -> Actor:
    return Actor(person=member, memberships=(Membership(member, consultation, "municipal", None, True),))


def cast_for_all(ballot: uuid.UUID, members: Sequence[uuid.UUID], choices: Sequence[str]) -> int:
    """Cast each of `choices` for every member in turn, and return how many casts were acknowledged."""
    assert _app is not None
    with _app.app_context():
        row = session.get_one(Ballot, ballot)
        consultation = row.consultation_id
        _start.wait(timeout=60)
        done = 0
        for choice in choices:
            for member in members:
                cast(row, choice, actor=_voter(consultation, member))
                done += 1
    return done


def cast_until_closed(ballot: uuid.UUID, member: uuid.UUID, choices: Sequence[str]) -> list[str]:
    """Cast one after another for a member until the ballot is closed, and return what was acknowledged, in order."""
    assert _app is not None
    acknowledged: list[str] = []
    with _app.app_context():
        row = session.get_one(Ballot, ballot)
        consultation = row.consultation_id
        _start.wait(timeout=60)
        while True:
            choice = choices[len(acknowledged) % len(choices)]
            try:
                cast(row, choice, actor=_voter(consultation, member))
            except Conflict:
                return acknowledged
            acknowledged.append(choice)


def make_seat(consultation: uuid.UUID, track: str, body: uuid.UUID) -> int:
    """Make the seat of a body that has none, and return how many were made."""
    assert _app is not None
    with _app.app_context():
        here, row = session.get_one(Consultation, consultation), session.get_one(Body, body)
        _start.wait(timeout=60)
        return len(create_seats_for(track, [row], consultation=here, actor=OPERATOR))


def record_some(stream: uuid.UUID, count: int) -> list[int]:
    """Record so many events in a stream, take every fourth back, and return the numbers of those that were kept."""
    assert _app is not None
    kept: list[int] = []
    with _app.app_context():
        _start.wait(timeout=60)
        for turn in range(count):
            try:
                with transaction():
                    recorded = record(PersonRegistered(person=new_id()), stream=stream, actor=None)
                    if turn % 4 == 3:
                        raise Conflict
            except Conflict:
                continue
            kept.append(recorded.seq)
    return kept


def try_often(limit: Limit, what: str, tries: int) -> int:
    """Try so often, and return how many tries were let through."""
    assert _app is not None
    passed = 0
    with _app.app_context():
        _start.wait(timeout=60)
        for _ in range(tries):
            with suppress(TooManyTries):
                count_attempt(limit, what)
                passed += 1
    return passed


def sign_some(stream: uuid.UUID, count: int) -> int:
    """Record an event and sign the stream's root, `count` times; return how many were signed."""
    assert _app is not None
    with _app.app_context():
        _start.wait(timeout=60)
        for _ in range(count):
            with transaction():
                record(PersonRegistered(person=new_id()), stream=stream, actor=None)
                sign_checkpoint(stream)
        return count


def renew_some(count: int) -> Sequence[int]:
    """Give the log a new key, `count` times, and destroy the former ones' private halves each time; return their numbers."""
    assert _app is not None
    with _app.app_context():
        _start.wait(timeout=60)
        numbers = []
        for _ in range(count):
            numbers.append(renew_log_key(actor=OPERATOR).number)
            forget_former_log_keys(actor=OPERATOR)
        return numbers
