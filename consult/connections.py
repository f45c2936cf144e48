"""Connections to the database: their options, what each is told when it is made, and the queue of those who write to SQLite."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as sa_event

from consult.settings import Settings

try:
    from pysqlite3 import dbapi2 as sqlite_module
except ImportError:  # no wheel for this platform: the interpreter's own library, and doctor says what that means
    sqlite_module = sqlite3

#: The first SQLite without the write-ahead-log race that can lose commits.
SAFE_WAL = (3, 51, 3)
#: How long a statement waits for what another program holds; then the page says that the platform is busy.
PATIENCE_SECONDS = 5
#: A connection that was used so lately is there, unless the server was stopped this moment.
IDLE_SECONDS = 1.0
SQLITE_VERSION: tuple[int, ...] = sqlite_module.sqlite_version_info


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return the engine options that this database needs: driver, JSON that keeps Arabic readable, pool.

    What people wrote and chose stands in no error message, and so in no log.
    """
    options: dict[str, Any] = {
        "json_serializer": lambda value: json.dumps(value, ensure_ascii=False),
        "hide_parameters": True,
    }
    if settings.sqlalchemy_url.startswith("sqlite"):
        return options | {
            "module": sqlite_module,
            "connect_args": {"timeout": PATIENCE_SECONDS, "check_same_thread": False},
        }
    return options | {"use_native_hstore": False}  # no column is one: each connection need not ask what it is


def prepare_engine(engine: sa.Engine) -> None:
    """Set up connections: a private file, explicit BEGIN and safe pragmas on SQLite, UTC on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        sa_event.listen(engine, "do_connect", _make_private)
        sa_event.listen(engine, "connect", _prepare_sqlite)
        sa_event.listen(engine, "begin", _begin_sqlite)
    else:
        sa_event.listen(engine, "connect", _prepare_postgresql)
        sa_event.listen(engine, "checkin", _note_use)
        sa_event.listen(engine, "checkout", _ping_idle)


def _make_private(_dialect: object, _record: object, arguments: list[Any], _parameters: object) -> None:
    """Make a new database file readable by its owner only; the log beside it takes after it."""
    file = str(arguments[0])
    if file != ":memory:":
        with suppress(OSError):  # it exists, or cannot be made: then SQLite says so, in its own error
            Path(file).touch(mode=0o600, exist_ok=False)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late for savepoints
    cursor = connection.cursor()
    # Before 3.51.3 the write-ahead log has a race that can lose commits (sqlite.org/wal.html#walreset).
    cursor.execute(f"PRAGMA journal_mode={'WAL' if SQLITE_VERSION >= SAFE_WAL else 'DELETE'}")
    # 8 MB of pages: in 2, as it would be, a search of 100,000 texts reads from the system what the one before has just read.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON", "cache_size=-8000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # Straight to the driver, as the PostgreSQL driver does it by itself: it is no query of anybody's.
    driver: Any = connection.connection.driver_connection
    begin = f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}"
    try:
        driver.execute(begin)
    except sqlite_module.OperationalError as error:  # another program holds it: said as every error of the database is
        raise sa.exc.OperationalError(begin, None, error) from error


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # Outside a transaction block, or the first rollback would take the setting back with it.
    connection.autocommit = True
    with connection.cursor() as cursor:
        # A statement that comes again is else planned for any word and any consultation: rare or common, small or large.
        cursor.execute(
            f"SET TIME ZONE 'UTC'; SET plan_cache_mode = force_custom_plan; SET lock_timeout = '{PATIENCE_SECONDS}s'"
        )
    connection.autocommit = False


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _ping_idle(connection: Any, record: Any, _proxy: object) -> None:
    """Ask a connection that was idle for a while whether it is still there; the pool replaces one that is not.

    SQLAlchemy's own ping asks at every checkout, which costs a tenth of a vote.
    """
    if monotonic() - record.info.get("used", 0.0) < IDLE_SECONDS:
        return
    import psycopg  # late: where SQLite is used nobody needs it

    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise sa.exc.DisconnectionError("the server closed the connection") from error


@contextmanager
def write_lock(bind: sa.Engine | sa.Connection) -> Iterator[None]:
    """Queue writers of a SQLite database by `flock`, which wakes them in order; other databases do it themselves."""
    path = bind.engine.url.database
    if bind.dialect.name != "sqlite" or not path or path == ":memory:":
        yield
        return
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
