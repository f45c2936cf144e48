"""The pages of translators, and a text in the reader's language: what each sees, at what cost, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.db import session, transaction
from consult.outcomes.open_data_rows import translations
from consult.settings import Settings
from consult.submissions.drafting.splices import check_of
from consult.submissions.translations.models import Translation
from consult.submissions.translations.queries import words_of_translation
from consult.testing.small_tracks import running_app
from consult.testing.story import Story, write_texts
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
DESK = f"{HOME}/translations/"
GHAT, CSO = "TT-2026-00001", "TT-2026-00003"
TEXT = f"{DESK}en/{GHAT}/"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def written_texts(written_texts: Story) -> Story:
    """Three accepted texts and one under review, and two translators."""
    make_translator(written_texts.world, "zuwara")
    make_translator(written_texts.world, "professor", "municipal")
    return written_texts


@pytest.fixture
def zuwara(app: Flask, written_texts: Story) -> FlaskClient:
    """A translator's browser."""
    return written_texts.world.sign_in(app.test_client(), "zuwara")


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    answered = client.get(path)
    assert answered.status_code == status, path
    page = answered.get_data(as_text=True)
    page = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|span)\b[^>]*>", "", page)).split())


def test_from_the_queue_to_the_public_page(
    app: Flask, zuwara: FlaskClient, written_texts: Story, client: FlaskClient, count_queries: Counting
) -> None:
    assert "Translations" in zuwara.get(f"{HOME}/").get_data(as_text=True)
    listed = zuwara.get(f"{DESK}?in=en").get_data(as_text=True)
    assert re.findall(r'class="title" href="[^"]*/([^/"]+)/"', listed) == [GHAT, CSO, "TT-2026-00004"]
    assert not [name for name in ("غات<", "Ghat", "خديجة", "Name withheld") if name in listed]
    page = zuwara.get(TEXT).get_data(as_text=True)
    assert page.count('<div class="text" lang="ar" dir="auto">') == 3
    assert (
        len(
            re.findall(
                r'<(?:input|textarea)[^>]* dir="ltr"[^>]* lang="en"|<(?:input|textarea)[^>]* lang="en"[^>]* dir="ltr"',
                page,
            )
        )
        == 3
    )
    fields = {
        "revision": "1",
        "version": "0",
        "title": "A register",
        "p1": "The <oldest> roads.",
        "p2": "",
        "then": "ready",
    }
    wrong = post(zuwara, TEXT, fields)
    assert wrong.status_code == 422
    assert [kept in wrong.text for kept in ('value="A register"', "The &lt;oldest&gt; roads.", 'href="#p2"')] == [
        True
    ] * 3
    assert post(zuwara, TEXT, {**fields, "p2": "Nobody knows.", "then": "save"}).location == TEXT
    late = post(zuwara, TEXT, {**fields, "p1": "Something else.", "p2": "x"})
    assert (
        late.status_code,
        "Something else." in late.text,
        'name="version" type="hidden" value="1"' in late.text,
    ) == (409, True, True)
    assert post(zuwara, TEXT, {**fields, "version": "1", "p2": "Nobody knows."}).status_code == 303
    assert "Translation" not in words(client, f"{HOME}/submissions/{GHAT}/")
    assert post(zuwara, f"{TEXT}approve", {"version": "2"}, form_page=TEXT).status_code == 403
    organiser = written_texts.world.sign_in(app.test_client(), "organiser")
    assert "1 translation waits for approval" in words(organiser, f"{HOME}/organise/")
    nothing = post(organiser, f"{TEXT}return", {"version": "2", "remark": " "}, form_page=TEXT)
    assert (nothing.status_code, "Say what is to be looked at again." in nothing.text) == (422, True)
    assert post(organiser, f"{TEXT}approve", {"version": "2"}, form_page=TEXT).status_code == 303
    shown = words(client, f"{HOME}/submissions/{GHAT}/")
    assert "A register" in shown
    assert "Official translation Approved on" in shown
    assert "The original, in العربية, is the authority." in shown
    assert "The <oldest> roads.".replace("<", "&lt;").replace(">", "&gt;") in shown
    original = words(client, f"{HOME}/submissions/{GHAT}/?text=ar")
    assert ["A register" in original, "Original Written in العربية" in original] == [False, True]
    assert "A register" not in words(client, f"/fr/c/test/submissions/{GHAT}/")
    for path, most in ((f"{HOME}/submissions/{GHAT}/", 2), (TEXT, 14), (DESK, 7)):
        visitor = client if path != TEXT and path != DESK else zuwara
        visitor.get(path)
        with count_queries() as queries:
            visitor.get(path)
        assert len(queries) <= most, (path, queries)


