"""A line as Tor's is: slow to answer, narrow, and cut when one does not expect it. It also notes what a browser says of itself."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from consult.testing.server import free_port

#: Headers whose values are looked at.
TOLD = (b"referer", b"cookie", b"origin", b"accept-language", b"user-agent")


@dataclass
class Line:
    """A port in front of another one. `waits` are the bounds of the seconds that each way takes, `width` bytes a second."""

    to: int
    waits: tuple[float, float] = (1.0, 2.0)
    width: int = 60_000
    #: After so many bytes sent by the browser on one connection the line is cut, each time; None for never.
    cut_after: int | None = None
    cuts: int = 0
    told: dict[str, Counter[str]] = field(default_factory=dict)
    requests: int = 0
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._take, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._server.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                for source, target, up in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self._carry, args=(source, target, up), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        sent, last = 0, 0.0
        with suppress(OSError):
            while part := source.recv(16_384):
                if time.monotonic() - last > 0.5:  # the first of what goes together waits for the way
                    time.sleep(random.uniform(*self.waits))
                time.sleep(len(part) / self.width)
                if up:
                    self._note(part)
                    sent += len(part)
                    if self.cut_after is not None and sent > self.cut_after:
                        self.cuts += 1
                        break
                target.sendall(part)
                last = time.monotonic()
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _note(self, part: bytes) -> None:
        head = part.partition(b"\r\n\r\n")[0].split(b"\r\n")
        if not head[0].endswith(b" HTTP/1.1"):
            return
        self.requests += 1
        for line in head[1:]:
            name, _, value = line.partition(b": ")
            if name.lower() in TOLD:
                self.told.setdefault(name.lower().decode(), Counter())[value.decode("latin-1")] += 1
