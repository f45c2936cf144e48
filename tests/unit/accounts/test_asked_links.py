"""Links that are asked for by mail are bound to the browser that asked; elsewhere they show a code for that browser."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import LinkRequest, SignIn, SignInLink, email_key
from consult.accounts.services import answer_link_request, consume_link, consume_link_code, request_sign_in_link
from consult.accounts.signing_in.asked_links import DIGITS, code_to_type
from consult.accounts.signing_in.links import IssuedLink
from consult.db import session
from consult.errors import LinkSpent, Rejected, TooManyTries
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.runtime import Runtime, running, runtime
from consult.testing.world import World

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Counting = Callable[[], AbstractContextManager[list[str]]]


def _asked(address: str = "ghat@example.org", *, origin: str = "192.0.2.1") -> tuple[str, IssuedLink]:
    """Ask for a link and have the worker answer; return the browser's secret and the link."""
    asked = request_sign_in_link(address, origin=origin)
    request = session.scalars(sa.select(LinkRequest.id).where(LinkRequest.email_key == email_key(address))).one()
    link = answer_link_request(request)
    assert link is not None
    return asked, link


def _type(code: str, *asked: str, origin: str = "192.0.2.1") -> uuid.UUID:
    return consume_link_code(code, asked=asked, origin=origin, actor=ANONYMOUS).person


def test_a_link_opens_where_it_was_asked_for_and_nowhere_else(world: World) -> None:
    asked, link = _asked()
    for elsewhere in ((), ("another browser's secret",)):
        with pytest.raises(LinkSpent):
            consume_link(link.token, asked=elsewhere, actor=ANONYMOUS)
    assert session.scalars(sa.select(SignIn.id)).all() == []
    assert code_to_type(link.token, [asked]) == ""
    assert consume_link(link.token, asked=[asked], actor=ANONYMOUS).person == world.people["ghat"]


def test_its_code_signs_in_the_browser_that_asked_once_and_is_kept_nowhere(world: World) -> None:
    asked, link = _asked()
    code = code_to_type(link.token, [])
    assert (len(code), code.isdecimal(), code_to_type(link.token, ["another"])) == (DIGITS, True, code)
    kept = session.execute(sa.select(SignInLink.__table__)).one()
    assert not any(code.encode() in (value if isinstance(value, bytes) else str(value).encode()) for value in kept)
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert _type(f" {arabic[:4]} {arabic[4:]}", asked) == world.people["ghat"]
    with pytest.raises(Rejected):
        _type(code, asked)
    with pytest.raises(LinkSpent):
        consume_link(link.token, asked=[asked], actor=ANONYMOUS)
    assert [event.facts["method"] for event in events_after(INSTANCE) if event.type == "SignedIn"] == ["link"]


def test_a_code_is_worth_nothing_in_another_browser_and_for_another_request(world: World) -> None:
    asked, first = _asked()
    theirs, second = _asked("derna@example.org")
    for code, *secrets in (
        (code_to_type(first.token, []), theirs),
        (code_to_type(first.token, []), "never asked"),
        (code_to_type(second.token, []), asked),
    ):
        with pytest.raises(Rejected):
            _type(code, *secrets)
    assert _type(code_to_type(second.token, []), asked, theirs) == world.people["derna"]  # one browser, two requests


def test_link_and_code_end_ten_minutes_after_the_asking(world: World) -> None:
    with clock.at(NOON):
        asked = request_sign_in_link("ghat@example.org", origin="192.0.2.1")
        (request,) = session.scalars(sa.select(LinkRequest.id)).all()
    with clock.at(NOON + timedelta(minutes=4)):
        link = answer_link_request(request)
        assert link is not None
        code = code_to_type(link.token, [])
    assert link.expires_at == NOON + timedelta(minutes=10)
    with clock.at(NOON + timedelta(minutes=10)):
        with pytest.raises(Rejected):
            _type(code, asked)
        with pytest.raises(LinkSpent):
            consume_link(link.token, asked=[asked], actor=ANONYMOUS)


