"""`consult init`, `upgrade`, `plugins`, and what the program says to a wrong setting."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import sqlalchemy as sa

from consult.accounts.models import Person
from consult.accounts.signing_in.links import read_link
from consult.app import create_app
from consult.cli.root import COMMANDS, program
from consult.db import database, session
from consult.settings import Settings
from consult.testing.installed import install_plugin

from .conftest import Run

FIRST = ("init", "--name", "طارق الجدوالي", "--email", "tareq@example.org")


def test_the_first_administrator_gets_a_link_that_works_once(run: Run, fresh: Path) -> None:
    result = run(*FIRST)
    assert result.exit_code == 0
    first, link = result.stdout.splitlines()
    assert first == "Open this link once, within 30 days, to sign in:"
    found = re.fullmatch(r"http://127\.0\.0\.1:8000/ar/invitation/([\w-]{43})", link)
    assert found is not None
    with create_app(Settings(instance_path=fresh)).app_context():
        assert read_link(found[1]).name == "طارق الجدوالي"
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1
        session.remove()
        database.engine.dispose()


def test_only_the_owner_can_read_a_new_database(run: Run, fresh: Path) -> None:
    run(*FIRST)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (fresh / "consult.db", *(fresh / "keys").iterdir())}
    assert modes == {"consult.db": 0o600, "log.ed25519": 0o600, "web.secret": 0o600}


def test_a_second_init_says_that_there_is_an_administrator(run: Run, migrated: Settings) -> None:
    run(*FIRST)
    result = run("init", "--name", "Other", "--email", "other@example.org")
    assert (result.exit_code, result.stdout) == (
        0,
        "This instance has an administrator already; nothing was changed.\n",
    )


def test_a_wrong_address_is_told_in_a_sentence(run: Run, fresh: Path) -> None:
    result = run("init", "--name", "X", "--email", "nobody")
    assert (result.exit_code, result.stderr) == (2, "Error: Write an e-mail address, for example name@example.org.\n")


def test_upgrade_makes_everything_and_then_has_nothing_to_do(run: Run, fresh: Path) -> None:
    assert [line.split(":")[0] for line in run("upgrade").stdout.splitlines()] == [
        "consult",
        "academic",
        "cso",
        "municipal",
    ]
    assert run("upgrade").stdout == (
        "consult: up to date\nacademic: up to date\ncso: up to date\nmunicipal: up to date\n"
    )


def test_plugins_are_listed_with_their_hooks(run: Run, fresh: Path) -> None:
    lines = [line.split("\t") for line in run("plugins").stdout.splitlines()]
    assert [line[:2] for line in lines] == [
        ["academic 0.1.0", "track academic"],
        ["cso 0.1.0", "track cso"],
        ["municipal 0.1.0", "track municipal"],
    ]
    assert all("consult_track" in line[2].split(", ") for line in lines)


def test_a_plugin_that_is_switched_off_is_not_listed(run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_DISABLED_PLUGINS", "cso, academic")
    assert [line.split()[0] for line in run("plugins").stdout.splitlines()] == ["municipal"]


def test_an_unknown_variable_is_refused_by_name(run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_DATABSE_URL", "x")
    for arguments in (["plugins"], ["--help"], ["nonsense"]):
        result = run(*arguments)
        assert (result.exit_code, result.stderr) == (
            2,
            "Error: CONSULT_DATABSE_URL: there is no setting 'databse_url'\n",
        )


def test_an_unknown_key_of_the_file_is_refused_by_name(run: Run, fresh: Path) -> None:
    fresh.mkdir()
    (fresh / "consult.toml").write_text('base_ulr = "https://consult.example.org"\n')
    result = run("upgrade")
    assert result.exit_code == 2
    assert result.stderr == f"Error: {fresh / 'consult.toml'}: there is no setting 'base_ulr'\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('session_hours = "12"', "the setting 'session_hours' must be of type int"),
        ("demo = 1", "the setting 'demo' must be of type bool"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(run: Run, fresh: Path, line: str, words: str) -> None:
    fresh.mkdir()
    (fresh / "consult.toml").write_text(line + "\n")
    assert run("upgrade").stderr == f"Error: {fresh / 'consult.toml'}: {words}\n"


def test_a_database_that_does_not_answer_is_told_in_a_sentence(
    run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    result = run("upgrade")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: the database cannot be used (")
    assert result.stderr.endswith("): see `consult doctor`\n")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("address", ["mysql://root:secret@x/y", "nonsense", "postgresql://a:secret@b:54e2/c"])
def test_an_address_of_no_database_is_told_in_a_sentence(
    run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    told = "Error: database_url: the address of a database begins with postgresql:// or sqlite:///\n"
    monkeypatch.setenv("CONSULT_DATABASE_URL", address)
    assert [(found.exit_code, found.stderr) for found in (run("doctor"), run("upgrade"))] == [(2, told)] * 2


def test_settings_that_are_no_text_are_told_in_a_sentence(run: Run, fresh: Path) -> None:
    fresh.mkdir()
    (fresh / "consult.toml").write_bytes(b"demo = \xff\n")
    assert run("upgrade").stderr.startswith(f"Error: {fresh / 'consult.toml'}: ")


def test_what_the_system_refuses_is_told_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONSULT_INSTANCE_PATH", str(tmp_path / "file" / "instance"))
    result = run("upgrade")
    assert (result.exit_code, result.stderr.endswith("Not a directory\n"), result.stderr.count("\n")) == (2, True, 1)


def test_help_names_every_command_with_what_it_does(run: Run, fresh: Path) -> None:
    lines = run("--help").stdout.split("Commands:\n")[1].splitlines()
    assert {
        line.split()[0]: len(line.split()) > 1 for line in lines if line.startswith("  ") and line[2] != " "
    } == dict.fromkeys(COMMANDS, True)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_each_command_says_of_itself(name: str) -> None:
    with click.Context(program) as context:
        command = program.get_command(context, name)
    assert command is not None
    assert (command.name, command.get_short_help_str(limit=200)) == (name, COMMANDS[name].line)


PLUGIN = """
import click
from consult.sdk import hookimpl

@click.command("doctor")
def doctor() -> None:
    "Take the place of a command of the core."
    click.echo("not the doctor")

@click.command("census")
def census() -> None:
    "Count."
    click.echo("1, 2, 3")

@hookimpl
def consult_commands() -> list[click.Command]:
    return [doctor, census]
"""


def test_a_plugin_adds_commands_and_cannot_take_the_place_of_one(fresh: Path, tmp_path: Path) -> None:
    environment = install_plugin(tmp_path / "site", "census", PLUGIN)

    def consult(*arguments: str, **settings: str) -> str:
        command = [sys.executable, "-m", "consult", *arguments]
        return subprocess.run(command, env=environment | settings, capture_output=True, text=True).stdout

    assert consult("census") == "1, 2, 3\n"
    assert re.search(r"^  census +Count\.$", consult("--help"), re.MULTILINE)
    assert "census" not in consult("--help", CONSULT_DISABLED_PLUGINS="census")
    assert consult("doctor").splitlines()[0] == f"ok    database: sqlite:///{fresh / 'consult.db'}"
