"""Lines of the process's log sent to another machine as they are written: syslog over TLS (RFC 5424, RFC 5425).

Whoever breaks into this machine can stop what comes later, and not change what has left. Nobody waits for it: lines stand in a
line in memory, one thread sends them, and when the other machine is away for long the oldest are dropped and their number is said.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

SCHEME, PORT = "syslog+tls", 6514
#: Lines that wait at most, and seconds: for an answer at the beginning, and before the next try.
MOST_WAITING, PATIENCE, REST = 1000, 5.0, 5.0
#: Facility 10 of RFC 5424: security and authorisation messages.
_FACILITY = 10
_SEVERITY = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


class NoPlace(ValueError):
    """What is set is no place to send a log to."""


def place_of(address: str) -> tuple[str, int]:
    """Return host and port of `syslog+tls://host[:port]`. Raises NoPlace."""
    parts = urlsplit(address)
    if parts.scheme != SCHEME or not parts.hostname or parts.path not in ("", "/"):
        raise NoPlace(f"log_to must be {SCHEME}://host:port, not {address!r}")
    try:
        return parts.hostname, parts.port or PORT
    except ValueError as error:
        raise NoPlace(f"log_to names no port: {address!r}") from error


def connected(address: str) -> ssl.SSLSocket:
    """Return a connection whose other side showed a certificate for its name that this machine trusts. Raises OSError."""
    host, port = place_of(address)
    plain = socket.create_connection((host, port), timeout=PATIENCE)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


class Shipping(logging.Handler):
    """A handler that sends lines to another machine from a thread of its own."""

    def __init__(self, address: str, *, rest: Callable[[float], object] = time.sleep) -> None:
        """Begin; raises NoPlace. `rest` is how it waits between tries."""
        super().__init__()
        place_of(address)
        self._address, self._rest, self._dropped = address, rest, 0
        self._waiting: queue.Queue[bytes] = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._send_all, name="log shipping", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line where the thread takes it; where too many wait, the oldest goes."""
        line = framed(record, self.format(record))
        while True:
            try:
                self._waiting.put_nowait(line)
                return
            except queue.Full:
                try:
                    self._waiting.get_nowait()
                    self._dropped += 1
                except queue.Empty:
                    pass

    def _send_all(self) -> None:
        """Send for ever; a line that did not leave is sent on the next connection."""
        line: bytes | None = None
        while True:
            try:
                with connected(self._address) as away:
                    while True:
                        line = line or self._waiting.get()
                        away.sendall(self._said_dropped() + line)
                        line = None
            except OSError:
                self._rest(REST)

    def _said_dropped(self) -> bytes:
        dropped, self._dropped = self._dropped, 0
        if not dropped:
            return b""
        words = f"{dropped} lines could not be sent and were dropped"
        return framed(logging.makeLogRecord({"levelno": logging.ERROR, "name": "consult.log"}), words)


def framed(record: logging.LogRecord, said: str) -> bytes:
    """Return a line as RFC 5424 has it, with its length before it (RFC 5425); a break in it becomes a space."""
    severity = next((_SEVERITY[level] for level in sorted(_SEVERITY, reverse=True) if record.levelno >= level), 7)
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    words = " ".join(said.split())
    line = (
        f"<{_FACILITY * 8 + severity}>1 {at} {socket.gethostname()} consult {os.getpid()} {record.name[:32]} - {words}"
    )
    content = line.encode()
    return f"{len(content)} ".encode() + content


def ship(address: str) -> None:
    """Send everything that consult logs from now on, once for a process and a place. Raises NoPlace."""
    logger = logging.getLogger("consult")
    if any(isinstance(one, Shipping) and one._address == address for one in logger.handlers):
        return
    handler = Shipping(address)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
