"""The pages that tell how long things are kept, and prove it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import Attempt
from consult.db import session, transaction
from consult.retention.classes import CLASSES
from consult.retention.going import GOING
from consult.submissions.drafting.drafts import start_draft
from consult.submissions.models import Draft
from consult.testing.world import World
from consult.web.retention import COUNTED_FOR


def _old_try(digest: bytes) -> None:
    with transaction():
        session.add(Attempt(digest=digest, count=1, ends_at=clock.now() - timedelta(days=9)))


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_everybody_reads_every_rule(client: FlaskClient, world: World, language: str) -> None:
    page = client.get(f"/{language}/retention/").text
    for kept in CLASSES:
        assert kept.label.text in page if language == "en" else True
    assert page.count('<span class="title">') == len(GOING)


def test_a_row_that_is_too_old_shows_and_counting_serves_everybody_for_minutes(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    assert "Something is older than its rule" not in client.get("/en/retention/").text
    _old_try(b"1")
    with count_queries() as few:
        assert "Something is older than its rule" not in client.get("/en/retention/").text
    assert len(few) == 0
    with clock.at(clock.now() + COUNTED_FOR):
        page = client.get("/en/retention/").text
    assert "One row is older than its rule allows." in page


def test_administrators_see_it_as_it_is_and_nobody_else_does(app: Flask, client: FlaskClient, world: World) -> None:
    _old_try(b"1")
    assert world.sign_in(client, "organiser").get("/en/administer/retention/").status_code == 403
    page = world.sign_in(app.test_client(), "administrator").get("/en/administer/retention/").text
    assert "One row is older than its rule allows." in page
    assert "Tables without a rule" not in page


def test_who_has_a_draft_that_will_go_is_told_before(client: FlaskClient, world: World) -> None:
    with clock.at(clock.now() - timedelta(days=200)):
        start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("ghat"))
    mine = world.sign_in(client, "ghat")
    assert "unless you save something in it" not in mine.get("/en/c/test/mine/").text
    with transaction():
        session.execute(sa.update(Draft).values(saved_at=clock.now() - timedelta(days=310)))
    assert "unless you save something in it" in mine.get("/en/c/test/mine/").text
