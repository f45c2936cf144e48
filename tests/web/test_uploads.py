"""Documents in pieces: gone on with after a break, checked whole, bounded in size, number and time, and nobody else's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.attachments.pieces import pieces_path
from consult.consultations.models import ConsultationTrack
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import MOST_OF_A_PIECE, WAITS, forget_past_uploads
from consult.db import session, transaction
from consult.i18n import Localized
from consult.plugins.questions import Question, QuestionKind
from consult.settings import Settings
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Draft
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.testing.attached_files import docx_parts, zipped
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
OURS = {"Origin": "http://localhost"}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def base(client: FlaskClient, world: World) -> str:
    """The address of a draft of Ghat's, whose track takes two documents of a megabyte each; its councillor is signed in."""
    with transaction():
        row = session.get_one(ConsultationTrack, (world.consultation_id, "municipal"))
        row.files, row.file_megabytes = 2, 1
    world.sign_in(client, "ghat")
    began = post(client, f"{HOME}/write/", {"member": str(world.members["ghat"])}).location
    return str(began).replace("behalf/", "documents/")


def begin(client: FlaskClient, base: str, size: Any, mark: str = "m", headers: dict[str, str] = OURS) -> TestResponse:
    body = json.dumps({"name": "خريطة.docx", "size": size, "mark": mark})
    return client.post(f"{base}pieces/", data=body, content_type="application/json", headers=headers)


def send(client: FlaskClient, base: str, upload: str, start: int, content: bytes, **more: Any) -> TestResponse:
    given = {"content_type": "application/octet-stream", "headers": OURS, **more}
    return client.post(f"{base}pieces/{upload}/{start}", data=content, **given)


@pytest.fixture
def asking(client: FlaskClient, base: str, world: World, app: Flask) -> tuple[FlaskClient, str]:
    """A draft of the professor's, whose form asks for a file (`q1` leads, `q2` is the file) in a track that takes no documents."""
    organiser, label = world.actor("organiser"), Localized(ar="ملف", en="Table", fr="Tableau")
    form = begin_form("academic", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(label), questionnaire=form, actor=organiser)
    for kind in (QuestionKind.TEXT, QuestionKind.FILE):
        draft = QuestionDraft(Question("", kind, label), "s1")
        content = save_question(draft, questionnaire=form, actor=organiser)
    assert content.questions[-1].kind is QuestionKind.FILE
    open_form(form, actor=organiser)
    professor = world.sign_in(app.test_client(), "professor")
    began = post(professor, f"{HOME}/write/", {"member": str(world.members["professor"])}).location
    return professor, str(began).replace("behalf/", "documents/")


def begin_answer(client: FlaskClient, base: str, size: int, question: str, mark: str = "m") -> TestResponse:
    body = json.dumps({"name": "جدول.docx", "size": size, "mark": mark, "question": question})
    return client.post(f"{base}pieces/", data=body, content_type="application/json", headers=OURS)


def test_an_answer_comes_in_pieces_as_a_document_does(asking: tuple[FlaskClient, str]) -> None:
    professor, base = asking
    page = professor.get(base.replace("documents/", "s1/")).text
    key = re.findall(r'data-upload-line="(\w+)"', page)[0]
    assert f'data-pieces="{base}pieces/"' in page
    assert "At most 5 MB." in page, "told before"
    assert (begin_answer(professor, base, 9, "q99").status_code, begin(professor, base, 9).status_code) == (404, 422)
    assert begin_answer(professor, base, 5 * 2**20 + 1, key).json == {"refused": "The file is larger than 5 MB."}
    content = zipped(docx_parts())
    half = len(content) // 2
    upload = begin_answer(professor, base, len(content), key).json["id"]  # type: ignore[index]
    assert send(professor, base, upload, 0, content[:half]).json == {"received": half}
    assert begin_answer(professor, base, len(content), key).json == {"id": upload, "received": half}
    assert send(professor, base, upload, half, content[half:]).json == {"done": base}
    (document,) = rows(Attachment)
    (draft,) = [one for one in rows(Draft) if one.id == document.draft_id]
    assert (draft.answers["track"], draft.answers.get("attachments")) == ({key: str(document.id)}, None)
    bad = begin_answer(professor, base, 100, key, "bad").json["id"]  # type: ignore[index]
    refused = send(professor, base, bad, 0, b"MZ" + bytes(98))
    assert "no file of a kind that is taken" in refused.json["refused"]  # type: ignore[index]
    again = begin_answer(professor, base, len(content), key).json["id"]  # type: ignore[index]
    assert send(professor, base, again, 0, content).json == {"done": base}
    assert len(rows(Attachment)) == 1, "in place of the one before"


