"""What is scanned: the sample consultation, and the page with faults, each a process of its own on loopback, ended by its id."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from consult.app import create_app
from consult.demo.load import SLUG
from consult.testing.addresses import Addresses, readable_rules
from consult.testing.sample import LoadedSample, disposed, loaded_sample, sign_in_tokens
from consult.testing.server import free_port, running_server

#: Who asks for each page; "" is a visitor who is not signed in.
ROLES = ("", "municipal", "organiser", "administrator")


@dataclass(frozen=True, slots=True)
class Site:
    """A running instance with the sample: its address, a token for each role, and the addresses of every route by its rule."""

    address: str
    tokens: dict[str, str]
    paths: dict[str, list[str]]


@contextmanager
def sample_site(folder: Path) -> Iterator[Site]:
    """Load the sample into `folder`, serve a copy of it, and end the server with the block."""
    copy = folder / "instance"
    copy.mkdir(parents=True)
    port = free_port()
    settings = replace(
        LoadedSample(loaded_sample(folder / "sample")).copy(copy, "sqlite"), base_url=f"http://127.0.0.1:{port}"
    )
    app = create_app(settings)
    with app.app_context(), disposed():
        tokens, addresses = sign_in_tokens(), Addresses.of(SLUG)
        paths = {rule.rule: addresses.of_rule(rule, "en") for rule in readable_rules(app)}
    with running_server(settings, port):  # its health page, asked by it, tells that the answer is ours
        yield Site(settings.base_url, tokens, paths)


@contextmanager
def planted_site() -> Iterator[str]:
    """Serve the faulty page and give its address; RuntimeError if another program answers there."""
    port, word = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "tools.audit.planted", str(port), word]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/-/health", word, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _wait_for(address: str, word: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                if answer.read().decode() == word:
                    return
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the page with faults does not answer at {address}")
