"""The pages of a correction before anybody has decided: from one's own text to the queue, and to whoever had it open."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consult.settings import Settings
from consult.submissions.services import Review, accept
from consult.testing.acts import hand_in
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
ANSWERS = {"decision": "31/2026"}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def _words(client: FlaskClient, path: str) -> str:
    page = client.get(path).get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|span)\b[^>]*>", "", page)).split())


def test_a_text_is_corrected_while_a_moderator_has_it_open(app: Flask, world: World) -> None:
    row = hand_in(world, "ghat", ANSWERS)
    page, review = f"{HOME}/submissions/{row.number}/", f"{HOME}/review/{row.number}/"
    author, moderator = (world.sign_in(app.test_client(), who) for who in ("ghat", "moderator"))
    assert "You can correct it until somebody decides on it." in _words(author, page)
    assert "Correct it" in _words(author, f"{HOME}/mine/")
    assert "Correct it" not in _words(moderator, page)
    begun = post(author, f"{page}correct", {}, form_page=page).location
    draft = begun.split("/")[-3]
    check, text = f"{HOME}/write/{draft}/check/", f"{HOME}/write/{draft}/text/"
    refused = author.get(check).get_data(as_text=True)
    assert ("Say in a line what you changed, and why." in refused, f'href="{text}"' in refused) == (True, True)
    assert "Go on correcting it" in _words(author, f"{HOME}/mine/")
    version = re.findall(r'name="version"[^>]*value="(\d+)"', author.get(text).get_data(as_text=True))[0]
    said = {"text": "Other <i>words</i>.", "why": "A number was wrong.", "version": version, "then": "stay"}
    assert post(author, text, said).status_code == 303
    assert "A moderator reads it first." in _words(author, check)
    assert post(author, check, {}).location == f"{HOME}/receipts/{row.number}/"
    assert "Revision 2" in _words(author, f"{HOME}/receipts/{row.number}/")
    assert "Corrected, revision 2" in _words(moderator, f"{HOME}/review/")
    told = post(moderator, review, {"decision": "return", "ground": "unclear", "reason": "Why?", "revision": "1"})
    shown = told.get_data(as_text=True)
    assert (told.status_code, "The author has handed in a new revision" in shown) == (409, True)
    assert ("Why?" in shown, "Other &lt;i&gt;words&lt;/i&gt;." in shown) == (True, True)
    assert re.search(r'name="revision"[^>]*value="2"', shown)
    assert "A number was wrong." in _words(moderator, f"{page}revisions/2/")
    assert "<del" in moderator.get(f"{page}revisions/2/").get_data(as_text=True)
    assert post(moderator, review, {"decision": "accept", "revision": "2"}).status_code == 303
    anybody = app.test_client()
    assert [anybody.get(f"{page}revisions/{number}/").status_code for number in (1, 2)] == [404, 200]
    assert anybody.get(f"{page}revisions/1/record.json").status_code == 404
    assert author.get(f"{page}revisions/1/record.json").status_code == 200
    assert "<del" not in anybody.get(f"{page}revisions/2/").get_data(as_text=True)


def test_whoever_is_too_late_is_told(app: Flask, world: World) -> None:
    row = hand_in(world, "ghat", ANSWERS)
    page = f"{HOME}/submissions/{row.number}/"
    author = world.sign_in(app.test_client(), "ghat")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', author.get(page).get_data(as_text=True))[0]
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    answer = author.post(f"{page}correct", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, page)
    after = _words(author, page)
    assert "This text can no longer be corrected" in after
    assert "Correct it" not in after
