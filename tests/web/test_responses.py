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
from consult.accounts.models import Person
from consult.accounts.services import register_body
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.responses import RequestDraft, ResponseDraft, ask_response
from consult.settings import Settings
from consult.testing.colleagues import colleague
from consult.testing.responses import write_response
from consult.testing.small_tracks import running_app
from consult.testing.story import Story
from consult.testing.web import post
from consult.testing.winding import goes_into

HOME = "/en/c/test"
DESK = f"{HOME}/organise/responses/"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def story(story: Story) -> Story:
    """See `consult.testing.story`; a ministry for which nobody takes part."""
    names = Localized(ar="وزارة العدل", en="Ministry of Justice")
    register_body(BodyDraft("MOJ", "ministry", names), actor=story.world.actor("administrator"))
    return story


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
    far = post(organiser, DESK, {"body": "LY032101", "about": "1", "due": "9999-12-31"})
    assert (far.status_code, '<a href="#due">Give a day from 1800-01-01 to 2199-12-31.' in far.text) == (422, True)
    assert post(organiser, DESK, {"body": "LY032101", "about": "١", "due": due}).status_code == 303
    assert post(organiser, DESK, {"body": "MOJ", "about": "tt-2026-00001", "due": due}).status_code == 303
    by_ghat, by_letter = session.scalars(sa.select(OfficialResponse.id).order_by(OfficialResponse.id)).all()
    session.rollback()
    mine, entered = f"{HOME}/responses/{by_ghat}/", f"{DESK}{by_letter}/"
    assert "Official responses your body is asked for Recommendation 1" in words(ghat, f"{HOME}/office/")
    decision, said = f"{mine}decision/", f"{mine}words/"
    refused = post(ghat, decision, {"kind": "accepted", "version": "1"})
    assert (refused.status_code, "Say until when: a day to come." in refused.text) == (422, True)
    refused = post(ghat, said, {"text": "Yes, <b>gladly</b>.", "language": "", "version": "1"})
    assert (refused.status_code, "Yes, &lt;b&gt;gladly&lt;/b&gt;." in refused.text) == (422, True)
    saved = {"kind": "accepted", "text": "Yes.", "language": "en", "until": due}
    assert "Sign it off" not in words(ghat, mine)
    for path in (decision, said):
        assert post(ghat, path, {**saved, "version": "1"}).location == mine
        assert post(ghat, path, {**saved, "version": "1"}).status_code == 409
    assert ghat.get(f"{mine}other/").status_code == 404
    digest = re.findall(r'name="digest" value="(\w+)"', ghat.get(mine).get_data(as_text=True))[0]
    assert "Official responses" not in words(client, f"{HOME}/recommendations/1/")
    assert post(ghat, f"{mine}sign", {"digest": digest}, form_page=mine).status_code == 303
    assert "Official responses Ghat" in words(client, f"{HOME}/recommendations/1/")
    lacks = post(organiser, entered, {**saved, "kind": "partly", "until": "soon", "text": "", "letter": ""})
    told = [f'href="#{field}' in lacks.text for field in ("until", "text", "letter")]
    assert (lacks.status_code, told) == (422, [True] * 3), "all at once"
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


def test_a_request_that_passed_says_for_whom_and_in_whose_place(app: Flask, story: Story, client: FlaskClient) -> None:
    world, day = story.world, (clock.now() + timedelta(days=30)).date()
    asked = RequestDraft("LY032101", day, 1)
    row = ask_response(asked, consultation=world.consultation, actor=world.actor("organiser"))
    mine, page = f"{HOME}/responses/{row.id}/", f"{HOME}/recommendations/1/"
    goes_into(world, "ghat", "derna")
    derna, organiser = (world.sign_in(app.test_client(), who) for who in ("derna", "organiser"))
    passed = "Ghat was asked, and has gone into Derna, which responds in its place."
    assert "In the place of Ghat" in words(organiser, DESK)
    assert passed in words(organiser, f"{DESK}{row.id}/")
    assert "In the place of Ghat" in words(derna, f"{HOME}/office/")
    assert (passed in words(derna, mine), passed in words(derna, f"{mine}words/")) == (True, True)
    write_response(ResponseDraft("accepted", "نعم.", "ar", day), response=row, actor=world.actor("derna"))
    digest = re.findall(r'name="digest" value="(\w+)"', derna.get(mine).text)[0]
    assert post(derna, f"{mine}sign", {"digest": digest}, form_page=mine).status_code == 303
    assert "Official responses Derna In the place of Ghat" in words(client, page)
    assert "another body acted in the place of one that had ended" in words(client, f"{HOME}/log/")


def test_colleagues_write_it_together_without_javascript(app: Flask, story: Story) -> None:
    """One holds a part, the other reads and comments; the history says who wrote what; the list of what is due says who is at it."""
    world = story.world
    colleague(world, "second")
    row = ask_response(
        RequestDraft("LY032101", (clock.now() + timedelta(days=30)).date(), 1),
        consultation=world.consultation,
        actor=world.actor("organiser"),
    )
    mine = f"{HOME}/responses/{row.id}/"
    said = f"{mine}words/"
    ghat, second, derna = (world.sign_in(app.test_client(), who) for who in ("ghat", "second", "derna"))
    assert post(ghat, f"{said}take", {}, form_page=said).location == said
    name = session.get_one(Person, world.people["ghat"]).name
    assert f"{name} is writing this part" in words(second, said)
    assert f"Now at it: {name}" in words(second, f"{HOME}/office/")
    late = post(second, mine + "words/", {"text": "Mine.", "language": "en", "version": "1"})
    assert (late.status_code, "A colleague is writing in this part" in late.text, "Mine." in late.text) == (
        409,
        True,
        True,
    )
    assert post(second, f"{said}comments", {"comment": " "}, form_page=said).status_code == 422
    assert (
        post(second, f"{said}comments", {"comment": "Say <i>why</i>."}, form_page=said).location == f"{said}#comments"
    )
    page = ghat.get(said).text
    assert "Say &lt;i&gt;why&lt;/i&gt;." in page
    resolved = {"comment": re.findall(r'name="comment" value="([^"]+)"', page)[0]}
    assert post(ghat, f"{said}resolve", resolved, form_page=said).location == f"{said}#comments"
    assert post(ghat, said, {"text": "First.", "language": "en", "version": "1"}).location == mine
    assert post(ghat, f"{said}release", {}, form_page=said).location == said
    assert post(second, said, {"text": "Second.", "language": "en", "version": "2"}).location == mine
    assert '<html lang="ar" dir="rtl"' in second.get(f"{mine}history/".replace("/en/", "/ar/")).text
    history = second.get(f"{mine}history/").text
    assert (name in history, "second" in history, "<del" in history) == (True, True, True)
    earlier = re.findall(r'name="save" value="([^"]+)"', history)[-1]
    assert post(second, f"{mine}restore", {"save": earlier}, form_page=f"{mine}history/").status_code == 303
    assert "First." in second.get(said).text
    for path, form_page in ((f"{said}resolve", said), (f"{mine}restore", f"{mine}history/")):
        gone = post(second, path, {"comment": "x", "save": "x"}, form_page=form_page)
        assert (gone.status_code, "It is no longer there" in second.get(form_page).text) == (303, True)
    for path in (mine, said, f"{mine}history/"):
        assert derna.get(path).status_code == 404
