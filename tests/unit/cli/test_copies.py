"""Moving from SQLite to PostgreSQL, backing up and restoring: the same rows, the same roots, the same guards."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from consult.accounts.events import PersonRegistered
from consult.accounts.models import Person
from consult.app import create_app
from consult.cli.copies import log_roots
from consult.connections import engine_options, prepare_engine
from consult.consultations.queries import consultation_by_slug
from consult.db import new_id, session, transaction
from consult.demo.load import DEMO_PEOPLE
from consult.erasure.listing import listed
from consult.events.models import EventRow
from consult.events.record import record
from consult.search import search
from consult.settings import Settings
from consult.testing.databases import PostgresqlServer, digests
from consult.testing.sample import LoadedSample, disposed

from .conftest import Run, found_by_the_program

Monkey = pytest.MonkeyPatch


@contextmanager
def connected(settings: Settings) -> Iterator[sa.Connection]:
    """Connect to an instance's database."""
    engine = sa.create_engine(settings.sqlalchemy_url, poolclass=sa.NullPool, **_options(settings))
    prepare_engine(engine)
    with engine.connect() as connection:
        yield connection


def _options(settings: Settings) -> dict[str, object]:
    return {key: value for key, value in engine_options(settings).items() if key != "pool_pre_ping"}


@pytest.fixture
def on_sqlite(sample: LoadedSample, tmp_path: Path, monkeypatch: Monkey) -> Settings:
    """The sample on SQLite, found by the program."""
    return found_by_the_program(sample.copy(tmp_path, "sqlite"), monkeypatch)


@pytest.fixture
def target(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[Settings]:
    """An empty PostgreSQL database."""
    name = f"target_{uuid.uuid4().hex}"
    postgresql.run(f"CREATE DATABASE {name}")
    yield Settings(instance_path=tmp_path, database_url=postgresql.url(name))
    postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_row_goes_to_postgresql_with_equal_roots(run: Run, on_sqlite: Settings, target: Settings) -> None:
    result = run("copy-database", target.database_url)
    assert result.exit_code == 0
    with connected(on_sqlite) as before, connected(target) as after:
        roots = log_roots(before)
        assert len(roots) == 2
        assert log_roots(after) == roots
        assert result.stdout.splitlines() == [f"{stream}\t{top}" for stream, top in roots.items()]
        assert digests(after) == digests(before)
    assert result.stderr == "The log's roots are equal. Set CONSULT_DATABASE_URL to the new address.\n"


def test_null_and_no_value_stay_two_things(run: Run, on_sqlite: Settings, target: Settings) -> None:
    run("copy-database", target.database_url)
    query = "SELECT count(*) FROM ballot WHERE result IS NULL"
    with connected(on_sqlite) as before, connected(target) as after:
        assert after.exec_driver_sql(query).scalar_one() == before.exec_driver_sql(query).scalar_one()


def test_what_could_be_found_is_found_afterwards(run: Run, on_sqlite: Settings, target: Settings) -> None:
    run("copy-database", target.database_url)

    def found(settings: Settings) -> set[uuid.UUID]:
        with create_app(settings).app_context(), disposed():
            consultation = consultation_by_slug("tripoli")
            assert consultation is not None
            hits = search(consultation.id, "البلدية")
            assert hits is not None
            return set(session.scalars(sa.select(hits.c.submission_id)))

    assert len(found(on_sqlite)) > 5
    assert found(target) == found(on_sqlite)


#: What the database itself refuses, whoever asks, and the words it says.
GUARDED = (
    ("UPDATE open_choice SET choice = 'no' WHERE ballot_id = (SELECT id FROM ballot WHERE number = 1)", "is not open"),
    ("DELETE FROM open_choice", "a choice is never deleted"),
    ("UPDATE roll_entry SET weight = 2", "the roll is frozen"),
    ("DELETE FROM roll_entry", "the roll is frozen"),
    ("UPDATE ballot SET result = NULL WHERE state = 'closed'", "a closed ballot is never changed"),
    ("UPDATE ballot SET seats = seats + 1 WHERE state = 'open'", "never changed"),
)


def test_the_guards_of_ballots_stand_afterwards(run: Run, on_sqlite: Settings, target: Settings) -> None:
    run("copy-database", target.database_url)
    with connected(target) as connection:
        for statement, words in GUARDED:
            with pytest.raises(sa.exc.DBAPIError, match=words):
                connection.exec_driver_sql(statement)
            connection.rollback()


def test_a_target_that_holds_something_is_refused(run: Run, on_sqlite: Settings, migrated_target: Settings) -> None:
    with create_app(migrated_target).app_context(), disposed(), transaction():
        record(PersonRegistered(person=new_id()), actor=None)
    with connected(migrated_target) as connection:
        before = digests(connection)
    result = run("copy-database", migrated_target.database_url)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the target database is not empty (there are rows in stream)\n",
    )
    with connected(migrated_target) as connection:
        assert digests(connection) == before


