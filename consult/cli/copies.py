"""`consult copy-database`, `consult backup`, `consult restore`: the whole record, moved or kept, provably the same."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask

from consult import __version__, clock
from consult.cli.places import TARGET, demand_place
from consult.cli.serve import demand_upgraded
from consult.connections import engine_options, prepare_engine
from consult.db import Base, LocalizedText, database
from consult.erasure.again import erase_again
from consult.erasure.listing import list_path
from consult.events.merkle import root
from consult.events.models import EventRow, Stream
from consult.migrations.dialects import ballot_triggers, drop_ballot_triggers
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import Hooks, load_hooks
from consult.runtime import runtime
from consult.search import rebuild
from consult.settings import Settings
from consult.testimony.keys import key_path

#: Rows that are copied at a time; fewer where they hold bytes, which may be a quarter of a megabyte each.
BATCH, BATCH_OF_BYTES = 500, 40
#: Tables that are not copied: migrations make the first, the search makes the others anew from what was copied.
MADE_ANEW = ("alembic_version", "submission_index", "submission_place", "sqlite_")
#: Keys that live for a day and must not outlive it in a backup.
PASSING_KEYS = "attempts-*"


@click.command("copy-database")
@click.argument("target")
@click.pass_obj
def copy_database(make_app: Callable[..., Flask], target: str) -> None:
    """Copy this instance's database to TARGET (an empty database's address), then compare the roots of the log."""
    with make_app().app_context():
        demand_upgraded()
        roots = copy_all(database.engine, target, load_hooks())
        for stream, top in roots.items():
            click.echo(f"{stream}\t{top}")
        click.echo("The log's roots are equal. Set CONSULT_DATABASE_URL to the new address.", err=True)


@click.command()
@click.argument("file", type=TARGET, required=False)
@click.pass_obj
def backup(make_app: Callable[..., Flask], file: Path | None) -> None:
    """Write database, keys, files and settings to FILE (zip) while everything runs. Keep it as safe as the server itself.

    Without FILE it is named after the moment, in the folder that the setting backup_directory names.
    """
    with make_app().app_context():
        demand_upgraded()
        settings = runtime().settings
        if file is None and not settings.backup_directory:
            raise click.UsageError("name a FILE, or set backup_directory")
        file = file or Path(settings.backup_directory) / f"consult-{clock.now():%Y%m%dT%H%M%SZ}.zip"
        roots = write_backup(demand_place(file), settings, load_hooks())
        click.echo(f"{file}: {len(roots)} streams, {file.stat().st_size} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--erased",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The list of people erased since, if it is not in this instance's folder.",
)
@click.pass_obj
def restore(make_app: Callable[..., Flask], file: Path, erased: Path | None) -> None:
    """Bring back FILE into this instance, whose database must be empty; the log's roots must match the backup's.

    Whoever was erased after the backup was made is erased again, from the list `erased-people` in the instance's folder.
    """
    with make_app().app_context():
        settings = runtime().settings
        roots = read_backup(file, settings, load_hooks())
        click.echo(f"restored {len(roots)} streams with equal roots")
        if again := erase_again(erased or list_path(settings.instance_path)):
            click.echo(f"erased again: {again}")


def copy_all(source: sa.Engine, target_url: str, hooks: Hooks) -> dict[str, str]:
    """Copy every row, of one moment and in one transaction, and return the log's roots, the same on both sides.

    Raises ClickException if the target is not empty, if the source holds tables that no installed plugin knows, or if
    the roots differ (then nothing is kept).
    """
    target = _engine(target_url)
    try:
        _demand_empty(target)
        upgrade(target, hooks)
        with _one_moment(source) as reading, target.begin() as writing:
            tables = _tables(reading)
            drop_ballot_triggers(writing)
            for table in tables:
                _copy_table(table, reading, writing)
            ballot_triggers(writing)
            rebuild(writing)
            before, after = log_roots(reading), log_roots(writing)
            if before != after:
                raise click.ClickException("the roots of the log differ: nothing was kept")
    finally:
        target.dispose()
    return after


def _demand_empty(target: sa.Engine) -> None:
    with target.connect() as connection:
        present = set(sa.inspect(connection).get_table_names())
        for table in Base.metadata.sorted_tables:
            if table.name in present and connection.execute(sa.select(sa.literal(1)).select_from(table)).first():
                raise click.ClickException(f"the target database is not empty (there are rows in {table.name})")


@contextmanager
def _one_moment(source: sa.Engine) -> Iterator[sa.Connection]:
    """Connect so that everything read is of one moment, however long it takes and whatever is written meanwhile."""
    with source.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _tables(reading: sa.Connection) -> list[sa.Table]:
    """Return the tables to copy, those that others refer to first."""
    present = {name for name in sa.inspect(reading).get_table_names() if not name.startswith(MADE_ANEW)}
    if strange := present - set(Base.metadata.tables):
        raise click.ClickException(
            f"the database holds tables of plugins that are not installed ({', '.join(sorted(strange))}): install them first"
        )
    return [table for table in Base.metadata.sorted_tables if table.name in present]


def _copy_table(table: sa.Table, reading: sa.Connection, writing: sa.Connection) -> None:
    columns = [sa.cast(c, sa.Text()).label(c.name) if _is_json(c) else c for c in table.columns]
    batch = BATCH_OF_BYTES if any(isinstance(c.type, sa.LargeBinary) for c in table.columns) else BATCH
    query = sa.select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=batch)
    insert = sa.insert(table).values({c.name: _as_read(c, writing.dialect.name) for c in table.columns})
    with reading.execute(query) as rows:
        for some in rows.mappings().partitions():
            writing.execute(insert, [{f"new_{name}": value for name, value in row.items()} for row in some])


def _as_read(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any]:
    """Return the place of a value in the INSERT; JSON goes over as its text, so that null and NULL stay two things."""
    if not _is_json(column):
        return sa.bindparam(f"new_{column.name}", type_=column.type)
    text = sa.bindparam(f"new_{column.name}", type_=sa.Text())
    return text if dialect == "sqlite" else sa.cast(text, sa.JSON())


def _is_json(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.JSON | LocalizedText)


def log_roots(connection: sa.Connection) -> dict[str, str]:
    """Return the Merkle root of every stream, by its id."""
    streams = connection.execute(sa.select(Stream.id).order_by(Stream.id)).scalars().all()
    leaves = sa.select(EventRow.leaf).order_by(EventRow.seq)
    return {str(s): root(connection.execute(leaves.where(EventRow.stream_id == s)).scalars()).hex() for s in streams}


def write_backup(file: Path, settings: Settings, hooks: Hooks) -> dict[str, str]:
    """Write the backup, which only its owner can read, and return the roots of its log."""
    with _work_folder() as folder:
        roots = copy_all(database.engine, f"sqlite:///{folder / 'consult.db'}", hooks)
        manifest = {"consult": __version__, "roots": roots, "plugins": hooks.plugin_names()}
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        part = file.with_suffix(f".{os.getpid()}.part")
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.write(folder / "manifest.json", "manifest.json")
            archive.write(folder / "consult.db", "consult.db")
            for path in _kept_files(settings):
                with suppress(FileNotFoundError):  # a file that its author took away meanwhile
                    archive.write(path, str(path.relative_to(settings.instance_path)))
        part.replace(file)
    return roots


def _kept_files(settings: Settings) -> Iterator[Path]:
    elsewhere = key_path(settings)  # whoever has a backup must not have what opens it
    for path in sorted(settings.keys_directory.glob("*")):
        if not path.match(PASSING_KEYS) and (elsewhere is None or path.resolve() != elsewhere.resolve()):
            yield path
    yield from _files(settings.instance_path)
    if (toml := settings.instance_path / "consult.toml").exists():
        yield toml


def _files(instance: Path) -> list[Path]:
    """Return the files that people handed in; what is still being checked is not among them."""
    folder = instance / "attachments"
    return sorted(path for path in folder.iterdir() if path.suffix == "") if folder.is_dir() else []


def read_backup(file: Path, settings: Settings, hooks: Hooks) -> dict[str, str]:
    """Bring a backup back and return the roots of its log; an older version's database is brought up to date on the way.

    The settings it holds are laid beside those of this instance, because they may name another database.
    """
    with _work_folder() as folder:
        manifest = _unpacked(file, folder)
        source = _engine(f"sqlite:///{folder / 'consult.db'}")
        try:
            _bring_up_to_date(source, hooks, manifest)
            with _one_moment(source) as reading:
                if log_roots(reading) != manifest["roots"]:
                    raise click.ClickException("the backup's log does not have the roots its manifest names")
            roots = copy_all(source, settings.sqlalchemy_url, hooks)
        finally:
            source.dispose()
        for key in (folder / "keys").iterdir():
            _put(key, settings.keys_directory / key.name)
        for path in _files(folder):
            (settings.instance_path / "attachments").mkdir(mode=0o700, exist_ok=True)
            _put(path, settings.instance_path / "attachments" / path.name)
        if (folder / "consult.toml").exists():
            _put(folder / "consult.toml", settings.instance_path / "consult.toml.from-backup")
    return roots


def _unpacked(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup and return its manifest. Raises ClickException for what is none, or is not whole."""
    try:
        with zipfile.ZipFile(file) as archive:
            if not {"manifest.json", "consult.db"} <= set(archive.namelist()):
                raise click.ClickException(f"{file} is no backup of consult")
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise click.ClickException(f"{file} is no backup of consult, or is not whole ({error})") from error
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except ValueError as error:
        raise click.ClickException(f"{file} is no backup of consult: its manifest cannot be read") from error
    return manifest


def _bring_up_to_date(source: sa.Engine, hooks: Hooks, manifest: dict[str, Any]) -> None:
    from alembic.util import CommandError

    try:
        upgrade(source, hooks)
    except CommandError as error:  # a revision that this version has never heard of
        raise click.ClickException(
            f"the backup was made by consult {manifest['consult']}, which is newer: restore it with that version"
        ) from error


def _put(source: Path, target: Path) -> None:
    """Copy a file that only its owner may read, whole or not at all."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(source.read_bytes())
    part.replace(target)


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
