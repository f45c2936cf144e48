"""The database: the base of every model, the column types, and `transaction()`, the one place that commits."""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from flask import has_app_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event as sa_event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import registry as orm_registry
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from consult.connections import write_lock
from consult.i18n import Localized

P = ParamSpec("P")
Q = TypeVar("Q", bound=sa.Executable)


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
        with write_lock(database.engine):
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


def as_id(text: str | None) -> uuid.UUID | None:
    """Return an id as somebody sent it, None for what is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


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
    with write_lock(session().get_bind()):
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


class _Undo(Exception):  # not an error: the way back of what was only tried
    pass


@contextmanager
def undone() -> Iterator[None]:
    """Try what is done inside and take all of it back, effects that would leave after the commit too. Raises what it raises."""
    if in_transaction():
        raise RuntimeError("what is tried inside of a transaction would stand with it")
    with suppress(_Undo), transaction():
        yield
        raise _Undo


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


def padded(
    kind: str, empty: Mapping[str, sa.ColumnElement[Any]], given: Mapping[str, Any]
) -> list[sa.ColumnElement[Any]]:
    """Return the columns of one of several lists that are read by one UNION: its `kind`, and those of `empty` in their order.

    What the list has is `given` by the same names; what it does not have is empty. Raises KeyError for a name that `empty` lacks.
    """
    if unknown := given.keys() - empty.keys():
        raise KeyError(*sorted(unknown))
    columns = {**empty, **given}
    return [sa.literal(kind).label("kind"), *(columns[name].label(name) for name in empty)]


def seconds_between(earlier: Any, later: Any) -> sa.ColumnElement[float]:
    """Return the seconds from one moment to another, both columns of a query, to about a millisecond."""
    if dialect_name() == "sqlite":
        return cast("sa.ColumnElement[float]", (sa.func.julianday(later) - sa.func.julianday(earlier)) * 86_400.0)
    return sa.cast(sa.extract("epoch", later - earlier), sa.Float())


def insert_into(model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an insert in the database's own dialect: one that knows what to do where the row is there (`on_conflict_…`)."""
    return (sqlite.insert if dialect_name() == "sqlite" else postgresql.insert)(model)


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
    "as_id",
    "clear_log",
    "database",
    "dialect_name",
    "id_of",
    "in_transaction",
    "insert_into",
    "let_go",
    "mapped_column",
    "new_id",
    "padded",
    "prepared",
    "read",
    "seconds_between",
    "session",
    "snapshot",
    "transaction",
]
