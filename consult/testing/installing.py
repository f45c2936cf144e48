"""Plugins that come and go: an application with the plugins of a test, and what their tables are like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from consult.app import create_app
from consult.db import Base, database
from consult.migrations import upgrade
from consult.runtime import runtime
from consult.settings import Settings


@contextmanager
def running(settings: Settings, plugins: Mapping[str, object] | None) -> Iterator[Flask]:
    """Run an application with these plugins, by name (None for the installed ones), inside its context."""
    app = create_app(settings, plugins=plugins)
    app.testing = True
    with app.app_context():
        try:
            yield app
        finally:
            database.session.remove()
            database.engine.dispose()


def install_tables() -> Mapping[str, tuple[str | None, str | None]]:
    """Migrate the running application's database; return from where to where, for each history that moved."""
    moves = upgrade.upgrade(database.engine, runtime().hooks)
    return {name: (before, after) for name, before, after in moves if before != after}


def missing_tables() -> list[str]:
    """Return the names of the histories that the running application's database is behind on."""
    return upgrade.pending(database.engine, runtime().hooks)


def column_differences(model: type[Base]) -> set[tuple[str, bool]]:
    """Return the columns, with whether they may be empty, in which a model and its table in the database differ."""
    found = sa.inspect(database.engine).get_columns(model.__tablename__)
    declared = {(column.name, bool(column.nullable)) for column in model.__table__.columns.values()}
    return {(column["name"], column["nullable"]) for column in found} ^ declared


__all__ = ["Settings", "column_differences", "install_tables", "missing_tables", "running"]