def test_a_code_is_guessed_five_times_at_most(world: World) -> None:
    asked, link = _asked()
    code = code_to_type(link.token, [])
    wrong = f"{(int(code) + 1) % 10**DIGITS:0{DIGITS}}"
    for typed in ("", "123", "12345678x9"):
        with pytest.raises(Rejected):  # what is no code is not counted
            _type(typed, asked)
    for _ in range(5):
        with pytest.raises(Rejected):
            _type(wrong, asked)
    with pytest.raises(TooManyTries):
        _type(code, asked)
    again, newer = _asked()
    assert _type(code_to_type(newer.token, []), asked, again) == world.people["ghat"]  # a new letter helps
    with pytest.raises(LinkSpent):
        consume_link(newer.token, asked=[again], actor=ANONYMOUS)


def test_codes_from_one_network_address_are_limited(world: World) -> None:
    with clock.at(NOON):
        for number in range(200):
            with pytest.raises(Rejected):
                _type("00000000", f"browser {number}", origin="192.0.2.7")
        with pytest.raises(TooManyTries):
            _type("00000000", "one more", origin="192.0.2.7")


def test_a_wrong_code_costs_the_same_whether_a_letter_went(world: World, count_queries: Counting) -> None:
    known, _ = _asked()
    unknown = request_sign_in_link("nobody@example.org", origin="192.0.2.1")
    said: Counter[tuple[object, ...]] = Counter()
    for asked in (known, unknown):
        with count_queries() as statements, pytest.raises(Rejected) as refused:
            _type("00000000", asked)
        said[(refused.value.problems, *(" ".join(one.split()[:3]) for one in statements))] += 1
    assert list(said.values()) == [2]


def test_an_operator_may_give_a_link_more_time(app: Flask, world: World) -> None:
    parts = runtime()
    slow = Runtime(replace(parts.settings, sign_in_link_minutes=30), parts.hooks, parts.readers, parts.signer)
    with clock.at(NOON), running(slow):
        assert _asked()[1].expires_at == NOON + timedelta(minutes=30)


def _work_of(address: str, count_queries: object) -> list[str]:
    with count_queries() as statements:  # type: ignore[operator]
        request_sign_in_link(address, origin="192.0.2.1")
    return [" ".join(statement.split()[:3]) for statement in statements]


def test_asking_for_a_link_does_the_same_work_whether_there_is_an_account(world: World, count_queries: object) -> None:
    request_sign_in_link("first@example.org", origin="192.0.2.1")  # begins the stream of events
    known = _work_of("ghat@example.org", count_queries)
    unknown = _work_of("nobody@example.org", count_queries)
    assert known == unknown
    assert "person" not in " ".join(known)
    assert session.scalars(sa.select(LinkRequest.email_key).order_by(LinkRequest.email_key)).all() == [
        "first@example.org",
        "ghat@example.org",
        "nobody@example.org",
    ]


def test_the_worker_answers_and_forgets_what_was_asked(world: World) -> None:
    request_sign_in_link(" GHAT@Example.ORG ", origin="192.0.2.1")
    request_sign_in_link("nobody@example.org", origin="192.0.2.1")
    ghat, nobody = session.scalars(sa.select(LinkRequest.id).order_by(LinkRequest.email_key)).all()
    link = answer_link_request(ghat)
    assert link is not None
    assert (link.person, answer_link_request(nobody), answer_link_request(ghat)) == (world.people["ghat"], None, None)
    assert session.scalars(sa.select(LinkRequest.id)).all() == []
    assert link.expires_at > clock.now()


def test_a_request_that_waited_too_long_is_forgotten(world: World) -> None:
    request_sign_in_link("ghat@example.org", origin="192.0.2.1")
    (request,) = session.scalars(sa.select(LinkRequest.id)).all()
    with clock.at(clock.now() + timedelta(minutes=10)):
        assert answer_link_request(request) is None
    assert session.scalars(sa.select(LinkRequest.id)).all() == []


def test_what_is_no_address_is_refused_at_its_field(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        request_sign_in_link("not an address", origin="192.0.2.1")
    assert [problem.field for problem in refused.value.problems] == ["email"]


def test_the_fourth_request_for_one_account_has_to_wait(world: World) -> None:
    for _ in range(3):
        request_sign_in_link("nobody@example.org", origin="192.0.2.1")
    with pytest.raises(TooManyTries):
        request_sign_in_link("NOBODY@example.org", origin="192.0.2.2")
    request_sign_in_link("derna@example.org", origin="192.0.2.1")
    with clock.at(clock.now() + timedelta(minutes=16)):
        request_sign_in_link("nobody@example.org", origin="192.0.2.1")
