"""How much one visitor may have looked for in a minute: searches, and tables that are made while one waits.

A GET writes nothing, so it is counted in the memory of the process, under a key that nobody else has, and forgotten with the
minute: each process allows its own number. Whoever is signed in is counted by themselves; strangers by their network address,
behind which a whole hall, or half a country's telephones, may stand: only what costs is counted, and the number is large.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import Counter

from flask import Flask, request

from consult import clock
from consult.errors import TooMuchReading
from consult.settings import Settings
from consult.web.visitor import READING, actor

SECONDS = 60
#: Made from rows while one waits. What is made once and kept (editions, open data) is none of them.
TABLES = frozenset({"public.coverage_file", "account.data_file"})
#: One of them costs as much as so many searches.
COST_OF_TABLE = 5


class Minute:
    """What each visitor cost in the present minute."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        self._lock, self._key = threading.Lock(), secrets.token_bytes(32)
        self._present, self._spent = 0, Counter[bytes]()

    def spend(self, visitor: str, cost: int) -> int:
        """Add what a visitor costs and return what they have cost in this minute."""
        minute = int(clock.now().timestamp()) // SECONDS
        digest = hmac.digest(self._key, visitor.encode(), "sha256")
        with self._lock:
            if minute != self._present:
                self._present, self._spent = minute, Counter()
            self._spent[digest] += cost
            return self._spent[digest]


def seconds_left() -> int:
    """Return how many seconds of the present minute are left, 1 at least."""
    return SECONDS - int(clock.now().timestamp()) % SECONDS


def install(app: Flask) -> None:
    """Count before each such request; raises TooMuchReading past the setting `searches_a_minute`."""
    settings: Settings = app.config["CONSULT"]
    minute = Minute()

    @app.before_request
    def count() -> None:
        if request.method not in READING or not settings.searches_a_minute:
            return
        cost = COST_OF_TABLE if request.endpoint in TABLES else int(bool(request.args.get("q", "").strip()))
        if not cost:
            return
        visitor = str(actor().person or request.remote_addr or "")
        if minute.spend(visitor, cost) > settings.searches_a_minute:
            raise TooMuchReading
