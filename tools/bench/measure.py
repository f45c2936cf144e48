"""Measuring pages: CPU time of the server's processes for each request, beside the bare route, in turns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from flask import Flask

from consult.demo.load import SLUG
from consult.web.visitor import cookie_name
from tools.bench.capture import Captured, capture
from tools.bench.client import Client
from tools.bench.pages import PAGES, Page, address, places, sign_in
from tools.bench.results import Measure
from tools.bench.servers import Server, bare_server, consult_server, family_cpu_ms
from tools.bench.stores import Store, application

#: Turns of the application and of the bare route; the median of them counts.
ROUNDS = 3
#: So often something happens before a page is asked for anew.
EVENTS = 100
#: Conditional requests are sent in batches of so many, at most so many batches.
BATCH, MOST_BATCHES = 100, 100
#: What differs between two visits of the same page: the token of its form, and a clock that runs on it.
_OF_THE_VISIT = re.compile(rb'value="[A-Za-z0-9_.-]{60,}"|\d+:\d\d')


@dataclass(frozen=True, slots=True)
class Target:
    """A page with its address and cookie, and what one request to it does; `captured` is None for a missing page."""

    page: Page
    path: str
    cookie: str
    captured: Captured | None


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU milliseconds for each request: of the server, and of the database's own processes."""

    server: float
    database: float


def measure_pages(store: Store, names: frozenset[str], requests: int) -> Iterator[Measure]:
    """Yield a measure of each wanted page on one database."""
    with application(store.settings) as app:
        targets = list(_targets(app, [page for page in PAGES if page.name in names]))
    with consult_server(store.settings) as server, bare_server(store.settings, "pages") as bare:
        for target in targets:
            print(f"  {store.engine:<11}{store.rows:>8,}  {target.page.name}", flush=True)
            yield _measure(store, target, server, bare, requests)


def _targets(app: Flask, pages: Sequence[Page]) -> Iterator[Target]:
    """Yield the pages with what a request to each of them does."""
    with app.app_context():
        found = places()
        cookies = {page.role: f"{cookie_name()}={sign_in(page.role)}" for page in pages if page.role}
    for page in pages:
        path, cookie = address(app, page, found), cookies.get(page.role, "")
        yield Target(page, path or "", cookie, capture(app, path, cookie) if path else None)


def _measure(store: Store, target: Target, server: Server, bare: Server, requests: int) -> Measure:
    page, captured = target.page, target.captured
    measure = Measure(page.name, store.engine, store.rows, cpu_bar=page.cpu_bar, query_bar=page.query_bar)
    if captured is None:
        return measure.failed("the page is missing")
    if captured.status != 200:
        return measure.failed(f"the page answers {captured.status}")
    headers = {"Cookie": target.cookie} if target.cookie else {}
    with closing(Client(server.port, headers)) as client, closing(Client(bare.port, headers)) as plain:
        answer, bare_answer = client.get(target.path), plain.get(target.path)
        if _without_visit(answer.body) != _without_visit(bare_answer.body):
            measure.problem = (
                f"the bare route does not give the same page ({len(answer.body)}, {len(bare_answer.body)})"
            )
        turns = [
            (_spent(client, target.path, server, store, requests), _spent(plain, target.path, bare, store, requests))
            for _ in range(ROUNDS)
        ]
        measure.cpu_ms = median(app.server for app, _ in turns)
        measure.database_ms = median(app.database for app, _ in turns) if store.keeper else None
        measure.bare_ms = median(plain.server for _, plain in turns)
        measure.bare_ratio = median(app.server / plain.server for app, plain in turns)
        measure.queries = captured.queries
        measure.bytes = len(answer.body)
        if page.unchanged:
            _measure_unchanged(measure, client, target.path, server, requests)
            _measure_anew(measure, store, client, target.path, server)
    return measure


def _measure_anew(measure: Measure, store: Store, client: Client, path: str, server: Server) -> None:
    """Ask for the page each time that something has happened in the consultation: nothing that was kept of it holds."""
    engine = sa.create_engine(store.settings.sqlalchemy_url)
    happens = sa.text("UPDATE stream SET seq = seq + :by WHERE id = (SELECT id FROM consultation WHERE slug = :slug)")
    before = server.cpu_ms()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(EVENTS):
            connection.execute(happens, {"by": 1, "slug": SLUG})
            _repeat(lambda: client.get(path).status, 1, 200)
        measure.anew_ms = (server.cpu_ms() - before) / EVENTS
        connection.execute(happens, {"by": -EVENTS, "slug": SLUG})
    engine.dispose()


def _measure_unchanged(measure: Measure, client: Client, path: str, server: Server, requests: int) -> None:
    """Ask again with the page's tag, in batches: a page with a running clock has a tag that holds for two seconds."""
    spent, batches = 0.0, 0
    for _ in range(MOST_BATCHES):
        tag = client.get(path).headers.get("etag")
        if tag is None:
            measure.problem = "the page has no ETag"
            return
        before = server.cpu_ms()
        unchanged = sum(client.get(path, **{"If-None-Match": tag}).status == 304 for _ in range(BATCH))
        if unchanged == BATCH:
            spent, batches = spent + server.cpu_ms() - before, batches + 1
        if batches * BATCH >= requests * ROUNDS:
            break
    if not batches:
        measure.problem = "the page is never unchanged"
        return
    measure.unchanged_ms = spent / (batches * BATCH)


def _spent(client: Client, path: str, server: Server, store: Store, requests: int) -> Spent:
    def ask() -> int:
        return client.get(path).status

    _repeat(ask, 20, 200)
    before, database = server.cpu_ms(), family_cpu_ms(store.keeper)
    _repeat(ask, requests, 200)
    return Spent((server.cpu_ms() - before) / requests, (family_cpu_ms(store.keeper) - database) / requests)


def _repeat(ask: Callable[[], int], times: int, status: int) -> None:
    for _ in range(times):
        if (given := ask()) != status:
            raise RuntimeError(f"the server answers {given} instead of {status}")


def _without_visit(body: bytes) -> bytes:
    return _OF_THE_VISIT.sub(b"", body)
