"""`python -m tools.bench.signing_in`: fifty people sign in with passwords at once; do the pages beside them stay quick?

Each has the form open; all press the button at the same moment, on `consult serve` with a process for each core, while one
visitor reads page after page. Printed: how long the visitor waited (median, 95th percentile) before and beside the
sign-ins, how the sign-ins ended, how long they took, and the CPU time of the sign-in page. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from consult import clock
from consult.accounts.models import Person, email_key
from consult.accounts.signing_in.passwords import hash_password
from consult.db import database, new_id, session, transaction
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.testing.databases import ENGINES
from consult.testing.world import make_world
from tools.bench.client import Client
from tools.bench.servers import Server, consult_server
from tools.bench.stores import Keeper, application, postgresql, settings_of

PEOPLE, CORES = 50, 2
SENTENCE = "we write what we want"
PAGE, SIGN_IN = "/en/c/test/", "/en/sign-in"
BESIDE_MS, SIGN_IN_PAGE_MS = 300.0, 5.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Reader:
    """A visitor who reads page after page until told to stop; `waits` in milliseconds."""

    port: int
    stop: threading.Event = field(default_factory=threading.Event)
    waits: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Read a page on a connection of its own each time, as visitors come: any process may get it."""
        while not self.stop.is_set():
            begun = time.perf_counter()
            with closing(Client(self.port)) as client:
                status = client.get(PAGE).status
            self.waits.append((time.perf_counter() - begun) * 1000)
            if status != 200:
                raise RuntimeError(f"{PAGE} answers {status}")
            self.stop.wait(0.01)


def main() -> int:
    """Measure on both engines and print."""
    with postgresql() as keeper:
        missed = [_measure(engine, keeper if engine == "postgresql" else None) for engine in ENGINES]
    return int(any(missed))


def _measure(engine: str, keeper: Keeper | None) -> bool:
    if keeper:
        keeper.fresh("bench_signing_in")
    with TemporaryDirectory(prefix="consult-bench-") as folder:
        settings = settings_of(Path(folder), keeper.server.url("bench_signing_in") if keeper else "")
        with application(settings) as app, app.app_context():
            upgrade(database.engine, runtime().hooks)
            make_world()
            _add_people()
            session.remove()
        with consult_server(settings, CORES) as server:
            return _turn(engine, server)


def _add_people() -> None:
    hashed = hash_password(SENTENCE)
    with transaction():
        for place in range(PEOPLE):
            address = f"person{place}@example.org"
            person = Person(
                id=new_id(), name=f"شخص {place}", language="ar", created_at=clock.now(), password_hash=hashed
            )
            person.email, person.email_key = address, email_key(address)
            session.add(person)


def _turn(engine: str, server: Server) -> bool:
    forms = [_open_form(server.port) for _ in range(PEOPLE)]
    page_ms = _page_cpu_ms(server)
    before = _while_reading(server.port, lambda: time.sleep(2))
    answers: list[tuple[int, float]] = []
    beside = _while_reading(server.port, lambda: answers.extend(_press_all(server.port, forms)))
    p95 = quantiles(beside, n=20)[-1]
    ended = ", ".join(f"{count} x {status}" for status, count in sorted(Counter(s for s, _ in answers).items()))
    print(
        f"{engine:<11} page beside: median {median(beside):.0f} ms, p95 {p95:.0f} ms, longest {max(beside):.0f} ms, of"
        f" {len(beside)} (before: median {median(before):.0f} ms); sign-ins: {ended}, median"
        f" {median(t for _, t in answers):.0f} ms, longest {max(t for _, t in answers):.0f} ms;"
        f" sign-in page {page_ms:.2f} ms CPU",
        flush=True,
    )
    return p95 > BESIDE_MS or page_ms > SIGN_IN_PAGE_MS or {status for status, _ in answers} != {303}


def _open_form(port: int) -> tuple[str, str]:
    """Return the cookie and the token of a sign-in form."""
    with closing(Client(port)) as client:
        answer = client.get(SIGN_IN)
    token = _TOKEN.search(answer.body.decode())
    if token is None:
        raise RuntimeError(f"{SIGN_IN} answers {answer.status}")
    return answer.headers["set-cookie"].partition(";")[0], token[1]


def _page_cpu_ms(server: Server, requests: int = 300) -> float:
    with closing(Client(server.port)) as client:
        before = server.cpu_ms()
        for _ in range(requests):
            client.get(SIGN_IN)
    return (server.cpu_ms() - before) / requests


def _while_reading(port: int, act: Callable[[], object]) -> list[float]:
    reader = Reader(port)
    thread = threading.Thread(target=reader.run)
    thread.start()
    try:
        act()
    finally:
        reader.stop.set()
        thread.join()
    return reader.waits


def _press_all(port: int, forms: Sequence[tuple[str, str]]) -> list[tuple[int, float]]:
    start, answers = threading.Barrier(len(forms)), []

    def press(place: int, cookie: str, token: str) -> None:
        fields = {"csrf_token": token, "email": f"person{place}@example.org", "password": SENTENCE}
        with closing(Client(port, {"Cookie": cookie})) as client:
            start.wait()
            begun = time.perf_counter()
            status = client.post(SIGN_IN, urlencode(fields)).status
            answers.append((status, (time.perf_counter() - begun) * 1000))

    threads = [threading.Thread(target=press, args=(place, *form)) for place, form in enumerate(forms)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


if __name__ == "__main__":
    sys.exit(main())
