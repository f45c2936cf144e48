"""The pages of official responses: the organisers', the body's own, and what everybody reads beside a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.services import register_body
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.response_models import OfficialResponse
from consult.settings import Settings
from consult.testing.small_tracks import running_app
from consult.testing.story import Story, tell_story
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
DESK = f"{HOME}/organise/responses/"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def story(world: World) -> Story:
    """See `consult.testing.story`; a ministry for which nobody takes part."""
    names = Localized(ar="وزارة العدل", en="Ministry of Justice")
    register_body(BodyDraft("MOJ", "ministry", names), actor=world.actor("administrator"))
    return tell_story(world)


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    answered = client.get(path)
    assert answered.status_code == status, path
    page = answered.get_data(as_text=True)
    page = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|span)\b[^>]*>", "", page)).split())


def test_a_request_goes_to_a_body_and_its_answer_to_everybody(app: Flask, story: Story, client: FlaskClient) -> None:
    organiser, ghat = (story.world.sign_in(app.test_client(), who) for who in ("organiser", "ghat"))
    due = (clock.now() + timedelta(days=30)).date().isoformat()
    wrong = post(organiser, DESK, {"body": "LY032101", "about": "٩٩", "due": "soon"})
    assert (wrong.status_code, 'value="99"' in wrong.text, 'value="soon"' in wrong.text) == (422, True, True)
    assert post(organiser, DESK, {"body": "LY032101", "about": "١", "due": due}).status_code == 303
    assert post(organiser, DESK, {"body": "MOJ", "about": "tt-2026-00001", "due": due}).status_code == 303
    by_ghat, by_letter = session.scalars(sa.select(OfficialResponse.id).order_by(OfficialResponse.id)).all()
    session.rollback()
    mine, entered = f"{HOME}/responses/{by_ghat}/", f"{DESK}{by_letter}/"
    assert "Official responses your body is asked for Recommendation 1" in words(ghat, f"{HOME}/office/")
    refused = post(ghat, mine, {"kind": "accepted", "text": "Yes, <b>gladly</b>.", "language": "en", "version": "0"})
    assert (refused.status_code, "Yes, &lt;b&gt;gladly&lt;/b&gt;." in refused.text) == (422, True)
    saved = {"kind": "accepted", "text": "Yes.", "language": "en", "version": "0", "until": due}
    assert post(ghat, mine, saved).status_code == 303
    assert post(ghat, mine, saved).status_code == 409
    digest = re.findall(r'name="digest" value="(\w+)"', ghat.get(mine).get_data(as_text=True))[0]
    assert "Official responses" not in words(client, f"{HOME}/recommendations/1/")
    assert post(ghat, f"{mine}sign", {"digest": digest}, form_page=mine).status_code == 303
    assert "Official responses Ghat" in words(client, f"{HOME}/recommendations/1/")
    assert post(organiser, entered, {**saved, "letter": ""}).status_code == 422
    assert post(organiser, entered, {**saved, "letter": "114/2026"}).status_code == 303
    shown = words(client, f"{HOME}/submissions/TT-2026-00001/")
    assert "Ministry of Justice" in shown
    assert "Entered by the organisers from the body’s letter: 114/2026" in shown
    assert "Ministry of Justice to your text Accepted in full Yes." in words(ghat, f"{HOME}/letters/TT-2026-00001/")
    assert [client.get(mine).status_code, story.world.sign_in(app.test_client(), "derna").get(mine).status_code] == [
        303,
        404,
    ]
    assert ghat.get(DESK).status_code == 403
