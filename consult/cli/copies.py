"""`consult copy-database`, `consult backup`, `consult restore`: the whole record, moved or kept, provably the same."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask

from consult import __version__
from consult.db import Base, database, engine_options, prepare_engine
from consult.events.merkle import root
from consult.events.models import EventRow, Stream
from consult.migrations.dialects import ballot_triggers, drop_ballot_triggers
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import Hooks
from consult.runtime import runtime
from consult.search import rebuild
from consult.settings import Settings

BATCH = 1000


@click.command("copy-database")
@click.argument("target")
@click.pass_obj
def copy_database(make_app: Callable[..., Flask], target: str) -> None:
    """Copy this instance's database to TARGET (an empty database's address), then compare the roots of the log."""
    with make_app().app_context():
        roots = copy_all(database.engine, target, runtime().hooks)
        for stream, top in roots.items():
            click.echo(f"{stream}\t{top}")
        click.echo("The log's roots are equal. Set CONSULT_DATABASE_URL to the new address.", err=True)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(make_app: Callable[..., Flask], file: Path) -> None:
    """Write database, keys and settings to FILE (zip) while everything runs. Keep it as safe as the server itself."""
    with make_app().app_context():
        roots = write_backup(file, runtime().settings, runtime().hooks)
        click.echo(f"{file}: {len(roots)} streams, {file.stat().st_size} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(make_app: Callable[..., Flask], file: Path) -> None:
    """Bring back FILE into this instance, whose database must be empty; the log's roots must match the backup's."""
    app = make_app()
    with app.app_context():
        roots = read_backup(file, runtime().settings, runtime().hooks)
        click.echo(f"restored {len(roots)} streams with equal roots")


def copy_all(source: sa.Engine, target_url: str, hooks: Hooks) -> dict[str, str]:
    """Copy every row in one transaction and return the log's roots, which are the same on both sides.

    Raises ClickException if the target is not empty or the roots differ (then nothing is kept).
    """
    target = _engine(target_url)
    upgrade(target, hooks)
    try:
        with source.connect() as reading, target.begin() as writing:
            if writing.dialect.name == "postgresql":
                writing.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if writing.execute(sa.select(Stream.id).limit(1)).first() is not None:
                raise click.ClickException("the target database is not empty")
            drop_ballot_triggers(writing)
            for table in Base.metadata.sorted_tables:
                _copy_table(table, reading, writing)
            ballot_triggers(writing)
            rebuild(writing)
            before, after = log_roots(reading), log_roots(writing)
            if before != after:
                raise click.ClickException("the roots of the log differ: nothing was kept")
    finally:
        target.dispose()
    return after


def _copy_table(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> None:
    order = list(table.primary_key.columns)
    rows = reading.execute(sa.select(table).order_by(*order))
    while batch := rows.fetchmany(BATCH):
        writing.execute(sa.insert(table), [dict(row._mapping) for row in batch])


def log_roots(connection: sa.Connection) -> dict[str, str]:
    """Return the Merkle root of every stream, by its id."""
    streams = connection.execute(sa.select(Stream.id).order_by(Stream.id)).scalars().all()
    leaves = sa.select(EventRow.leaf).order_by(EventRow.seq)
    return {str(s): root(connection.execute(leaves.where(EventRow.stream_id == s)).scalars()).hex() for s in streams}


def write_backup(file: Path, settings: Settings, hooks: Hooks) -> dict[str, str]:
    """Write the backup and return the roots of its log."""
    with _work_folder() as folder:
        roots = copy_all(database.engine, f"sqlite:///{folder / 'consult.db'}", hooks)
        manifest = {"consult": __version__, "roots": roots, "plugins": hooks.plugin_names()}
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        part = file.with_suffix(file.suffix + ".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / "consult.db", "consult.db")
            archive.write(folder / "manifest.json", "manifest.json")
            for path in (*sorted(settings.keys_directory.iterdir()), settings.instance_path / "consult.toml"):
                if path.is_file():
                    archive.write(path, str(path.relative_to(settings.instance_path)))
        part.chmod(0o600)
        part.replace(file)
    return roots


def read_backup(file: Path, settings: Settings, hooks: Hooks) -> dict[str, str]:
    """Bring a backup back and return the roots of its log; keys are restored before anything is signed with new ones."""
    with _work_folder() as folder, zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        source = _engine(f"sqlite:///{folder / 'consult.db'}")
        try:
            roots = copy_all(source, settings.sqlalchemy_url, hooks)
        finally:
            source.dispose()
        if roots != manifest["roots"]:
            raise click.ClickException("the backup's log does not have the roots its manifest names")
        settings.keys_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key in (folder / "keys").iterdir():
            shutil.copyfile(key, settings.keys_directory / key.name)
            (settings.keys_directory / key.name).chmod(0o600)
    return roots


def _engine(url: str) -> sa.Engine:
    settings = Settings(database_url=url)
    engine = sa.create_engine(settings.sqlalchemy_url, **engine_options(settings))
    prepare_engine(engine)
    return engine


@contextmanager
def _work_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="consult-copy-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
