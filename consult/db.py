"""The database: the base of every model, the column types, and `transaction()`, the one place that commits."""

from __future__ import annotations

import fcntl
import inspect
import json
import os
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache, wraps
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from flask import has_app_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event as sa_event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import registry as orm_registry
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from consult.i18n import Localized
from consult.settings import Settings

try:
    from pysqlite3 import dbapi2 as sqlite_module
except ImportError:  # no wheel for this platform: the interpreter's own library, and doctor says what that means
    sqlite_module = sqlite3

P = ParamSpec("P")
Q = TypeVar("Q", bound=sa.Executable)

#: The first SQLite without the write-ahead-log race that can lose commits.
SAFE_WAL = (3, 51, 3)
#: How long a statement waits for what another program holds; then the page says that the platform is busy.
PATIENCE_SECONDS = 5
#: A connection that was used so lately is there, unless the server was stopped this moment.
IDLE_SECONDS = 1.0
SQLITE_VERSION: tuple[int, ...] = sqlite_module.sqlite_version_info


class Utc(TypeDecorator[datetime]):
    """An aware moment, stored and returned in UTC; a naive one is refused, because nobody knows when it was."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a moment without a time zone and turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back the moment in UTC, whatever the database's session zone is."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class LocalizedText(TypeDecorator[Localized]):
    """A `Localized` text, stored as a JSON object from language code to text."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: sa.Dialect) -> dict[str, str] | None:
        """Store any mapping of texts."""
        return None if value is None else dict(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Localized | None:
        """Give back an immutable Localized; assign a new one to change it."""
        return None if value is None else Localized(value)


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: ordered by time, so bundles from two machines merge without clashes."""
    return uuid7()


Id = Annotated[uuid.UUID, mapped_column(sa.Uuid(), primary_key=True, default=new_id)]


class Base(DeclarativeBase):
    """The declarative base: naming of constraints and the mapping of Python types to columns."""

    registry = orm_registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: Utc(),
            Localized: LocalizedText(),
            uuid.UUID: sa.Uuid(),
            str: sa.Text(),
            dict[str, Any]: sa.JSON(),
            list[str]: sa.JSON(),
            list[Any]: sa.JSON(),
            bytes: sa.LargeBinary(),
        },
    )


class OneEngineSession(FlaskSession):
    """A session on the application's one database: which engine a table belongs to need not be found out each time."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: sa.Engine | sa.Connection | None = None, **kwargs: Any
    ) -> sa.Engine | sa.Connection:
        """Return the engine; outside of a `transaction()`, the one for reading."""
        if bind is not None:
            return bind
        return _engines(self._db.engine)["transaction" in self.info]


@sa_event.listens_for(OneEngineSession, "before_flush")
def _refuse_to_write(session: OrmSession, _context: object, _instances: object) -> None:
    """Refuse to write a row outside of a `transaction()`: whoever only reads changes nothing, not even by mistake."""
    changed = any(session.is_modified(row) for row in session.dirty)
    if "transaction" not in session.info and (changed or session.new or session.deleted):
        raise RuntimeError("rows are written inside of consult.db.transaction() only")


@lru_cache(64)
def _engines(engine: sa.Engine) -> tuple[sa.Engine, sa.Engine]:
    """Return an engine for reading and one for writing.

    On PostgreSQL each statement of a page sees the newest rows anyway: a page that only reads saves the two journeys of
    BEGIN and ROLLBACK. On SQLite a page reads in one transaction.
    """
    reading = engine.execution_options(isolation_level="AUTOCOMMIT") if engine.dialect.name == "postgresql" else engine
    return reading, engine


database = SQLAlchemy(model_class=Base, session_options={"class_": OneEngineSession})

if TYPE_CHECKING:
    Model = Base
else:
    Model = database.Model

#: The session of the current application context.
session = cast("scoped_session[OrmSession]", database.session)


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


