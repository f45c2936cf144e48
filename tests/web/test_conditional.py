"""Conditional requests: 304 while nothing has changed, and never anything that is hidden."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.db import database, transaction
from consult.sessions.queries import agenda
from consult.sessions.services import ask_floor, give_floor, start_item, withdraw_request
from consult.testing.sittings import opened_session, planned_session
from consult.testing.web import post
from consult.testing.world import World

PAGE = "/en/c/test/sessions/1/"
Counting = Callable[[], AbstractContextManager[list[str]]]


def _tag(client: FlaskClient, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.headers["ETag"]


def _again(client: FlaskClient, tag: str, path: str = PAGE) -> int:
    return client.get(path, headers={"If-None-Match": tag}).status_code


def test_an_unchanged_page_is_answered_with_304_and_one_query(
    client: FlaskClient, world: World, count_queries: Counting
) -> None:
    planned_session(world)
    first = client.get(PAGE)
    assert re.fullmatch(r'W/"4\.\d+\.a\.[0-9a-f]{12}"', first.headers["ETag"])
    assert (first.headers["Cache-Control"], "Cookie" in first.headers["Vary"]) == ("no-cache", True)
    with count_queries() as seen:
        answer = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert (answer.headers["Cache-Control"], "Set-Cookie" in answer.headers) == ("no-cache", False)
    assert [re.split(r" WHERE ", statement)[0] for statement in seen] == [
        "SELECT coalesce(s.seq, 0) FROM consultation c LEFT JOIN stream s ON s.id = c.id"
    ]


def test_whatever_happens_in_the_consultation_makes_the_page_new(client: FlaskClient, world: World) -> None:
    row = opened_session(world)
    tag = _tag(client)
    speech = ask_floor(row, actor=world.actor("cso"))
    assert _again(client, tag) == 200
    tag = _tag(client)
    assert "name withheld" in client.get(PAGE).get_data(as_text=True)
    withdraw_request(speech, actor=world.actor("cso"))
    answer = client.get(PAGE, headers={"If-None-Match": tag})
    assert (answer.status_code, "name withheld" in answer.get_data(as_text=True)) == (200, False)


def test_a_consultation_that_is_withdrawn_is_not_served_from_a_cache(client: FlaskClient, world: World) -> None:
    planned_session(world)
    tag = _tag(client)
    with transaction():
        world.consultation.public = False
    assert _again(client, tag) == 404


def test_a_phase_that_opens_or_closes_makes_the_page_new(client: FlaskClient, world: World) -> None:
    planned_session(world)
    boundary = clock.now() + timedelta(seconds=90)
    with transaction():
        world.consultation.phases[0].closes_at = boundary
    assert _again(client, tag := _tag(client)) == 304
    assert _until(tag) == int(boundary.timestamp())
    with clock.at(boundary):
        assert _again(client, tag) == 200


def test_a_tag_holds_for_five_minutes_at_most(client: FlaskClient, world: World) -> None:
    planned_session(world)
    tag, now = _tag(client), clock.now()
    with clock.at(now + timedelta(seconds=290)):
        assert _again(client, tag) == 304
    with clock.at(now + timedelta(seconds=300)):
        assert _again(client, tag) == 200


def _until(tag: str) -> int:
    return int(tag.split(".")[1])


def test_while_somebody_speaks_the_clock_goes_on(client: FlaskClient, world: World) -> None:
    row, start = opened_session(world), clock.now().replace(microsecond=0)
    start_item(agenda(row.id)[0], actor=world.actor("moderator"))
    ask_floor(row, actor=world.actor("ghat"))
    with clock.at(start):
        give_floor(row, actor=world.actor("moderator"))
        tag = _tag(client)
        assert _again(client, tag) == 304
    with clock.at(start + timedelta(seconds=5)):
        answer = client.get(PAGE, headers={"If-None-Match": tag})
        assert (answer.status_code, "2:55" in answer.get_data(as_text=True)) == (200, True)


def test_the_halls_own_clock_goes_on_each_minute(client: FlaskClient, world: World) -> None:
    planned_session(world)
    start = datetime(2026, 11, 24, 9, 30, 50, tzinfo=clock.now().tzinfo)
    with clock.at(start):
        tag = _tag(client, f"{PAGE}hall/")
    with clock.at(start + timedelta(seconds=9)):
        assert _again(client, tag, f"{PAGE}hall/") == 304
    with clock.at(start + timedelta(seconds=10)):
        assert _again(client, tag, f"{PAGE}hall/") == 200


def test_who_is_signed_in_has_another_tag_and_no_cache_keeps_the_page(client: FlaskClient, world: World) -> None:
    planned_session(world)
    anonymous, browsers = _tag(client), {}
    for who in ("ghat", "derna"):
        browsers[who] = world.sign_in(client.application.test_client(), who)
        answer = browsers[who].get(PAGE)
        assert (answer.headers["Cache-Control"], answer.headers["ETag"] != anonymous) == ("no-store", True)
        assert _again(browsers[who], answer.headers["ETag"]) == 304
        assert _again(browsers[who], anonymous) == 200
        assert _again(client, answer.headers["ETag"]) == 200
    assert _again(browsers["ghat"], _tag(browsers["derna"])) == 200


def test_the_language_and_the_build_are_part_of_the_tag(client: FlaskClient, world: World) -> None:
    planned_session(world)
    tags = {code: _tag(client, f"/{code}/c/test/sessions/1/") for code in ("ar", "en", "fr")}
    assert len({tag.rsplit(".", 1)[1] for tag in tags.values()}) == 3
    assert _again(client, tags["ar"]) == 200
    client.application.extensions["consult.builds"]["en"] = "another"
    assert _again(client, tags["en"]) == 200


def test_a_message_of_the_last_act_is_never_kept(client: FlaskClient, world: World) -> None:
    opened_session(world)
    world.sign_in(client, "ghat")
    tag = _tag(client)
    post(client, f"{PAGE}floor/", {}, form_page=PAGE)
    answer = client.get(PAGE, headers={"If-None-Match": tag})
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)
    assert "You are on the list of speakers." in answer.get_data(as_text=True)
    assert "You are on the list of speakers." not in client.get(PAGE).get_data(as_text=True)


@pytest.mark.parametrize(
    "given", ["*", "", '"abc"', 'W/"1.2.3"', 'W/"99999999999999.1.a.b"', 'W/"4.9999999999.a.x"', "W/", "\u00ff"]
)
def test_a_crooked_tag_gets_the_page(client: FlaskClient, world: World, given: str) -> None:
    planned_session(world)
    assert _again(client, given) == 200


def test_several_tags_and_a_proxys_suffix_are_understood(client: FlaskClient, world: World) -> None:
    planned_session(world)
    tag = _tag(client)
    assert _again(client, tag[:-1] + '-gzip"') == 304
    assert _again(client, f'"other", {tag}') == 304
    assert client.head(PAGE, headers={"If-None-Match": tag}).status_code == 304


def test_what_is_not_found_has_no_tag(client: FlaskClient, world: World) -> None:
    planned_session(world)
    answer = client.get("/en/c/test/sessions/7/")
    assert (answer.status_code, "ETag" in answer.headers) == (404, False)
    assert client.get("/en/c/nothing/sessions/7/").status_code == 404


@pytest.mark.parametrize(
    ("path", "tag", "status"),
    [
        ("/en/c/test/sessions/1/", 'W/"4.99999999999.a.000000000000"', 200),  # another build
        ("/en/c/none/sessions/1/", None, 404),
        ("/xx/c/test/sessions/1/", None, 404),
        ("/en/c/test\0/sessions/1/", None, 404),
        ("/en/c/test/sessions/1/", 'W/"4"', 200),
    ],
)
def test_what_is_not_ours_goes_on_to_the_page(
    client: FlaskClient, world: World, path: str, tag: str | None, status: int
) -> None:
    planned_session(world)
    assert _again(client, tag or _tag(client), path) == status


def test_an_unchanged_page_has_the_headers_of_every_answer_and_no_way_to_write(
    client: FlaskClient, world: World
) -> None:
    planned_session(world)
    answer = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    for name in (
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Vary",
        "ETag",
        "Cache-Control",
    ):
        assert again.headers.getlist(name) == answer.headers.getlist(name)
    assert client.post(PAGE, headers={"If-None-Match": answer.headers["ETag"]}).status_code in (400, 405)


def test_while_the_database_cannot_be_asked_the_page_says_so(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_session(world)
    tag = _tag(client)

    def unreachable() -> None:
        raise sa.exc.OperationalError("SELECT", None, OSError("gone"))

    monkeypatch.setattr(database.engine, "raw_connection", unreachable)
    answer = client.get(PAGE, headers={"If-None-Match": tag})
    assert (answer.status_code, "The platform is busy" in answer.get_data(as_text=True)) == (503, True)
