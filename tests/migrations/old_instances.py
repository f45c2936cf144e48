"""Instances as they were at an old revision of the core, without any rows, and rows written as they were then."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from consult.connections import engine_options, prepare_engine
from consult.db import new_id
from consult.migrations.upgrade import histories
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.testing.databases import PostgresqlServer

BEGAN = datetime(2025, 5, 1, 9, tzinfo=UTC)
#: What stands where the old schema needs something, by type.
FILLERS: dict[type[Any], Any] = {
    sa.Boolean: False,
    sa.Integer: 1,
    sa.DateTime: BEGAN,
    sa.Date: BEGAN.date(),
    sa.JSON: {},
    sa.LargeBinary: b"",
}


@contextmanager
def old_instance(revision: str, engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Settings]:
    """Make an instance whose core stands at a revision, on an engine, until the block ends."""
    url, name = f"sqlite:///{folder / 'consult.db'}", f"old_{uuid.uuid4().hex}"
    server: PostgresqlServer | None = None
    if engine == "postgresql":
        server = request.getfixturevalue("postgresql")
        server.run(f"CREATE DATABASE {name}")
        url = server.url(name)
    settings = Settings(instance_path=folder, database_url=url)
    core, made = histories(load_hooks(plugins={}))[0], engine_of(settings)
    with made.begin() as connection:
        config = core.config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    made.dispose()
    yield settings
    if server is not None:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


def engine_of(settings: Settings) -> sa.Engine:
    """Return the engine of an instance."""
    made = sa.create_engine(settings.sqlalchemy_url, **engine_options(settings))
    prepare_engine(made)
    return made


def add(connection: sa.Connection, name: str, /, **values: Any) -> uuid.UUID:
    """Write a row of a table as it was then; what must not be empty and is not said is filled."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    identity = new_id()
    row: dict[str, Any] = {"id": identity} if "id" in table.c else {}
    for column in table.c:
        if column.name in values:
            row[column.name] = values[column.name]
        elif not column.nullable and column.name not in row and column.server_default is None:
            row[column.name] = next((value for of, value in FILLERS.items() if isinstance(column.type, of)), "")
    if connection.dialect.name == "sqlite":
        row = {key: one.hex if isinstance(one, uuid.UUID) else one for key, one in row.items()}
    connection.execute(table.insert(), [row])
    return identity
