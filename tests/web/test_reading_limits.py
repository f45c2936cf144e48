"""Searching has an end for each minute: for strangers by network address, for others by person; nothing else is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from consult import clock
from consult.app import create_app
from consult.db import database
from consult.settings import Settings
from consult.testing.web import Browser
from consult.testing.world import World, make_world

NOON = datetime(2026, 11, 24, 12, 0, 20, tzinfo=UTC)
SEARCH = "/en/c/test/submissions/?q=water"
TABLE = "/en/c/test/coverage.xlsx"


@pytest.fixture
def limited(settings: Settings) -> Iterator[tuple[Flask, World]]:
    """An application in which six searches a minute are the end."""
    app = create_app(replace(settings, searches_a_minute=6))
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield app, make_world()
        database.session.remove()
        database.engine.dispose()


def _asked(browser: Browser, path: str, origin: str = "192.0.2.1") -> int:
    return browser.get(path, environ_base={"REMOTE_ADDR": origin}).status_code


def test_after_so_many_searches_a_stranger_waits_for_the_next_minute(limited: tuple[Flask, World]) -> None:
    app, _ = limited
    with clock.at(NOON):
        assert [_asked(app.test_client(), SEARCH) for _ in range(7)] == [200] * 6 + [429]
        answer = app.test_client().get(SEARCH.replace("/en/", "/ar/"), environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
        assert "انتظر دقيقة ثم حاول" in answer.get_data(as_text=True)
        assert _asked(app.test_client(), SEARCH, "192.0.2.2") == 200
        assert _asked(app.test_client(), "/en/c/test/submissions/") == 200  # a list without words is no search
        assert _asked(app.test_client(), "/en/c/test/submissions/?q=%20") == 200
    with clock.at(NOON + timedelta(seconds=40)):
        assert _asked(app.test_client(), SEARCH) == 200


def test_a_table_that_is_made_while_one_waits_costs_as_five(limited: tuple[Flask, World]) -> None:
    app, _ = limited
    with clock.at(NOON):
        assert [_asked(app.test_client(), path) for path in (TABLE, SEARCH, SEARCH)] == [200, 200, 429]
        feed = "/en/c/test/submissions/feed.atom"
        assert [_asked(app.test_client(), path) for path in (feed, f"{feed}?q=water")] == [200, 429]


def test_people_in_one_hall_do_not_use_up_each_others(limited: tuple[Flask, World]) -> None:
    app, world = limited
    with clock.at(NOON):
        assert [_asked(app.test_client(), SEARCH) for _ in range(7)][-1] == 429
        ghat, derna = (world.sign_in(app.test_client(), key) for key in ("ghat", "derna"))
        assert [_asked(ghat, SEARCH) for _ in range(7)] == [200] * 6 + [429]
        assert _asked(derna, SEARCH) == 200


def test_an_operator_may_leave_it_to_the_proxy(settings: Settings) -> None:
    app = create_app(replace(settings, searches_a_minute=0))
    app.testing, app.test_client_class = True, Browser
    with app.app_context(), clock.at(NOON):
        make_world()
        assert {_asked(app.test_client(), SEARCH) for _ in range(20)} == {200}
        database.session.remove()
        database.engine.dispose()