def test_machines_and_what_fell_behind_say_so(client: FlaskClient, written_texts: Story) -> None:
    world, row = written_texts.world, written_texts.submission("ghat")
    made = approve(world, write_translation(world, row, "en", by="zuwara"))
    address = f"{HOME}/submissions/{GHAT}/"
    with transaction():
        made.kind, made.approved_at = "machine", None
    first = words(client, address)
    assert ["[en]" in first, "Machine translation: English" in first] == [False, True]
    machine = words(client, f"{address}?text=en")
    assert "Machine translation Made by a machine; nobody has read it over. The original, in العربية" in machine
    assert [(one["passage"], one["kind"]) for one in translations(world.consultation, world.actor("organiser"))] == [
        (0, "machine"),
        (1, "machine"),
        (2, "machine"),
    ]


def test_who_has_no_business_here_finds_nothing(app: Flask, client: FlaskClient, written_texts: Story) -> None:
    write_translation(written_texts.world, written_texts.submission("ghat"), "en", by="zuwara")
    professor = written_texts.world.sign_in(app.test_client(), "professor")
    for path in (f"{DESK}en/{CSO}/", f"{DESK}ar/{GHAT}/", f"{DESK}xx/{GHAT}/", f"{DESK}en/TT-2026-99999/"):
        assert professor.get(path).status_code == 404, path
    ghat = written_texts.world.sign_in(app.test_client(), "ghat")
    assert [ghat.get(path).status_code for path in (DESK, TEXT)] == [403, 403]
    assert client.get(TEXT).status_code == 303
    assert "A translation waits" not in client.get(f"{HOME}/submissions/{GHAT}/?text=en").get_data(as_text=True)
    assert session.scalar(sa.select(sa.func.count()).select_from(Translation)) == 1


def autosave(
    client: FlaskClient, version: int, fields: dict[str, object], revision: int = 1, path: str = TEXT
) -> TestResponse:
    sent = {"version": version, "page": "a", "fields": fields}
    headers = {"Origin": "http://localhost"}
    return client.post(f"{path}autosave?revision={revision}", json=sent, headers=headers)


def test_a_translation_saves_itself_as_drafts_do(zuwara: FlaskClient, written_texts: Story) -> None:
    page = zuwara.get(TEXT).get_data(as_text=True)
    assert 'data-autosave="/en/c/test/translations/en/TT-2026-00001/autosave?revision=1"' in page
    assert "draft.js" in page
    first = autosave(zuwara, 0, {"title": ["A register"], "p1": [0, 0, "The roads.", check_of("The roads.")]})
    assert (first.status_code, first.get_json()["version"]) == (200, 1)
    longer = autosave(zuwara, 1, {"p1": [4, 0, "old ", check_of("The old roads.")]})
    assert longer.get_json()["version"] == 2
    assert autosave(zuwara, 2, {"p1": [0, 1, "x", 7]}).status_code == 412
    assert autosave(zuwara, 1, {"p1": ["late"]}).status_code == 409
    assert autosave(zuwara, 2, {"p1": ["late"]}, revision=2).status_code == 409
    made = session.scalars(sa.select(Translation)).one()
    assert (made.version, made.handed_in_at, words_of_translation(made.id)) == (
        2,
        None,
        {"title": "A register", "p1": "The old roads."},
    )
    both = post(zuwara, TEXT, {"revision": "1", "version": "1", "title": "Mine", "then": "compare"})
    assert (both.status_code, "The old roads." in both.text, 'value="Mine"' in both.text) == (409, True, True)
    assert "data-autosave" not in both.text
    plain = zuwara.post(f"{TEXT}autosave?revision=1", data="{}", content_type="text/plain")
    assert (plain.status_code, plain.data) == (400, b"")


def test_nobody_saves_what_they_do_not_translate(app: Flask, zuwara: FlaskClient, written_texts: Story) -> None:
    assert autosave(app.test_client(), 0, {"title": ["x"]}).status_code == 401
    organiser = written_texts.world.sign_in(app.test_client(), "organiser")
    assert autosave(organiser, 0, {"title": ["x"]}).status_code == 403
    assert session.scalars(sa.select(Translation)).all() == []


def test_the_queue_shows_the_languages_of_a_translator(app: Flask, world: World) -> None:
    make_translator(world, "derna", into=("fr",))
    write_texts(world)
    derna = world.sign_in(app.test_client(), "derna")
    listed = derna.get(DESK).get_data(as_text=True)
    assert set(re.findall(r"[?&]in=(\w+)", listed.replace("&amp;", "&"))) == {"fr"}
    assert GHAT in listed
    assert derna.get(f"{DESK}?in=en").get_data(as_text=True).count("/translations/en/") == 0
    assert derna.get(f"{DESK}fr/{GHAT}/").status_code == 200
    assert derna.get(TEXT).status_code == 404
    assert autosave(derna, 0, {"title": ["x"]}).status_code == 404
