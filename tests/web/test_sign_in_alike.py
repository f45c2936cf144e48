"""Known and unknown accounts: a thousand tries on the pages that nobody can tell apart by answer, work or time."""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import argon2
import pytest
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import Person
from consult.accounts.services import sign_in_with_password
from consult.accounts.signing_in import passwords
from consult.accounts.signing_in.passwords import hash_password
from consult.db import session, transaction
from consult.errors import Rejected
from consult.testing.acts import open_track
from consult.testing.web import form_token
from consult.testing.world import World

SIGN_IN = "/en/sign-in"
KNOWN, UNKNOWN = "ghat@example.org", "gone@example.org"
CHEAP = "$argon2id$v=19$m=8,t=1,p=1"
#: What differs from one answer to the next whoever asks.
_NEW_EACH_TIME = re.compile(r'name="csrf_token" value="[^"]+"|&#34;challenge&#34;: &#34;[\w-]+&#34;')
#: From so many tries of each on, times are compared.
ENOUGH = 100
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a password was verified, by the cost that stands in the hash; cheap ones, so that other work shows."""
    counted: Counter[str] = Counter()
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    class CountingHasher(argon2.PasswordHasher):
        """argon2-cffi's own, counting."""

        def verify(self, *given: str | bytes) -> Any:  # type: ignore[override]
            counted[str(given[0]).rsplit("$", 2)[0]] += 1
            return super().verify(*given)

    monkeypatch.setattr(passwords, "HASHER", CountingHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(passwords, "NOBODY", cheap.hash("thrown away"))
    return counted


@pytest.fixture
def known(world: World, hashes: Counter[str]) -> None:
    """One account with a password."""
    hashed = hash_password("we write what we want")
    with transaction():
        session.get_one(Person, world.people["ghat"]).password_hash = hashed


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor can see of a try, and what it cost: statements, and seconds."""

    seen: tuple[object, ...]
    statements: tuple[str, ...]
    seconds: float


def _in_turns(
    attempt: Callable[[str], tuple[object, ...]],
    counting: Counting,
    times: int,
    apart: timedelta = timedelta(minutes=6),
) -> Sequence[Sequence[Answer]]:
    """Try with the known and the unknown address in turns, so far apart that no limit is met; return what came of each."""
    moment = clock.now()
    answers: dict[str, list[Answer]] = {KNOWN: [], UNKNOWN: []}
    for turn in range(times):
        with clock.at(moment + turn * apart):
            for address in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                with counting() as statements:
                    begun = time.perf_counter()
                    seen = attempt(address)
                    seconds = time.perf_counter() - begun
                answers[address].append(Answer(seen, tuple(statements), seconds))
    return answers[KNOWN], answers[UNKNOWN]


def _cannot_be_told_apart(ours: Sequence[Answer], theirs: Sequence[Answer]) -> None:
    """Compare answers and statements exactly; times by medians and by ranks, within this run: no number of seconds is asked for."""
    assert {answer.seen for answer in ours} == {answer.seen for answer in theirs}
    assert len({answer.seen for answer in ours}) == 1
    assert {answer.statements for answer in ours} == {answer.statements for answer in theirs}
    if len(ours) >= ENOUGH:
        known, unknown = ([answer.seconds for answer in answers] for answers in (ours, theirs))
        assert 0.8 < median(known) / median(unknown) < 1.25
        assert 0.38 < _quicker(known, unknown) < 0.62


def _quicker(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return how often one of ours is quicker than one of theirs: 0.5 where time tells nothing (Mann and Whitney, 1947)."""
    ranked = sorted(theirs)
    behind = sum(2 * len(ranked) - bisect_left(ranked, one) - bisect_right(ranked, one) for one in ours)
    return behind / (2 * len(ours) * len(ranked))


def _page(client: FlaskClient, path: str, **fields: str) -> Callable[[str], tuple[object, ...]]:
    """Return what sends a form with an address, and gives what comes back without what is new each time."""
    token = form_token(client, path)

    def send(address: str) -> tuple[object, ...]:
        answer = client.post(path, data={"csrf_token": token, "email": address, **fields})
        page = _NEW_EACH_TIME.sub("", answer.get_data(as_text=True)).replace(address, "")
        headers = tuple((k, v) for k, v in answer.headers if k not in {"Set-Cookie", "Content-Length"})
        return answer.status_code, headers, page

    return send


@pytest.mark.usefixtures("known")
def test_a_thousand_tries_on_the_pages_tell_nothing_of_an_account(
    client: FlaskClient, world: World, count_queries: Counting, hashes: Counter[str]
) -> None:
    """A wrong password, a link asked for by whoever has none or forgot theirs, a registration: each page as it is served."""
    open_track(world, "cso")
    pages = {
        422: _page(client, SIGN_IN, password="wrong, but long enough"),
        303: _page(client, SIGN_IN, password=""),
    }
    joining = _page(client, "/en/c/test/register/", track="cso", name="آمنة", language="en")
    for send in (*pages.values(), joining):
        send("first@example.org")  # the first of all begins the log
    hashes.clear()
    often, seldom = timedelta(minutes=6), timedelta(minutes=25)  # no limit is met
    rounds = ((422, pages[422], 200, often), (303, pages[303], 150, often), (303, joining, 150, seldom))
    for status, send, pairs, apart in rounds:
        ours, theirs = _in_turns(send, count_queries, pairs, apart)
        assert ours[0].seen[0] == status
        _cannot_be_told_apart(ours, theirs)
    assert hashes == {CHEAP: 400}


@pytest.mark.usefixtures("known")
def test_the_service_verifies_a_password_whoever_is_asked_for(count_queries: Counting, hashes: Counter[str]) -> None:
    def attempt(address: str) -> tuple[object, ...]:
        with pytest.raises(Rejected) as refused:
            sign_in_with_password(address, "wrong, but long enough", origin="192.0.2.1", actor=ANONYMOUS)
        return refused.value.problems

    _cannot_be_told_apart(*_in_turns(attempt, count_queries, 10))
    assert hashes == {CHEAP: 20}


def test_a_difference_in_time_would_be_seen() -> None:
    same = [1.0, 1.1, 1.2, 1.3] * 25
    assert 0.4 < _quicker(same, same) < 0.6
    assert _quicker(same, [one + 0.15 for one in same]) > 0.62
