"""Asking a ClamAV daemon about a file: its INSTREAM command over a socket, so that the daemon needs no right to read ours."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from consult.attachments.kinds import VIRUS, NotNow, Refused

SECONDS = 30.0
CHUNK = 2**16


def scan(path: Path, address: str) -> None:
    """Ask the daemon at `unix:/path` or `host:port` about a file. Raises Refused for a find, NotNow without a clear answer."""
    try:
        with _connected(address) as daemon:
            answer = _asked(daemon, path)
    except (OSError, ValueError) as error:
        raise NotNow from error
    if answer.endswith(" FOUND"):
        raise Refused(VIRUS)
    if answer != "stream: OK":
        raise NotNow


def _connected(address: str) -> socket.socket:
    if address.startswith("unix:"):
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(SECONDS)
        try:
            daemon.connect(address.removeprefix("unix:"))
        except BaseException:
            daemon.close()
            raise
        return daemon
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), SECONDS)


def _asked(daemon: socket.socket, path: Path) -> str:
    daemon.sendall(b"zINSTREAM\0")
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                daemon.sendall(struct.pack(">I", len(chunk)) + chunk)
        daemon.sendall(struct.pack(">I", 0))
    except (
        BrokenPipeError,
        ConnectionResetError,
    ):  # it says why it stopped listening: the file is larger than it takes
        pass
    answer = b""
    while (part := daemon.recv(4096)) and b"\0" not in answer + part and len(answer) < 4096:
        answer += part
    return (answer + part).split(b"\0")[0].decode("utf-8", "replace").strip()
