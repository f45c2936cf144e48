"""Limits keep a keyed hash only, and only while their window is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.attempts import Limit, count_attempt, forget_past_attempts
from consult.accounts.models import Attempt
from consult.db import session
from consult.errors import TooManyTries
from consult.settings import Settings

TWICE = Limit("test", 2, timedelta(minutes=10))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_the_third_try_in_a_window_is_refused_and_the_next_window_begins_anew(app: Flask) -> None:
    with clock.at(NOON):
        count_attempt(TWICE, "192.0.2.1")
        count_attempt(TWICE, "192.0.2.1")
        with pytest.raises(TooManyTries):
            count_attempt(TWICE, "192.0.2.1")
        count_attempt(TWICE, "192.0.2.2")
    with clock.at(NOON + timedelta(minutes=10)):
        count_attempt(TWICE, "192.0.2.1")
        assert session.scalars(sa.select(Attempt.count)).all() == [1]


def test_the_key_is_new_each_day_and_lies_outside_the_database(app: Flask, settings: Settings) -> None:
    with clock.at(NOON):
        count_attempt(TWICE, "192.0.2.1")
        first = session.scalars(sa.select(Attempt.digest)).one()
    with clock.at(NOON + timedelta(days=1)):
        count_attempt(TWICE, "192.0.2.1")
        assert session.scalars(sa.select(Attempt.digest)).one() != first
    keys = sorted(settings.keys_directory.glob("attempts-*"))
    assert [key.name for key in keys] == ["attempts-2026-11-24.key", "attempts-2026-11-25.key"]
    assert keys[0].stat().st_mode & 0o777 == 0o600


def test_midnight_gives_nobody_new_tries(app: Flask) -> None:
    late = datetime(2026, 11, 24, 23, 55, tzinfo=UTC)
    with clock.at(late):
        count_attempt(TWICE, "192.0.2.1")
        count_attempt(TWICE, "192.0.2.1")
    with clock.at(late + timedelta(minutes=6)), pytest.raises(TooManyTries):
        count_attempt(TWICE, "192.0.2.1")
    with clock.at(late + timedelta(minutes=10)):  # the window that opened before midnight is over
        count_attempt(TWICE, "192.0.2.1")
        with pytest.raises(TooManyTries):
            count_attempt(TWICE, "192.0.2.1")


def test_the_worker_forgets_windows_gone_by_and_the_keys_of_other_days(app: Flask, settings: Settings) -> None:
    with clock.at(NOON):
        count_attempt(TWICE, "192.0.2.1")
        assert forget_past_attempts() is False
    with clock.at(NOON + timedelta(days=1)):
        assert (forget_past_attempts(), forget_past_attempts()) == (True, False)
        assert [key.name for key in settings.keys_directory.glob("attempts-*")] == ["attempts-2026-11-24.key"]
    assert session.scalars(sa.select(Attempt.digest)).all() == []
    with clock.at(NOON + timedelta(days=2)):
        forget_past_attempts()
    assert list(settings.keys_directory.glob("attempts-*")) == []