@pytest.fixture
def migrated_target(target: Settings, run: Run, monkeypatch: Monkey) -> Settings:
    """A migrated, empty PostgreSQL database."""
    with monkeypatch.context() as other:
        found_by_the_program(target, other)
        assert run("upgrade").exit_code == 0
    return target


def test_a_migrated_empty_target_is_taken(run: Run, on_sqlite: Settings, migrated_target: Settings) -> None:
    assert run("copy-database", migrated_target.database_url).exit_code == 0


def test_tables_of_a_plugin_that_is_not_there_are_not_left_behind_in_silence(
    run: Run, on_sqlite: Settings, target: Settings
) -> None:
    with connected(on_sqlite) as connection:
        connection.exec_driver_sql("CREATE TABLE embassy_answer (id TEXT)")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
    result = run("copy-database", target.database_url)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the database holds tables of plugins that are not installed (embassy_answer): install them first\n",
    )
    with connected(target) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM person").scalar_one() == 0


def test_what_a_switched_off_plugin_keeps_is_copied_too(
    run: Run, on_sqlite: Settings, target: Settings, monkeypatch: Monkey
) -> None:
    monkeypatch.setenv("CONSULT_DISABLED_PLUGINS", "municipal")
    assert run("copy-database", target.database_url).exit_code == 0
    with connected(on_sqlite) as before, connected(target) as after:
        assert digests(after) == digests(before)


@pytest.fixture
def sample_found(sample_instance: Settings, monkeypatch: Monkey) -> Settings:
    """The sample, once on each engine, found by the program."""
    return found_by_the_program(sample_instance, monkeypatch)


def restored(tmp_path: Path, monkeypatch: Monkey) -> Settings:
    """Say to the program that its instance is another, which does not exist yet."""
    return found_by_the_program(Settings(instance_path=tmp_path / "restored"), monkeypatch)


def test_a_backup_brings_back_every_row_key_and_setting(
    run: Run, sample_found: Settings, tmp_path: Path, monkeypatch: Monkey
) -> None:
    home = sample_found.instance_path
    (home / "consult.toml").write_text('mail_from = "vote@example.org"\n')
    (home / "keys" / "attempts-2026-01-01.key").write_bytes(b"of the day")
    taken = run("backup", tmp_path / "kept.zip")
    assert taken.exit_code == 0
    assert (tmp_path / "kept.zip").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob("*.part")) == []
    with connected(sample_found) as connection:
        rows, roots = digests(connection), log_roots(connection)
    keys = {path.name: path.read_bytes() for path in (home / "keys").iterdir() if path.name[:8] != "attempts"}
    again = restored(tmp_path, monkeypatch)
    result = run("restore", tmp_path / "kept.zip")
    assert (result.exit_code, result.stdout) == (0, "restored 2 streams with equal roots\n")
    with connected(again) as connection:
        assert (digests(connection), log_roots(connection)) == (rows, roots)
    assert {path.name: path.read_bytes() for path in again.keys_directory.iterdir()} == keys
    assert {path.stat().st_mode & 0o777 for path in again.keys_directory.iterdir()} == {0o600}
    assert (again.instance_path / "consult.toml.from-backup").read_text() == 'mail_from = "vote@example.org"\n'
    assert run("log", "verify").exit_code == 0


def test_a_backup_while_people_work_is_of_one_moment(
    run: Run, sample_found: Settings, tmp_path: Path, monkeypatch: Monkey
) -> None:
    stop, written = threading.Event(), []

    def work() -> None:
        with create_app(sample_found).app_context(), disposed():
            while not stop.is_set():
                with transaction():
                    written.append(record(PersonRegistered(person=new_id()), actor=None).seq)
                    record(PersonRegistered(person=new_id()), actor=None)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        while len(written) < 3:
            stop.wait(0.01)
        assert run("backup", tmp_path / "kept.zip").exit_code == 0
        during = len(written)
        while len(written) < during + 3:
            stop.wait(0.01)
    finally:
        stop.set()
        worker.join()
    restored(tmp_path, monkeypatch)
    assert run("restore", tmp_path / "kept.zip").exit_code == 0
    verified = run("log", "verify")
    assert verified.exit_code == 0
    with connected(Settings(instance_path=tmp_path / "restored")) as connection:
        last = connection.execute(sa.select(sa.func.max(EventRow.seq)).where(EventRow.stream_id == uuid.UUID(int=0)))
        newest = last.scalar_one()
    assert newest - 1 in written[2:during]  # whole transactions only: each wrote two


