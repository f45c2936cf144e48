"""Votes cast per second by four processes: consult's vote page beside a bare route that writes the same with the same lock.

Four processes of voters send to four processes of the server, each voter once, in one ballot for each turn. Nobody tries
again; afterwards every acknowledged vote is looked for in the database.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlencode

from consult.db import database
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from tools.bench.client import Client
from tools.bench.results import Measure
from tools.bench.servers import Server, bare_server, consult_server
from tools.bench.stores import KEPT, Keeper, application, settings_of
from tools.bench.voters import CHOICES, OpenBallot, Voter, make_plenary, new_ballot, recorded

PROCESSES, CONNECTIONS, PAIRS = 4, 4, 5
CASTING_RATIO = 0.4
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: votes per second, CPU milliseconds of the server for each vote, and what went wrong."""

    per_second: float
    cpu_ms: float
    problem: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What a voter's browser holds of the vote page: its address, the form's cookie and token."""

    path: str
    cookie: str
    token: str


def measure_casting(engine: str, keeper: Keeper | None) -> Measure:
    """Cast a thousand votes in each of five ballots each way, in turns."""
    print(f"  {engine:<11}          ballots", flush=True)
    measure = Measure("ballots", engine, 1000, ratio_bar=CASTING_RATIO, ratio_at_least=True)
    with application(_instance(engine, keeper)) as app, app.app_context():
        upgrade(database.engine, runtime().hooks)
        if "take_part.vote" not in app.view_functions:
            return measure.failed("the page is missing")
        turns = list(_pairs(app.config["CONSULT"]))
    measure.per_second = median(ours.per_second for ours, _ in turns)
    measure.bare_per_second = median(bare.per_second for _, bare in turns)
    measure.bare_ratio = median(ours.per_second / bare.per_second for ours, bare in turns)
    measure.cpu_ms = median(ours.cpu_ms for ours, _ in turns)
    measure.bare_ms = median(bare.cpu_ms for _, bare in turns)
    measure.problem = "; ".join(sorted({turn.problem for pair in turns for turn in pair if turn.problem}))
    return measure


def _instance(engine: str, keeper: Keeper | None) -> Settings:
    folder = KEPT / f"{engine}-ballots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if keeper:
        keeper.fresh("bench_ballots")
    return settings_of(folder, keeper.server.url("bench_ballots") if keeper else "")


def _pairs(settings: Settings) -> Iterator[tuple[Turn, Turn]]:
    world, voters = make_plenary()
    slug = world.consultation.slug
    with consult_server(settings, PROCESSES) as server, bare_server(settings, "box", PROCESSES) as box:
        warm = new_ballot(world)
        _turn(server, warm, voters, _form_requests(_paper(server, slug, warm, voters[0]), voters))
        _turn(box, warm, voters, _bare_requests(warm, voters))
        for _ in range(PAIRS):
            ballot, other = new_ballot(world), new_ballot(world)
            paper = _paper(server, slug, ballot, voters[0])
            yield (
                _turn(server, ballot, voters, _form_requests(paper, voters)),
                _turn(box, other, voters, _bare_requests(other, voters)),
            )


def _choice(place: int) -> str:
    return CHOICES[place % len(CHOICES)]


def _paper(server: Server, slug: str, ballot: OpenBallot, voter: Voter) -> Paper:
    """Open the vote page once: cookie and token of its form stand for any visitor."""
    path = f"/ar/c/{slug}/ballots/{ballot.number}/vote/"
    with closing(Client(server.port, {"Cookie": f"consult-session={voter.token}"})) as client:
        answer = client.get(path)
    token = _TOKEN.search(answer.body.decode())
    if answer.status != 200 or token is None:
        raise RuntimeError(f"the vote page answers {answer.status}")
    return Paper(path, answer.headers["set-cookie"].partition(";")[0], token[1])


def _form_requests(paper: Paper, voters: Sequence[Voter]) -> list[bytes]:
    return [
        _request(
            paper.path,
            {"csrf_token": paper.token, "choice": _choice(place), "then": "cast"},
            f"consult-session={voter.token}; {paper.cookie}",
        )
        for place, voter in enumerate(voters)
    ]


def _bare_requests(ballot: OpenBallot, voters: Sequence[Voter]) -> list[bytes]:
    return [
        _request("/cast", {"ballot": ballot.id.hex, "voter": voter.member.hex, "choice": _choice(place)}, "")
        for place, voter in enumerate(voters)
    ]


def _request(path: str, fields: Mapping[str, str], cookie: str) -> bytes:
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Cookie: {cookie}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _turn(server: Server, ballot: OpenBallot, voters: Sequence[Voter], requests: list[bytes]) -> Turn:
    """Let four processes send the requests, and look for every acknowledged vote."""
    before = server.cpu_ms()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, _take_barrier, (barrier,)) as pool:
        shares = [(server.port, requests[n::PROCESSES]) for n in range(PROCESSES)]
        sent = pool.starmap(_send, shares, chunksize=1)
    began, ended = min(s.began for s in sent), max(s.ended for s in sent)
    acknowledged = sum(s.acknowledged for s in sent)
    expected = {voter.member: _choice(place) for place, voter in enumerate(voters)}
    return Turn(
        per_second=acknowledged / (ended - began),
        cpu_ms=(server.cpu_ms() - before) / len(requests),
        problem=_problem(acknowledged, expected, ballot),
    )


def _problem(acknowledged: int, expected: Mapping[uuid.UUID, str], ballot: OpenBallot) -> str:
    if acknowledged != len(expected):
        return f"{len(expected) - acknowledged} votes were not acknowledged"
    found = recorded(ballot)
    lost = sum(found.get(voter) != choice for voter, choice in expected.items())
    return f"{lost} votes were lost" if lost else ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one process sent: when (monotonic seconds), and how many votes were acknowledged."""

    began: float
    ended: float
    acknowledged: int


_barrier: Any = None


def _take_barrier(barrier: Any) -> None:
    global _barrier
    _barrier = barrier


def _send(port: int, requests: Sequence[bytes]) -> Sent:
    """Send requests one after another, by turns over a few kept connections; each is sent once."""
    connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(CONNECTIONS)]
    _barrier.wait(timeout=60)
    began = time.monotonic()
    acknowledged = sum(
        _status(connections[place % CONNECTIONS], request) == 303 for place, request in enumerate(requests)
    )
    ended = time.monotonic()
    for connection in connections:
        connection.close()
    return Sent(began, ended, acknowledged)


def _status(connection: socket.socket, request: bytes) -> int:
    """Send a request and read its whole answer, which says how long it is."""
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _some(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]  # always there
    while len(body) < length:
        body += _some(connection)
    return int(head.split(b" ", 2)[1])


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the server hung up")
    return received
