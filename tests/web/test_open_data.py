"""The open data as everybody downloads them, and addresses that stay."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.access import OPERATOR
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.outcomes.models import OpenData
from consult.outcomes.open_data_ready import choose_licence, file_of, make_due
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.services import Review, hide
from consult.testing.small_tracks import running_app
from consult.testing.story import Story, tell_story
from consult.testing.web import post
from consult.testing.world import World

PAGE, FILE = "/en/c/test/open-data/", "/en/c/test/open-data/data.zip"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def story(world: World) -> Story:
    """See `consult.testing.story`."""
    return tell_story(world)


def download(client: FlaskClient, tag: str = "") -> TestResponse:
    """Ask for the package, and let go of the file."""
    answer = client.get(FILE, headers={"If-None-Match": tag} if tag else {}, buffered=True)
    answer.close()
    return answer


def _package() -> OpenData:
    return session.scalars(sa.select(OpenData).execution_options(populate_existing=True)).one()


def test_nothing_is_given_away_before_a_licence(client: FlaskClient, story: Story) -> None:
    assert not make_due()
    assert "Nothing is given away" in client.get(PAGE).text
    assert download(client).status_code == 302


def test_organisers_choose_and_everybody_downloads_what_lies_ready(
    app: Flask, client: FlaskClient, story: Story, count_queries: Counting
) -> None:
    organiser = story.world.sign_in(app.test_client(), "organiser")
    form = "/en/c/test/organise/open-data/"
    assert post(organiser, form, {"licence": "MIT"}).status_code == 422
    assert post(organiser, form, {"licence": "CC-BY-4.0"}).status_code == 303
    assert "being made" in client.get(PAGE).text
    session.rollback()
    assert make_due()
    assert not make_due()
    page = client.get(PAGE).text
    assert ["creativecommons.org/licenses/by/4.0" in page, "What became of each text" in page] == [True, True]
    given = download(client)
    assert (given.status_code, given.mimetype, sha256(given.data).hexdigest()) == (
        200,
        "application/zip",
        _package().digest,
    )
    assert download(client, given.headers["ETag"]).status_code == 304
    with zipfile.ZipFile(io.BytesIO(given.data)) as package:
        rows = list(csv.DictReader(io.TextIOWrapper(package.open("data/submissions.csv"), "utf-8", newline="")))
        assert len(rows) == _package().rows["submissions"] == 3
    with count_queries() as queries:
        download(client)
    assert len(queries) == 3, queries


def test_what_was_hidden_is_given_away_no_more(client: FlaskClient, story: Story) -> None:
    world = story.world
    choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("organiser"))
    make_due()
    first = download(client).data
    row = session.scalars(sa.select(Submission)).first()
    assert row is not None
    hide(row, Review("harm", "…"), actor=OPERATOR)
    session.rollback()
    assert download(client).status_code == 302
    assert make_due()
    again = download(client).data
    with zipfile.ZipFile(io.BytesIO(again)) as package, zipfile.ZipFile(io.BytesIO(first)) as before:
        told = [row.number in one.read("data/submissions.csv").decode() for one in (before, package)]
    assert told == [True, False]


def test_it_is_made_anew_now_and_then_and_the_old_file_goes(client: FlaskClient, story: Story) -> None:
    world = story.world
    choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("organiser"))
    make_due()
    old = file_of(_package())
    choose_licence("CC-BY-4.0", consultation=world.consultation, actor=world.actor("organiser"))
    assert download(client).status_code == 302
    assert make_due()
    assert (old.exists(), file_of(_package()).exists()) == (False, True)
    with transaction():
        _package().made_at = clock.now() - timedelta(hours=1)
    assert not make_due()  # the record has not moved
    choose_licence("", consultation=world.consultation, actor=world.actor("organiser"))
    assert download(client).status_code == 302
    with pytest.raises(Forbidden):
        choose_licence("CC0-1.0", consultation=world.consultation, actor=world.actor("moderator"))


def test_short_addresses_lead_to_the_page_in_the_readers_language(
    app: Flask, client: FlaskClient, story: Story
) -> None:
    french = client.get("/s/tt-2026-00001", headers={"Accept-Language": "fr"})
    assert (french.status_code, french.location) == (302, "/fr/c/test/submissions/TT-2026-00001/")
    assert {"Accept-Language", "Cookie"} <= set(french.vary)
    signed_in = story.world.sign_in(app.test_client(), "ghat")
    assert signed_in.get("/s/TT-2026-00001", headers={"Accept-Language": "fr"}).location.startswith("/ar/")
    assert client.get("/r/test/1").location == "/ar/c/test/recommendations/1/"
    assert client.get("/o/test/1").location == "/ar/c/test/outcome/1/"
    assert [client.get(path).status_code for path in ("/s/XX-2026-00001", "/s/x", "/r/none/1")] == [404, 404, 404]
    shown = {
        "/en/c/test/submissions/TT-2026-00001/": "http://localhost/s/TT-2026-00001",
        "/en/c/test/recommendations/1/": "http://localhost/r/test/1",
    }
    assert [page for page, short in shown.items() if short not in client.get(page).text] == []
    with transaction():
        story.world.consultation.public = False
    assert client.get("/s/TT-2026-00001").status_code == 404