def rows(of: type[Any]) -> list[Any]:
    session.rollback()
    return list(session.scalars(sa.select(of)))


def test_a_document_goes_on_where_it_stopped_and_is_checked_whole(client: FlaskClient, base: str) -> None:
    page = client.get(base).text
    assert f'data-pieces="{base}pieces/"' in page
    assert "each of at most 1 MB" in page
    content = zipped(docx_parts())
    half = len(content) // 2
    upload = begin(client, base, len(content)).json["id"]  # type: ignore[index]
    assert send(client, base, upload, 0, content[:half]).json == {"received": half}
    assert begin(client, base, len(content)).json == {"id": upload, "received": half}, "the page was closed meanwhile"
    again = send(client, base, upload, 0, content[:half])
    assert (again.status_code, again.json) == (409, {"received": half}), "the answer was lost, the piece is there"
    assert send(client, base, upload, half, content[half:] + b"x").status_code == 409, "more than was said"
    with pieces_path(upload).open("ab") as file:
        file.write(b"of a try that broke off")
    assert send(client, base, upload, half, content[half:]).json == {"done": base}
    (document,) = rows(Attachment)
    assert (document.kind, document.name) == ("docx", "خريطة")
    assert (rows(Upload), pieces_path(upload).exists()) == ([], False)
    assert "The document was checked and added." in client.get(base).text
    assert send(client, base, upload, len(content), b"").status_code == 404, "finished once"


def test_limits_are_told_before_a_byte_is_sent_and_the_whole_is_refused_at_the_end(
    client: FlaskClient, base: str
) -> None:
    large = begin(client, base, 2**20 + 1)
    assert (large.status_code, large.json) == (422, {"refused": "The file is larger than 1 MB."})
    assert begin(client, base, 0).status_code == 422
    uploads = [begin(client, base, 100, mark).json["id"] for mark in "abc"]  # type: ignore[index]
    fourth = begin(client, base, 100, "d")
    assert "3 files are under way already" in fourth.json["refused"]  # type: ignore[index]
    assert send(client, base, uploads[0], 0, b"MZ" + bytes(48)).json == {"received": 50}
    refused = send(client, base, uploads[0], 50, bytes(50))
    assert refused.status_code == 422
    assert "no file of a kind that is taken" in refused.json["refused"]  # type: ignore[index]
    assert (len(rows(Upload)), rows(Attachment), pieces_path(uploads[0]).exists()) == (2, [], False)
    assert send(client, base, uploads[1], 0, bytes(MOST_OF_A_PIECE + 1)).status_code == 413


def test_nobody_else_and_no_other_site_sends_a_piece(client: FlaskClient, base: str, world: World, app: Flask) -> None:
    upload = begin(client, base, 100).json["id"]  # type: ignore[index]
    derna = world.sign_in(app.test_client(), "derna")
    own = str(post(derna, f"{HOME}/write/", {"member": str(world.members["derna"])}).location).replace(
        "behalf", "documents"
    )
    for address in (base, own):
        assert send(derna, address, upload, 0, b"x").status_code == 404
    assert send(app.test_client(), base, upload, 0, b"x").status_code == 401
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert send(client, base, upload, 0, b"x", headers=elsewhere).status_code == 400
    assert send(client, base, upload, 0, b"x", content_type="text/plain").status_code == 400
    assert begin(client, base, 100, headers=elsewhere).status_code == 400
    for size in (True, "100", -5, None, 1e99):
        assert begin(client, base, size).status_code in (400, 422)
    assert [row.received for row in rows(Upload)] == [0]


def test_the_worker_clears_away_what_nobody_goes_on_with(client: FlaskClient, base: str) -> None:
    upload = begin(client, base, 100).json["id"]  # type: ignore[index]
    send(client, base, upload, 0, b"x")
    lost = pieces_path(upload).with_name("of-nobody")
    lost.write_bytes(b"x")
    assert not forget_past_uploads()
    with transaction():
        session.execute(sa.update(Upload).values(expires_at=clock.now() - timedelta(seconds=1)))
    before = clock.now().timestamp() - WAITS.total_seconds() - 60
    os.utime(lost, (before, before))
    assert send(client, base, upload, 1, b"x").status_code == 404
    assert forget_past_uploads()
    assert (rows(Upload), pieces_path(upload).exists(), lost.exists()) == ([], False, False)
