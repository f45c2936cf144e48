"""`consult demo`: made once, kept, with fresh links; on a free port; honest about plain http."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from consult import __version__
from consult.accounts.signing_in.links import read_link
from consult.app import create_app
from consult.cli.demo import address_for, own_address
from consult.errors import LinkSpent
from consult.settings import Settings
from consult.testing.databases import digests
from consult.testing.sample import LoadedSample, disposed
from consult.testing.server import free_port

from .conftest import Run

ROLES = [
    *(
        "municipal",
        "academic",
        "cso",
        "withheld",
        "moderator",
        "accreditor",
        "translator",
        "clerk",
        "evaluator",
        "organiser",
    ),
    "administrator",
]
PLAIN_HTTP = (
    "This is plain http: the sign-in cookie (consult-session) is not protected on the network. Not for real use."
)


@pytest.fixture
def loaded(sample: LoadedSample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance that a first start has made."""
    (tmp_path / "instance").mkdir()
    sample.copy(tmp_path / "instance", "sqlite")
    monkeypatch.setenv("CONSULT_INSTANCE_PATH", str(tmp_path / "instance"))
    settings = ("DEMO", "INSECURE_HTTP", "SECOND_FACTOR_FOR_ROLES", "BASE_URL", "CONFIDENTIAL_KEY_FILE")
    for name in (f"CONSULT_{setting}" for setting in settings):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(name, "")  # so that what the command sets is taken back
        monkeypatch.delenv(name)
    return tmp_path / "instance"


def links(output: str) -> dict[str, str]:
    """Return the printed links by role."""
    return dict(re.findall(r"^  (\w+) +(http\S+)$", output, re.MULTILINE))


def works(instance: Path, link: str) -> bool:
    """Tell whether a link can be used."""
    with create_app(Settings(instance_path=instance)).app_context(), disposed():
        try:
            read_link(link.rsplit("/", 1)[1])
        except LinkSpent:
            return False
        return True


def rows(instance: Path) -> dict[str, str]:
    """Return a digest of every table but those a sign-in link touches."""
    from consult.db import database

    with (
        create_app(Settings(instance_path=instance)).app_context(),
        disposed(),
        database.engine.connect() as connection,
    ):
        found = digests(connection)
    return {name: digest for name, digest in found.items() if name not in {"sign_in_link", "event", "stream"}}


def test_a_second_start_keeps_everything_and_prints_fresh_links(run: Run, loaded: Path) -> None:
    before = rows(loaded)
    first = links(run("demo", "--no-serve").output)
    result = run("demo", "--no-serve")
    assert result.exit_code == 0
    second = links(result.output)
    assert list(second) == ROLES
    assert [works(loaded, link) for link in second.values()] == [True] * len(ROLES)
    assert [works(loaded, link) for link in first.values()] == [False] * len(ROLES)
    assert rows(loaded) == before


def test_it_prints_the_address_and_what_plain_http_means(run: Run, loaded: Path) -> None:
    lines = run("demo", "--no-serve", "--port", "8123").output.strip().splitlines()
    assert lines[0] == (
        "The Tripoli Consultation (a demonstration; people and texts are invented): http://127.0.0.1:8123/"
    )
    assert lines[-1] == PLAIN_HTTP


def test_for_a_hall_it_prints_the_address_in_the_network(run: Run, loaded: Path) -> None:
    output = run("demo", "--no-serve", "--host", "0.0.0.0").output
    assert f"http://{own_address()}:8000/\n" in output
    assert {link.split("/ar/")[0] for link in links(output).values()} == {f"http://{own_address()}:8000"}


def test_an_address_of_the_sixth_version_is_bracketed() -> None:
    assert address_for("::1", 8000) == "http://[::1]:8000"


@contextmanager
def demo(instance: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `consult demo` as a process of its own, ended by its id."""
    command = [sys.executable, "-m", "consult", "demo", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "CONSULT_INSTANCE_PATH": str(instance)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_a_port_in_use_is_left_alone_and_the_next_free_one_serves(loaded: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with demo(loaded, "--port", str(port)) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.fullmatch(rf"Port {port} is in use; taking (\d+)\.\n", said)
            assert found is not None
            assert int(found[1]) > port
            assert answer(int(found[1])) == f"ok consult {__version__}\n"


def answer(port: int) -> str:
    """Wait for the health page and return it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/health", timeout=5) as page:
                return str(page.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_it_serves_everywhere_for_a_hall(loaded: Path) -> None:
    port = free_port()
    with demo(loaded, "--host", "0.0.0.0", "--port", str(port)):
        assert answer(port) == f"ok consult {__version__}\n"
