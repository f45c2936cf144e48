"""Atom feeds: valid, narrowed as the register is, and as silent as the pages about what nobody may know."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock, search
from consult.db import new_id, session, transaction
from consult.submissions.models import Submission
from consult.testing.sittings import planned_session
from consult.testing.world import World

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/ar/c/test/submissions/feed.atom"


def _submission(world: World, number: int, **more: object) -> None:
    values: dict[str, object] = {
        "id": new_id(),
        "consultation_id": world.consultation_id,
        "number": f"TT-2026-{number:05}",
        "track": "municipal",
        "title": f"عنوان {number}",
        "language": "ar",
        "state": "accepted",
        "author": "",
        "withheld": False,
        "revision": 1,
        "received_at": clock.now(),
        "decided_at": clock.now(),
    }
    with transaction():
        session.add(Submission(**(values | more)))


def _entries(client: FlaskClient, path: str) -> list[ElementTree.Element]:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        updated = element.findtext(f"{ATOM}updated") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", updated)  # RFC 3339, as RFC 4287 asks for
        assert abs(datetime.fromisoformat(updated) - clock.now()) < timedelta(minutes=5)
    return list(root.iter(f"{ATOM}entry"))


def test_the_register_as_a_feed(client: FlaskClient, world: World) -> None:
    _submission(world, 1, title="A & <b>\x0b", language="en", author="Amal")
    _submission(world, 2, state="received")
    _submission(world, 3, state="hidden", title="Canary")
    _submission(world, 4, track="cso", withheld=True, author="Canary")
    found = _entries(client, FEED)
    assert [entry.findtext(f"{ATOM}title") for entry in found] == ["عنوان 4", "A & <b>"]
    title = found[1].find(f"{ATOM}title")
    assert title is not None
    assert title.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in found] == ["الاسم محجوب", "Amal"]
    assert found[1].findtext(f"{ATOM}id") == "http://localhost/ar/c/test/submissions/TT-2026-00001/"
    assert "Canary" not in client.get(FEED).get_data(as_text=True)
    assert len(_entries(client, f"{FEED}?track=cso")) == 1
    assert len(_entries(client, f"{FEED}?state=hidden")) == 2


def test_a_text_that_was_accepted_late_is_the_newest_of_the_feed(client: FlaskClient, world: World) -> None:
    now = clock.now()
    _submission(world, 1, received_at=now - timedelta(days=9), decided_at=now)
    for number in range(2, 32):
        _submission(world, number, decided_at=now - timedelta(seconds=40 - number))
    with transaction():
        search.refresh_all(session.scalars(sa.select(Submission.id)).all())
    for narrowed in ("", "?track=municipal", "?q=عنوان"):
        found = _entries(client, f"{FEED}{narrowed}")
        assert (len(found), found[0].findtext(f"{ATOM}title")) == (25, "عنوان 1")
        assert found[0].findtext(f"{ATOM}updated") == now.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("path", [FEED, "/en/c/test/log/feed.atom"])
def test_an_unchanged_feed_is_not_sent_again_and_a_page_names_it(client: FlaskClient, world: World, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    page = path.removesuffix("feed.atom")
    assert f'<link rel="alternate" type="application/atom+xml" href="{path}">' in client.get(page).get_data(
        as_text=True
    )


def test_the_log_as_a_feed(client: FlaskClient, world: World) -> None:
    planned_session(world)
    found = _entries(client, "/en/c/test/log/feed.atom")
    assert len(found) == 4
    assert found[0].findtext(f"{ATOM}id") == "http://localhost/en/c/test/log/?before=5"


def test_a_consultation_that_is_not_public_has_no_feed(client: FlaskClient, world: World) -> None:
    with transaction():
        world.consultation.public = False
    assert client.get(FEED).status_code == 404