def test_without_a_name_it_goes_where_the_setting_says(
    run: Run, migrated: Settings, tmp_path: Path, monkeypatch: Monkey
) -> None:
    assert run("backup").exit_code == 2
    monkeypatch.setenv("CONSULT_BACKUP_DIRECTORY", str(tmp_path))
    assert run("backup").exit_code == 0
    assert len(list(tmp_path.glob("consult-20*T*Z.zip"))) == 1


def test_a_file_that_is_no_backup_and_places_that_are_none_are_told_in_a_sentence(
    run: Run, migrated: Settings, tmp_path: Path
) -> None:
    nowhere = f"Error: There is no folder {tmp_path / 'missing'} for b.zip.\n"
    placeless = run("backup", tmp_path / "missing" / "b.zip")
    assert (placeless.exit_code, placeless.stderr.endswith(nowhere)) == (2, True)
    told = run("copy-database", "nonsense")
    assert (told.exit_code, told.stderr.startswith("Error: database_url: ")) == (2, True)
    text, other, cut = (tmp_path / name for name in ("text.zip", "other.zip", "cut.zip"))
    text.write_text("no ZIP")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("manifest.json", "{}")
    with zipfile.ZipFile(cut, "w") as archive:
        archive.writestr("manifest.json", "{")
        archive.writestr("consult.db", "")
    for file in (text, other, cut):
        result = run("restore", file)
        assert (result.exit_code, result.stderr.startswith(f"Error: {file} is no backup of consult")) == (1, True)
        assert result.stderr.count("\n") == 1


def test_a_restore_into_an_instance_that_holds_something_is_refused(
    run: Run, on_sqlite: Settings, tmp_path: Path
) -> None:
    run("backup", tmp_path / "kept.zip")
    with connected(on_sqlite) as connection:
        before = digests(connection)
    result = run("restore", tmp_path / "kept.zip")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the target database is not empty (there are rows in body)\n",
    )
    with connected(on_sqlite) as connection:
        assert digests(connection) == before


def changed(file: Path, folder: Path, statement: str, **manifest: object) -> Path:
    """Return a backup in which somebody changed something."""
    work = folder / "changed"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(work)
    engine = sa.create_engine(f"sqlite:///{work / 'consult.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    told = json.loads((work / "manifest.json").read_text())
    (work / "manifest.json").write_text(json.dumps(told | manifest))
    return Path(shutil.make_archive(str(folder / "forged"), "zip", work))


@pytest.mark.parametrize(
    ("statement", "manifest", "words"),
    [
        (
            "UPDATE event SET leaf = zeroblob(32) WHERE seq = 7",
            {},
            "the backup's log does not have the roots its manifest names",
        ),
        (
            "UPDATE alembic_version SET version_num = 'later'",
            {"consult": "9.0"},
            "the backup was made by consult 9.0, which is newer: restore it with that version",
        ),
    ],
)
def test_a_backup_that_is_not_as_it_was_made_is_refused(
    run: Run,
    on_sqlite: Settings,
    tmp_path: Path,
    monkeypatch: Monkey,
    statement: str,
    manifest: dict[str, object],
    words: str,
) -> None:
    run("backup", tmp_path / "kept.zip")
    forged = changed(tmp_path / "kept.zip", tmp_path, statement, **manifest)
    restored(tmp_path, monkeypatch)
    result = run("restore", forged)
    assert (result.exit_code, result.stderr) == (1, f"Error: {words}\n")
    assert not (tmp_path / "restored" / "consult.db").exists()


def test_a_database_that_is_behind_is_not_backed_up(run: Run, fresh: Path, tmp_path: Path) -> None:
    result = run("backup", tmp_path / "kept.zip")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: the database is behind (consult, academic, cso, municipal): run `consult upgrade` first\n",
    )


def test_whoever_was_erased_after_the_backup_is_erased_again(
    run: Run, on_sqlite: Settings, tmp_path: Path, monkeypatch: Monkey
) -> None:
    with connected(on_sqlite) as connection:
        query = sa.select(Person.id).where(Person.email_key == DEMO_PEOPLE["municipal"])
        person = connection.execute(query).scalar_one()
    (on_sqlite.instance_path / "erased-people").write_text(f"{person}\n")
    assert run("backup", tmp_path / "kept.zip").exit_code == 0
    assert "erased-people" not in zipfile.ZipFile(tmp_path / "kept.zip").namelist()
    again = restored(tmp_path, monkeypatch)
    result = run("restore", tmp_path / "kept.zip", "--erased", on_sqlite.instance_path / "erased-people")
    assert (result.exit_code, result.stdout) == (0, "restored 2 streams with equal roots\nerased again: 1\n")
    with connected(again) as connection:
        assert connection.execute(sa.select(Person.email).where(Person.id == person)).scalar_one() == ""
    assert listed(again.instance_path / "erased-people") == {person: frozenset()}
    assert run("log", "verify").exit_code == 0
