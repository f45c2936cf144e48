"""`consult log verify` on whole and on tampered copies, and `consult log checkpoint`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from consult.accounts.events import PersonRegistered
from consult.app import create_app
from consult.db import database, new_id, transaction
from consult.events.keys import verify_note
from consult.events.log_keys import public_keys
from consult.events.merkle import root
from consult.events.models import INSTANCE, EventRow
from consult.events.record import record
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.sample import disposed

from .conftest import Run

OTHER = new_id()


@pytest.fixture
def logged(migrated: Settings) -> Settings:
    """An instance with five events in its stream and two in another."""
    with create_app(migrated).app_context(), disposed():
        for stream in (INSTANCE, OTHER, INSTANCE, INSTANCE, OTHER, INSTANCE, INSTANCE):
            with transaction():
                record(PersonRegistered(person=new_id()), stream=stream, actor=None)
    return migrated


def tamper(settings: Settings, statements: Sequence[str]) -> None:
    """Do what somebody with the database in their hands can do."""
    with create_app(settings).app_context(), disposed(), database.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement).bindparams(sa.bindparam("s", INSTANCE, sa.Uuid())))


def test_a_whole_log_is_counted(run: Run, logged: Settings) -> None:
    result = run("log", "verify")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "7 events verified\n", "")


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            ["UPDATE event SET type = 'RoleGranted' WHERE seq IN (3, 5) AND stream_id = :s"],
            "event 3 altered: its content does not match its hash",
        ),
        (
            ["UPDATE event SET salt = NULL WHERE seq = 4 AND stream_id = :s"],
            "event 4 altered: it was erased, and yet it says something",
        ),
        (
            ["DELETE FROM event WHERE seq IN (2, 4) AND stream_id = :s"],
            "event 2 removed: the row with this number is missing",
        ),
        (["DELETE FROM event WHERE seq = 5 AND stream_id = :s"], "event 5 removed: the newest rows are missing"),
        (
            [
                "UPDATE event SET seq = 1000 WHERE seq = 2 AND stream_id = :s",
                "UPDATE event SET seq = 2 WHERE seq = 4 AND stream_id = :s",
                "UPDATE event SET seq = 4 WHERE seq = 1000 AND stream_id = :s",
            ],
            "event 2 reordered: this row was number 4 when it was recorded",
        ),
        (
            [
                "DELETE FROM event WHERE seq = 2 AND stream_id = :s",
                "UPDATE event SET seq = 2 WHERE seq = 3 AND stream_id = :s",
                "UPDATE event SET seq = 3 WHERE seq = 4 AND stream_id = :s",
                "UPDATE event SET seq = 4 WHERE seq = 5 AND stream_id = :s",
                "UPDATE stream SET seq = 4 WHERE id = :s",
            ],
            "event 2 reordered: this row was number 3 when it was recorded",
        ),
        (["UPDATE stream SET seq = 4 WHERE id = :s"], "event 5 added: there are more rows than were counted"),
    ],
)
def test_the_first_row_that_was_tampered_with_is_named(
    run: Run, logged: Settings, statements: list[str], words: str
) -> None:
    tamper(logged, statements)
    result = run("log", "verify")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"instance: {words}\n")


def test_the_newest_rows_cannot_be_taken_back_behind_a_checkpoint(run: Run, logged: Settings) -> None:
    run("log", "checkpoint")
    tamper(
        logged,
        ["DELETE FROM event WHERE seq = 5 AND stream_id = :s", "UPDATE stream SET seq = 4 WHERE id = :s"],
    )
    result = run("log", "verify")
    assert (result.exit_code, result.stderr) == (
        1,
        "instance: event 5 removed: a checkpoint was signed over 5 events\n",
    )


def test_a_row_rewritten_with_a_fitting_hash_does_not_pass_the_checkpoint(run: Run, logged: Settings) -> None:
    run("log", "checkpoint")
    tamper(logged, ["UPDATE event SET salt = NULL, facts = NULL, leaf = salt WHERE seq = 2 AND stream_id = :s"])
    result = run("log", "verify")
    assert (result.exit_code, result.stderr) == (
        1,
        "instance: event 5 altered: one of the events 1 to 5 is not the one that was signed\n",
    )


def test_each_faulty_stream_is_named(run: Run, logged: Settings) -> None:
    tamper(logged, ["UPDATE event SET type = 'RoleGranted' WHERE seq = 2 OR stream_id = :s"])
    result = run("log", "verify")
    assert (result.exit_code, result.stderr) == (
        1,
        "instance: event 1 altered: its content does not match its hash\n"
        f"{OTHER}: event 2 altered: its content does not match its hash\n",
    )


def test_a_checkpoint_signs_size_and_root_of_every_stream(run: Run, logged: Settings, app: Flask) -> None:
    notes = ["consult/" + note for note in run("log", "checkpoint").stdout.split("consult/")[1:]]
    with app.app_context(), database.engine.connect() as connection:
        for stream, name, note in zip((INSTANCE, OTHER), ("instance", str(OTHER)), notes, strict=True):
            leaves = connection.execute(
                sa.select(EventRow.leaf).where(EventRow.stream_id == stream).order_by(EventRow.seq)
            ).scalars()
            text = verify_note(note.rstrip("\n") + "\n", "consult", runtime().signer.held()[0].public).splitlines()
            top = base64.b64encode(root(leaves)).decode()
            assert text[:3] == [f"consult/{name}", {"instance": "5"}.get(name, "2"), top]


def test_a_second_checkpoint_with_nothing_between_is_the_same(run: Run, logged: Settings) -> None:
    assert run("log", "checkpoint").stdout == run("log", "checkpoint").stdout
    assert run("log", "verify").stdout == "7 events verified\n"


def _kept(run: Run, tmp_path: Path) -> Path:
    """Keep the first checkpoint that the program prints, as somebody outside would."""
    printed = run("log", "checkpoint").stdout
    (tmp_path / "kept.txt").write_text(printed.partition("\nconsult/")[0].rstrip("\n") + "\n", encoding="utf-8")
    return tmp_path / "kept.txt"


def test_a_checkpoint_of_before_a_renewal_holds_from_public_halves_alone(
    run: Run, logged: Settings, tmp_path: Path
) -> None:
    kept = _kept(run, tmp_path)
    renewed = run("keys", "renew", "log.ed25519").stdout.splitlines()
    assert renewed[0] == "Key 2 signs the log from now on; tell those who keep the public half:"
    assert run("keys", "forget", "log.ed25519", "--yes").exit_code == 0
    assert len((logged.keys_directory / "log.ed25519").read_text().split()) == 1
    result = run("log", "verify", "--note", str(kept))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "the checkpoint holds: 5 events, signed by key 1\n10 events verified\n"
    listed = run("keys", "list").stdout.splitlines()
    published = run("log", "keys").stdout.split("\n\n")
    assert listed[-1].split()[:2] == ["2", renewed[1]]
    assert listed[-2].split()[0] == "1"
    assert published[0].splitlines() == [listed[-2].split()[1], renewed[1]]
    assert [part.splitlines()[0] for part in published[1::2]] == ["consult/instance", f"consult/{OTHER}"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("\n5\n", "\n4\n"), "the note is not signed by a key of this log"),
        (("consult/instance", "consult/nowhere"), "there is no such stream here"),
    ],
)
def test_a_kept_checkpoint_that_is_false_is_refused(
    run: Run, logged: Settings, tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    kept = _kept(run, tmp_path)
    kept.write_text(kept.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    result = run("log", "verify", "--note", str(kept))
    assert (result.exit_code, result.stderr) == (1, f"the checkpoint does not hold: {words}\n")


def test_a_log_that_was_rewritten_does_not_hold_against_what_somebody_kept(
    run: Run, logged: Settings, tmp_path: Path
) -> None:
    """Whoever holds database and key signs another log: nothing in it is wrong, but the checkpoint from outside."""
    kept = _kept(run, tmp_path)
    tamper(
        logged,
        [
            "DELETE FROM checkpoint WHERE stream_id = :s",
            "UPDATE event SET salt = NULL, facts = NULL, leaf = salt WHERE seq = 2 AND stream_id = :s",
        ],
    )
    run("log", "checkpoint")
    assert run("log", "verify").exit_code == 0
    result = run("log", "verify", "--note", str(kept))
    assert result.stderr == "the checkpoint does not hold: one of the events 1 to 5 is not the one that was signed\n"


def test_what_is_written_down_at_an_upgrade_is_the_key_that_signed(run: Run, logged: Settings) -> None:
    assert run("upgrade").exit_code == 0
    with create_app(logged).app_context(), disposed():
        assert [key.public for key in public_keys()] == [runtime().signer.held()[0].public]
        assert public_keys()[0].since is not None