def prepared(build: Callable[P, Q]) -> Callable[P, tuple[Q, dict[str, Any]]]:
    """Make a query once and bind its arguments at every call: `session.execute(*query(...))`.

    Building a query and finding its compiled form takes three times as long as running it. So the decorated function is
    called once, with a bound parameter in place of each argument: it may compare columns with them, and nothing else (no
    conditions on their values; None never becomes IS NULL; what differs by database is two queries).
    """
    names = tuple(inspect.signature(build).parameters)
    made: list[Q] = []

    @wraps(build)
    def bound(*args: P.args, **kwargs: P.kwargs) -> tuple[Q, dict[str, Any]]:
        if not made:
            made.append(cast("Callable[..., Q]", build)(**{name: sa.bindparam(name) for name in names}))
        return made[0], {**dict(zip(names, args, strict=False)), **kwargs}

    return bound


def read(query: sa.Executable, values: Mapping[str, Any] | None = None) -> sa.CursorResult[*tuple[Any, ...]]:
    """Return the rows of a query for columns, past the ORM, which takes as long again to find out that they are no objects.

    What the session has not written yet is written first, as it would be by `session.execute`.
    """
    session.flush()
    return session.connection().execute(query, values)


class DriverQuery:
    """A query in words that goes straight to the driver, for the moments in which a whole hall acts at once.

    SQLAlchemy needs three times as long as the database to find a compiled form and to dress the answer. Parameters stand
    as `:name` and are given as the models have them; the answer's values are the driver's own (see `id_of`). `locks` ends
    the query on PostgreSQL: on SQLite whoever writes is alone.
    """

    def __init__(self, words: str | Mapping[str, str], *, locks: str = "") -> None:
        """Take the words, the same for both databases or by the name of each."""
        by_name = words if isinstance(words, Mapping) else {"sqlite": words, "postgresql": words}
        named = re.sub(r":(\w+)", r"%(\1)s", by_name["postgresql"])
        self._words = {"sqlite": by_name["sqlite"].format(locks=""), "postgresql": named.format(locks=locks)}

    def run(self, **values: Any) -> Sequence[Sequence[Any]]:
        """Run the query and return its rows; outside of a `transaction()`, in none.

        Raises what SQLAlchemy raises in place of the driver's errors.
        """
        if in_transaction():
            engine = session().get_bind().engine
            return self._fetch(engine, session.connection().connection.driver_connection, values)
        return self.run_on(database.engine, **values)

    def write(self, **values: Any) -> Sequence[Sequence[Any]]:
        """Run a query that changes rows, as a transaction of its own, and return what it returns.

        The database keeps all of one statement or nothing of it, so there is nothing left to commit; inside of a
        `transaction()` it belongs to that. Writers of SQLite queue for the same lock.
        """
        if in_transaction():
            return self.run(**values)
        if session.registry.has() and session().in_transaction():
            session.rollback()  # what was read before is read afresh, as it is inside of a `transaction()`
        with _write_lock(database.engine):
            return self.run_on(database.engine, **values)

    def run_on(self, engine: sa.Engine, **values: Any) -> Sequence[Sequence[Any]]:
        """Run the query as `run` does, on a connection that nobody else uses meanwhile; it needs no request."""
        with closing(engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            if engine.dialect.name == "sqlite":  # where nothing begins a transaction by itself
                return self._fetch(engine, driver, values)
            driver.autocommit = True
            try:
                return self._fetch(engine, driver, values)
            finally:
                if not driver.closed:
                    driver.autocommit = False

    def _fetch(self, engine: sa.Engine, driver: Any, values: dict[str, Any]) -> Sequence[Sequence[Any]]:
        words, error = self._words[engine.dialect.name], engine.dialect.loaded_dbapi.Error
        for listener in engine.dispatch.before_cursor_execute:  # whoever counts statements hears of these too
            listener(None, None, words, values, None, False)
        if engine.dialect.name == "sqlite":
            values = {name: _kept_by_sqlite(value) for name, value in values.items()}
        try:
            rows: Sequence[Sequence[Any]] = driver.execute(words, values).fetchall()
        except error as problem:
            raise sa.exc.DBAPIError.instance(words, None, problem, error, hide_parameters=True) from problem
        return rows


def _kept_by_sqlite(value: Any) -> Any:
    """Return a value as SQLAlchemy's types keep it in SQLite."""
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.replace(tzinfo=None).isoformat(" ", "microseconds") if isinstance(value, datetime) else value


def id_of(value: str | uuid.UUID) -> uuid.UUID:
    """Return the id that a driver gave."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


class Transaction:
    """An open transaction; `after_commit` takes what must happen only if it is kept."""

    def __init__(self) -> None:
        self._effects: list[Callable[[], object]] = []

    def after_commit(self, effect: Callable[[], object]) -> None:
        """Run `effect` once the change is on disk; it is forgotten if the change is rolled back."""
        self._effects.append(effect)

    def leave(self) -> None:
        """Run the effects, in order."""
        for effect in self._effects:
            effect()


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Open a transaction, or join the one that is open; the outermost commits, any exception rolls all of it back.

    On SQLite the outermost takes a fair file lock and begins IMMEDIATE, so that writers queue instead of failing.
    Effects given to `after_commit` leave when the commit is done. Whatever was loaded before is read afresh inside, so a
    service decides on the present state and not on the page's.
    """
    info = session().info
    if (running := info.get("transaction")) is not None:
        yield running
        return
    running = Transaction()
    if session().in_transaction():
        session.rollback()  # ends what was read so far: a read transaction cannot be made a writing one safely
    with _write_lock(session().get_bind()):
        info["transaction"] = running
        try:
            session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield running
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            del info["transaction"]
    running.leave()


@contextmanager
def snapshot() -> Iterator[None]:
    """Read all that is read inside as it stood at one moment, whatever others commit meanwhile; nothing is written.

    Inside of a `transaction()` that one's view holds.
    """
    if in_transaction():
        yield
        return
    session.rollback()
    if dialect_name() == "postgresql":  # on SQLite a page reads in one transaction anyway
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        session.rollback()


def end_reading() -> None:
    """End what was read so far, before something that takes seconds; inside `transaction()` nothing is ended."""
    if session().info.get("transaction") is None:
        session.rollback()


@contextmanager
def _write_lock(bind: sa.Engine | sa.Connection) -> Iterator[None]:
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


def clear_log() -> None:
    """Empty the write-ahead log of SQLite, in which what was erased stands until then; readers that hold it put it off."""
    if dialect_name() == "sqlite":
        session.rollback()
        driver: Any = session.connection().connection.driver_connection
        driver.rollback()
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        session.rollback()


def in_transaction() -> bool:
    """Tell whether a `transaction()` is open here."""
    return session.registry.has() and "transaction" in session().info


def let_go() -> None:
    """Give the connection back before a long wait, so that others have it; what was loaded is read afresh afterwards.

    Inside of a `transaction()`, or where no application runs, nothing happens.
    """
    if has_app_context() and session.registry.has() and not in_transaction():
        session.rollback()


def seconds_between(earlier: Any, later: Any) -> sa.ColumnElement[float]:
    """Return the seconds from one moment to another, both columns of a query, to about a millisecond."""
    if dialect_name() == "sqlite":
        return cast("sa.ColumnElement[float]", (sa.func.julianday(later) - sa.func.julianday(earlier)) * 86_400.0)
    return sa.cast(sa.extract("epoch", later - earlier), sa.Float())


def dialect_name() -> str:
    """Return "sqlite" or "postgresql"."""
    return session().get_bind().dialect.name


__all__ = [
    "Base",
    "DriverQuery",
    "Id",
    "LocalizedText",
    "Mapped",
    "Model",
    "Utc",
    "clear_log",
    "database",
    "dialect_name",
    "engine_options",
    "id_of",
    "in_transaction",
    "let_go",
    "mapped_column",
    "new_id",
    "prepare_engine",
    "prepared",
    "read",
    "seconds_between",
    "session",
    "snapshot",
    "transaction",
]
