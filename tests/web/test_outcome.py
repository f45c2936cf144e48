"""Pages of the outcome document: edited by organisers, read, checked and traced by everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from consult.db import session, transaction
from consult.i18n import LANGUAGES, Localized
from consult.outcomes.addresses import Addresses
from consult.outcomes.compiler import compile_draft
from consult.outcomes.queries import editions_of
from consult.outcomes.services import RegionDraft, edit_region, publish_edition
from consult.outcomes.states import RegionState
from consult.settings import Settings
from consult.testing.small_tracks import running_app
from consult.testing.story import CANARIES, Story
from consult.testing.web import form_token, post
from consult.testing.world import World

HOME = "/en/c/test"
EDITOR = f"{HOME}/organise/document"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks, inside its context."""
    yield from running_app(settings)


def _words(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return _plain(answer.get_data(as_text=True))


def _plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", page)).split())


def _state(world: World, key: str) -> RegionState:
    session.rollback()  # what the client's requests wrote is read afresh
    region = compile_draft(world.consultation, "en").region(key)
    assert region is not None
    return region.state


def _press(client: FlaskClient, part: str, act: str, **fields: str) -> None:
    token = form_token(client, f"{EDITOR}/en/summary/" if _has_form(client) else EDITOR)
    answer = client.post(f"{EDITOR}/en/{part}/{act}", data={"csrf_token": token, **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)


def _has_form(client: FlaskClient) -> bool:
    return 'name="csrf_token"' in client.get(f"{EDITOR}/en/summary/").get_data(as_text=True)


def test_the_addresses_in_documents_are_the_sites_own(app: Flask) -> None:
    """A printed address is good for ever, so it is compared with the routes."""
    here = Addresses("test", "en")
    with app.test_request_context("/en/c/test/"):
        known = {
            here.home: url_for("public.consultation", lang="en", slug="test"),
            here.recommendation(7): url_for("public.recommendation", lang="en", slug="test", number=7),
            here.ballot(7): url_for("public.ballot", lang="en", slug="test", number=7),
            here.session(7): url_for("public.session", lang="en", slug="test", number=7),
            here.submission("TT-2026-00001", 2): url_for(
                "public.submission", lang="en", slug="test", number="TT-2026-00001", _anchor="p2"
            ),
            here.part(1, ""): url_for("public.edition", lang="en", slug="test", number=1),
            here.part(1, "method"): url_for("public.edition_part", lang="en", slug="test", number=1, part="method"),
            here.paragraph(1, 14): url_for("public.paragraph", lang="en", slug="test", number=1, paragraph=14),
            here.verification(1).partition("?")[0]: url_for("public.verify", lang="en", slug="test", number=1),
        }
    assert list(known) == list(known.values())


def test_the_editor_from_the_first_look_to_a_saved_text(story: Story, client: FlaskClient) -> None:
    """Chapters with their states, a text edited, what was typed kept when it is refused."""
    world = story.world
    world.sign_in(client, "organiser")
    words = _words(client, f"{EDITOR}/")
    assert "Draft of edition 1" in words
    assert "automatic: 24" in words
    assert "5 things to know before publishing" in words
    assert "3 submissions were accepted for discussion, from 2 bodies." in words
    path = f"{EDITOR}/en/summary/"
    assert "{{ballot:1/for}}" in _words(client, path)
    page = client.get(path).get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen is not None
    refused = post(client, path, {"text": "Adopted by {{ballot:9}}.", "seen": seen[1]})
    assert refused.status_code == 422
    assert "There is no figure {{ballot:9}}." in _plain(refused.get_data(as_text=True))
    assert "Adopted by {{ballot:9}}." in refused.get_data(as_text=True)
    shown = post(client, path, {"text": "Adopted by {{ballot:1}}.", "seen": seen[1], "then": "preview"})
    assert "Adopted by 4 in favour of 5, 4 needed." in _plain(shown.get_data(as_text=True)).replace(" .", ".")
    assert _state(world, "summary") is RegionState.AUTO
    saved = post(client, path, {"text": "Adopted by {{ballot:1}}.", "seen": seen[1]})
    assert (saved.status_code, saved.location) == (303, f"{EDITOR}/en/?chapter=summary#summary")
    assert _state(world, "summary") is RegionState.EDITED
    overtaken = post(client, path, {"text": "Written on the old page.", "seen": seen[1]})
    assert overtaken.status_code == 422
    assert "This text was changed while you wrote." in _plain(overtaken.get_data(as_text=True))
    assert "Written on the old page." in overtaken.get_data(as_text=True)


def test_a_source_that_moved_is_compared_and_merged(world: World, client: FlaskClient) -> None:
    """The page shows what changed on both sides; the proposal joins them, and is saved as corrected."""
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    text = "A small consultation, as we saw it.\n\n0 submissions were accepted for discussion."
    edit_region(RegionDraft("summary", "en", text), **how)
    with transaction():
        world.consultation.summaries = Localized(ar="تشاور كبير.", en="A large consultation.", fr="Une grande.")
    world.sign_in(client, "organiser")
    words = _words(client, f"{EDITOR}/")
    assert "One thing keeps the edition from being published" in words
    assert "Compare and decide" in words
    words = _words(client, f"{EDITOR}/en/summary/")
    assert "What changed in the source" in words
    proposal = client.get(f"{EDITOR}/en/summary/merge/").get_data(as_text=True)
    assert "A large consultation, as we saw it." in proposal
    fields = dict(re.findall(r'name="(seen|source)"[^>]*value="(\w+)"', proposal))
    saved = post(client, f"{EDITOR}/en/summary/merge/", {"text": "A large consultation, as we saw it.", **fields})
    assert saved.status_code == 303
    assert _state(world, "summary") is RegionState.EDITED
    assert client.get(f"{EDITOR}/en/summary/merge/").status_code == 303


def test_all_edited_texts_are_kept_by_one_button(world: World, client: FlaskClient) -> None:
    """It says which ones were looked at."""
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    for code in ("ar", "en"):
        edit_region(RegionDraft("summary", code, "What we heard."), **how)
    with transaction():
        world.consultation.summaries = Localized(ar="تشاور كبير.", en="A large consultation.", fr="Une grande.")
    world.sign_in(client, "organiser")
    page = client.get(f"{EDITOR}/").get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen is not None
    answer = post(client, f"{EDITOR}/keep-all", {"seen": seen[1]}, form_page=f"{EDITOR}/")
    assert answer.status_code == 303
    assert "2 texts stay as they are." in _words(client, f"{EDITOR}/")
    assert _state(world, "summary") is RegionState.EDITED


def test_buttons_of_a_region(world: World, client: FlaskClient) -> None:
    """Lock, unlock, hide, show, keep, take: each a form of its own."""
    world.sign_in(client, "organiser")
    for act, state in (("lock", "locked"), ("unlock", "auto"), ("hide", "hidden"), ("show", "auto")):
        _press(client, "summary", act)
        assert _state(world, "summary") == state
        assert client.get(f"{EDITOR}/en/summary/").status_code == 200
    assert (
        client.post(f"{EDITOR}/en/summary/burn", data={"csrf_token": form_token(client, f"{EDITOR}/")}).status_code
        == 404
    )
    for path in ("/de/", "/en/nowhere/", "/en/?chapter=nowhere"):
        assert client.get(EDITOR + path).status_code == 404


def test_publishing_asks_once_more_and_says_what_hinders(story: Story, client: FlaskClient) -> None:
    """The confirm page, the edition, its files, the check of its seal, and the way from paragraphs back."""
    world = story.world
    world.sign_in(client, "organiser")
    words = _words(client, f"{EDITOR}/publish/")
    assert "5 things to know before publishing" in words
    assert "It can never be changed or taken back" in words
    silent = post(client, f"{EDITOR}/publish/", {})
    assert silent.status_code == 422
    assert silent.text.count("Write why submissions have no answer yet: the reason is published.") == 2
    given = {"silence": "Reading goes on.", "silence_language": "fr"}
    answer = post(client, f"{EDITOR}/publish/", given)
    assert (answer.status_code, answer.location) == (303, f"{HOME}/outcome/1/")
    reader = client.application.test_client()
    _edition_is_read(world, reader)
    _files_are_downloads(world, reader)
    _seal_is_checked(world, reader)
    _paragraphs_lead_back(reader)


def _edition_is_read(world: World, reader: FlaskClient) -> None:
    for path in ("/outcome/", "/outcome/1/"):
        page = reader.get(HOME + path).get_data(as_text=True)
        assert page.count("<h1") == 1
        assert "4 submissions had no answer" in page
        assert '<div lang="fr" dir="auto"><p>Reading goes on.</p></div>' in page
        assert "3.4 Recommendation 1: A shared municipal register" in page
        assert 'href="/en/c/test/outcome/1/track.municipal/#recommendation:1"' in page
        assert '<a href="/en/c/test/outcome/1/track.municipal/#p16">' in page
        assert [canary for canary in CANARIES if canary in page] == []
    page = reader.get(f"{HOME}/outcome/1/track.municipal/").get_data(as_text=True)
    assert page.count("<h1") == 1
    assert '<a class="no2" href="/en/c/test/outcome/1/paragraphs/17/">17</a>' in page
    assert '<h2 id="recommendation:1"' in page
    assert "Next: 4 Academic track" in page
    assert "Before: 2 The sessions" in page
    for code in LANGUAGES:
        for part in ("", "track.cso/", "annex.votes/", "integrity/"):
            answer = reader.get(f"/{code}/c/test/outcome/1/{part}")
            assert answer.status_code == 200
            assert [canary for canary in CANARIES if canary in answer.get_data(as_text=True)] == []
    for path in ("/outcome/2/", "/outcome/1/nowhere/", "/outcome/2/method/"):
        assert reader.get(HOME + path).status_code == 404


def _files_are_downloads(world: World, reader: FlaskClient) -> None:
    for form, kind in (("pdf", "application/pdf"), ("html", "text/html; charset=utf-8"), ("json", "application/json")):
        answer = reader.get(f"{HOME}/outcome/1/ar.{form}")
        assert (answer.status_code, answer.content_type) == (200, kind)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="test-outcome-1-ar.{form}"'
    for path in (
        "/outcome/1/ar.page",
        "/outcome/1/ar.page/method",
        "/outcome/1/de.pdf",
        "/outcome/1/ar.odt",
        "/outcome/2/ar.pdf",
    ):
        assert reader.get(HOME + path).status_code == 404
    manifest = json.loads(reader.get(f"{HOME}/outcome/1/manifest.json").get_data())
    for file in manifest["files"]:
        content = reader.get(f"{HOME}/outcome/1/{file['language']}.{file['format']}").get_data()
        assert (sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
    listed = reader.get(f"{HOME}/outcome/1/sealed.txt").get_data()
    (edition,) = editions_of(world.consultation_id)
    assert sha256(listed).hexdigest() == edition.seal


def _seal_is_checked(world: World, reader: FlaskClient) -> None:
    (edition,) = editions_of(world.consultation_id)
    page = f"{HOME}/outcome/1/verify/"
    assert "The seal is right" not in _words(reader, page)
    assert "The seal is right" in _words(reader, f"{page}?seal={edition.seal}")
    assert "This is not the seal of this edition" in _words(reader, f"{page}?seal={'0' * 64}")
    assert "sha256sum -c test-outcome-1-sealed.txt" in _words(reader, page)
    assert "http://localhost/o/test/1" in _words(reader, page)


def _paragraphs_lead_back(reader: FlaskClient) -> None:
    words = _words(reader, f"{HOME}/outcome/1/paragraphs/17/")
    assert "It was drafted from 5 passages of the submissions." in words
    assert "Ghat, passage 2" in words
    assert 'href="/en/c/test/outcome/1/track.municipal/#p17"' in reader.get(
        f"{HOME}/outcome/1/paragraphs/17/"
    ).get_data(as_text=True)
    assert "Recommendation 1, version 1: A shared municipal register" in words
    assert "This paragraph names no single source" in _words(reader, f"{HOME}/outcome/1/paragraphs/4/")
    assert reader.get(f"{HOME}/outcome/1/paragraphs/999/").status_code == 404


def test_before_the_first_edition(world: World, client: FlaskClient) -> None:
    """The page says so, and where to look meanwhile."""
    assert "No edition has been published yet" in _words(client, f"{HOME}/outcome/")


def test_the_editor_is_for_organisers(world: World, client: FlaskClient) -> None:
    """Nobody else opens it."""
    for path in ("/", "/en/", "/en/preview/", "/en/summary/", "/en/summary/merge/", "/publish/"):
        assert client.get(EDITOR + path).status_code in {302, 303}
    world.sign_in(client, "moderator")
    for path in ("/", "/en/preview/", "/en/summary/", "/publish/"):
        assert client.get(EDITOR + path).status_code == 403


def test_the_preview_is_a_draft(world: World, client: FlaskClient) -> None:
    """It has no seal and says so."""
    world.sign_in(client, "organiser")
    words = _words(client, f"{EDITOR}/ar/preview/")
    assert "مسودة بلا ختم" in words


def test_an_edition_is_read_in_few_queries(
    world: World, client: FlaskClient, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """The page of an edition, however long, is what was made when it was published."""
    publish_edition(consultation=world.consultation, actor=world.actor("organiser"))
    client.get(f"{HOME}/outcome/1/")
    with count_queries() as seen:
        assert client.get(f"{HOME}/outcome/1/").status_code == 200
    assert len([statement for statement in seen if not statement.startswith("BEGIN")]) == 4
