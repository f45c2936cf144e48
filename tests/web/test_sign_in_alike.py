"""Known and unknown accounts: a thousand tries that nobody can tell apart by answer, work or time."""

from __future__ import annotations

import re
import time
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
from consult.accounts import passwords
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import Person
from consult.accounts.passwords import hash_password
from consult.accounts.services import sign_in_with_password
from consult.db import session, transaction
from consult.errors import Rejected
from consult.testing.web import form_token
from consult.testing.world import World

SIGN_IN = "/en/sign-in"
KNOWN, UNKNOWN = "ghat@example.org", "gone@example.org"
CHEAP = "$argon2id$v=19$m=8,t=1,p=1"
#: What differs from one answer to the next whoever asks.
_NEW_EACH_TIME = re.compile(r'name="csrf_token" value="[^"]+"|&#34;challenge&#34;: &#34;[\w-]+&#34;')
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
    attempt: Callable[[str], tuple[object, ...]], counting: Counting, times: int
) -> Sequence[Sequence[Answer]]:
    """Try with the known and the unknown address in turns, so far apart that no limit is met; return what came of each."""
    moment = clock.now()
    answers: dict[str, list[Answer]] = {KNOWN: [], UNKNOWN: []}
    for turn in range(times):
        with clock.at(moment + turn * timedelta(minutes=6)):
            for address in (KNOWN, UNKNOWN) if turn % 2 else (UNKNOWN, KNOWN):
                with counting() as statements:
                    begun = time.perf_counter()
                    seen = attempt(address)
                    seconds = time.perf_counter() - begun
                answers[address].append(Answer(seen, tuple(statements), seconds))
    return answers[KNOWN], answers[UNKNOWN]


def _cannot_be_told_apart(ours: Sequence[Answer], theirs: Sequence[Answer]) -> None:
    assert {answer.seen for answer in ours} == {answer.seen for answer in theirs}
    assert len({answer.seen for answer in ours}) == 1
    assert {answer.statements for answer in ours} == {answer.statements for answer in theirs}


def _page(client: FlaskClient, password: str) -> Callable[[str], tuple[object, ...]]:
    """Return what sends the form with an address, and gives what comes back without what is new each time."""
    token = form_token(client, SIGN_IN)

    def send(address: str) -> tuple[object, ...]:
        answer = client.post(SIGN_IN, data={"csrf_token": token, "email": address, "password": password})
        page = _NEW_EACH_TIME.sub("", answer.get_data(as_text=True)).replace(address, "")
        headers = tuple((k, v) for k, v in answer.headers if k not in {"Set-Cookie", "Content-Length"})
        return answer.status_code, headers, page

    return send


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_thousand_wrong_passwords_cost_the_same_work_and_time(count_queries: Counting, hashes: Counter[str]) -> None:
    def attempt(address: str) -> tuple[object, ...]:
        with pytest.raises(Rejected) as refused:
            sign_in_with_password(address, "wrong, but long enough", origin="192.0.2.1", actor=ANONYMOUS)
        return refused.value.problems

    ours, theirs = _in_turns(attempt, count_queries, 500)
    _cannot_be_told_apart(ours, theirs)
    assert hashes == {CHEAP: 1000}
    assert 0.67 < median(a.seconds for a in ours) / median(a.seconds for a in theirs) < 1.5


@pytest.mark.usefixtures("known")
def test_the_pages_of_wrong_passwords_are_the_same(
    client: FlaskClient, count_queries: Counting, hashes: Counter[str]
) -> None:
    ours, theirs = _in_turns(_page(client, "wrong, but long enough"), count_queries, 10)
    _cannot_be_told_apart(ours, theirs)
    assert (ours[0].seen[0], hashes) == (422, {CHEAP: 20})


@pytest.mark.usefixtures("known")
def test_whoever_asks_for_a_link_is_told_nothing(
    client: FlaskClient, count_queries: Counting, hashes: Counter[str]
) -> None:
    ask = _page(client, "")
    ask("first@example.org")  # the first of all begins the log
    ours, theirs = _in_turns(ask, count_queries, 10)
    _cannot_be_told_apart(ours, theirs)
    assert (ours[0].seen[0], hashes) == (303, {})
