"""Where one request ends and the next begins: what a message with two lengths, or a length and pieces, does to a real server."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from consult.app import create_app
from consult.db import database
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server

pytestmark = pytest.mark.faults

#: What would be answered if it were taken for a request of its own.
HIDDEN = b"GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An empty instance behind a real server."""
    port = free_port()
    settings = Settings(
        instance_path=tmp_path_factory.mktemp("smuggling"), insecure_http=True, base_url=f"http://127.0.0.1:{port}"
    )
    with create_app(settings).app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
    with running_server(settings, port):
        yield port


def _answers(port: int, sent: bytes) -> list[int]:
    """Send these bytes at once and return the status of every answer that comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        connection.sendall(sent)
        came = b""
        try:
            while part := connection.recv(65536):
                came += part
        except TimeoutError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", came)]


def test_a_request_and_another_are_two(port: int) -> None:
    """Or the tests below would prove nothing."""
    plain = b"GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n"
    assert _answers(port, plain + HIDDEN) == [200, 200]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 0\r\nContent-Length: %d\r\n",
        b"Content-Length: %d\r\nContent-Length: 0\r\n",
        b"Content-Length: 0, %d\r\n",
        b"Content-Length: +%d\r\n",
        b"Transfer-Encoding: chunked, identity\r\nContent-Length: %d\r\n",
        b"Transfer-Encoding : chunked\r\nContent-Length: %d\r\n",
    ],
)
def test_what_has_no_one_length_is_refused_and_nothing_after_it_is_read(port: int, headers: bytes) -> None:
    assert _answers(port, POST + headers % len(HIDDEN) + b"\r\n" + HIDDEN) == [400]


def test_pieces_outweigh_a_length(port: int) -> None:
    """The length says that all of it is one body; the pieces end before: one answer, and the rest is read as nothing."""
    body = b"0\r\n\r\n"
    both = POST + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % (len(body) + len(HIDDEN))
    assert _answers(port, both + body + HIDDEN) == [404]  # of the first: nothing is at its address
