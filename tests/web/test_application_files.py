"""Files of a body's application: added on its page, seen by the body and the accreditors of its track, by nobody else; what becomes of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.models import Person, RoleGrant
from consult.attachments import path_of
from consult.consultations.accreditation.files import MEGABYTES, MOST_FILES, own_application_files
from consult.consultations.accreditation.models import Application, ApplicationFile
from consult.consultations.accreditation.queries import token_of
from consult.consultations.models import Phase
from consult.consultations.upload_models import Upload
from consult.db import new_id, session, transaction
from consult.erasure.erase import carry_out
from consult.erasure.models import Erasure
from consult.events.stream import events_after
from consult.retention.sweep import retain_due
from consult.testing.acts import confirm_applications
from consult.testing.attached_files import PERSON, docx_parts, pdf, picture, zipped
from consult.testing.web import form_token
from consult.testing.world import World

APPLY, DESK = "/en/c/test/accreditation/", "/en/c/test/facilitate/accreditation/"
OURS = {"Origin": "http://localhost"}
FIELDS = {
    "track": "academic",
    "name": "Sebha University",
    "kind": "university",
    "mandate": "Teaches and studies migration in the south.",
    "legal_basis": "Decision 187 of 1983",
    "contact": "Salma Elhudairi",
    "email": "salma@example.org",
    "language": "en",
}


@pytest.fixture
def own(app: Flask, world: World) -> str:
    """The page of an application to the academic track, of which Derna is the accreditor."""
    with transaction():
        for who, track in (("derna", "academic"), ("ghat", "cso")):
            grant = RoleGrant(id=new_id(), person_id=world.people[who], role="accreditor", granted_at=clock.now())
            grant.consultation_id, grant.track = world.consultation_id, track
            session.add(grant)
    body = app.test_client()
    page = body.get(APPLY).text
    assert f"up to {MOST_FILES} files" in page, "told before"
    assert f"at most {MEGABYTES} MB" in page
    return _applied(world, body, FIELDS)


def _applied(world: World, client: FlaskClient, fields: dict[str, str]) -> str:
    """Hand an application in, confirm its address, and return the path of its page."""
    made = str(_post(client, APPLY, fields).location)
    assert client.post(f"{made}files/add", data={"csrf_token": form_token(client, APPLY)}).status_code == 404, "not yet"
    confirm_applications(world)
    return made


def _post(client: FlaskClient, path: str, fields: dict[str, str] | None = None, page: str = "") -> TestResponse:
    return client.post(path, data={"csrf_token": form_token(client, page or path), **(fields or {})})


def _add(client: FlaskClient, own: str, name: str, content: bytes) -> TestResponse:
    data = {"csrf_token": form_token(client, own), "file": (io.BytesIO(content), name)}
    return client.post(f"{own}files/add", data=data)


def _rows() -> list[ApplicationFile]:
    session.rollback()
    return list(session.scalars(sa.select(ApplicationFile).order_by(ApplicationFile.id)))


def _retain() -> None:
    while retain_due():
        pass


def _decide(client: FlaskClient, decision: str, reason: str = "Send the licence.") -> None:
    given = {"decision": decision, "reason": reason, "language": "en"}
    assert _post(client, f"{DESK}1/", given).status_code == 303


def test_the_body_adds_files_and_the_accreditors_of_its_track_read_them(app: Flask, world: World, own: str) -> None:
    body, derna = app.test_client(), world.sign_in(app.test_client(), "derna")
    page = body.get(own).text
    assert f"{MOST_FILES} more documents, each of at most {MEGABYTES} MB" in page
    assert f'data-pieces="{own}files/pieces/"' in page
    for content, said in (
        (b"MZ" + bytes(98), "no file of a kind that is taken"),
        (zipped(docx_parts(), **{"word/vbaProject.bin": b"x"}), "acro"),
        (b"", "empty"),
    ):
        refused = _add(body, own, "licence.docx", content)
        assert (refused.status_code, said in refused.text, 'href="#file"' in refused.text) == (422, True, True), said
    assert 'href="#file"' in _post(body, f"{own}files/add", page=own).text
    assert _add(body, own, "/scans/رخصة.jpg", picture()).status_code == 303
    (row,) = _rows()
    assert (row.kind, row.name) == ("jpg", "رخصة")
    assert PERSON.encode() not in path_of(str(row.place)).read_bytes(), "made anew"
    mine, theirs = f"{own}files/{row.id}/", f"{DESK}1/files/{row.id}/"
    for client, page_of, address in ((body, own, mine), (derna, f"{DESK}1/", theirs)):
        assert ("رخصة.jpg" in client.get(page_of).text, address in client.get(page_of).text) == (True, True)
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    _decide(derna, "returned")
    assert "رخصة.jpg" in body.get(own).text, "a returned application keeps its files"
    assert _post(body, own, {**FIELDS, "act": "correct"}).status_code == 303
    assert [(e.type, e.actor, set(e.facts)) for e in events_after(world.consultation_id) if "File" in e.type] == [
        ("AccreditationFileAdded", None, {"application", "number", "track", "file"})
    ]
    _decide(derna, "refused")
    page = body.get(own).text
    assert ("رخصة.jpg" in page, "files/add" in page, "/remove" in page) == (True, False, False)
    assert _add(body, own, "more.pdf", pdf()).status_code == 409


def test_nobody_else_finds_a_file_and_one_that_is_removed_is_gone(app: Flask, world: World, own: str) -> None:
    body, derna = app.test_client(), world.sign_in(app.test_client(), "derna")
    assert _add(body, own, "licence.pdf", pdf()).status_code == 303
    other = _applied(world, body, {**FIELDS, "email": "other@example.org"})
    (row,) = _rows()
    theirs = f"{DESK}1/files/{row.id}/"
    for who, status in {
        "ghat": 404,
        "organiser": 403,
        "moderator": 403,
        "administrator": 403,
        "professor": 403,
    }.items():
        assert world.sign_in(app.test_client(), who).get(theirs).status_code == status, who
    assert body.get(theirs).status_code in (302, 303), "to sign in"
    assert body.get(f"{other}files/{row.id}/").status_code == 404
    assert derna.get(f"{DESK}2/files/{row.id}/").status_code == 404
    assert body.get(f"/en/c/test/documents/{row.id}/").status_code == 404
    assert _post(body, f"{other}files/{row.id}/remove", page=other).status_code == 404
    place = path_of(str(row.place))
    assert _post(body, f"{own}files/{row.id}/remove", page=own).status_code == 303
    assert (place.exists(), body.get(f"{own}files/{row.id}/").status_code, derna.get(theirs).status_code) == (
        False,
        404,
        404,
    )
    assert "Removed by the body" in re.sub(r"<[^>]+>", "", derna.get(f"{DESK}1/").text)
    assert _post(body, f"{own}files/{row.id}/remove", page=own).status_code == 404
    session.rollback()
    told = [e.type for e in events_after(world.consultation_id) if "File" in e.type]
    assert sorted(told) == ["AccreditationFileAdded", "AccreditationFileRemoved"]


def test_a_file_comes_in_pieces_and_never_too_many(app: Flask, world: World, own: str) -> None:
    body, content = app.test_client(), pdf()
    half = len(content) // 2

    def begin(size: int, mark: str = "m", headers: dict[str, str] = OURS) -> TestResponse:
        told = json.dumps({"name": "act.pdf", "size": size, "mark": mark})
        return body.post(f"{own}files/pieces/", data=told, content_type="application/json", headers=headers)

    def send(upload: str, start: int, piece: bytes, at: str = own) -> TestResponse:
        return body.post(
            f"{at}files/pieces/{upload}/{start}", data=piece, content_type="application/octet-stream", headers=OURS
        )

    assert begin(9, headers={"Origin": "https://elsewhere.example"}).status_code == 400
    assert begin(MEGABYTES * 2**20 + 1).json == {"refused": f"The file is larger than {MEGABYTES} MB."}
    upload = json.loads(begin(len(content)).data)["id"]
    assert send(upload, 0, content[:half]).json == {"received": half}
    assert begin(len(content)).json == {"id": upload, "received": half}, "gone on with"
    other = _applied(world, body, {**FIELDS, "email": "other@example.org"})
    assert send(upload, half, content[half:], other).status_code == 404
    assert send(upload, half, content[half:]).json == {"done": own}
    assert [one.name for one in _rows()] == ["act"]
    with transaction():
        row = session.get_one(Application, _rows()[0].application_id)
        for _ in range(MOST_FILES - 1):
            session.add(
                ApplicationFile(
                    id=new_id(),
                    application_id=row.id,
                    kind="pdf",
                    name="x",
                    size=1,
                    sha256="",
                    place=new_id().hex,
                    added_at=clock.now(),
                )
            )
    assert "as many as may be" in str(begin(9, "one more").json)
    page = body.get(own).text
    assert ("as many documents as may be" in page, "files/add" in page) == (True, False)
    assert session.scalars(sa.select(Upload)).all() == []


def test_files_are_in_the_bodys_data_and_go_with_it(app: Flask, world: World, own: str) -> None:
    body = app.test_client()
    assert _add(body, own, "licence.pdf", pdf()).status_code == 303
    (row,) = _rows()
    application = session.get_one(Application, row.application_id)
    person = session.get_one(Person, application.person_id)
    assert (list(own_application_files(person.id)), token_of(application.id) in own) == (
        ["applications/1-licence.pdf"],
        True,
    )
    place = path_of(str(row.place))
    ends = session.scalars(
        sa.select(sa.func.max(Phase.closes_at)).where(Phase.consultation_id == world.consultation_id)
    ).one()
    with clock.at(ends + timedelta(days=364)):
        _retain()
        assert place.exists()
    asked = Erasure(id=new_id(), person_id=person.id, texts=[], state="waiting", asked_at=clock.now())
    asked.due_at = clock.now()
    with transaction():
        session.add(asked)
    assert carry_out(asked.id)
    assert (place.exists(), _rows()) == (False, [])


def test_files_go_a_year_after_the_consultation_or_the_withdrawal(app: Flask, world: World, own: str) -> None:
    body = app.test_client()
    assert _add(body, own, "licence.pdf", pdf()).status_code == 303
    place = path_of(str(_rows()[0].place))
    assert _post(body, own, {"act": "withdraw"}).status_code == 303
    with clock.at(clock.now() + timedelta(days=364)):
        _retain()
        assert place.exists()
    with clock.at(clock.now() + timedelta(days=366)):
        _retain()
        assert (place.exists(), _rows()) == (False, [])


def test_the_zip_of_own_data_holds_the_files(app: Flask, world: World, own: str) -> None:
    body = app.test_client()
    assert _add(body, own, "licence.pdf", pdf()).status_code == 303
    with transaction():
        session.execute(sa.update(Application).values(person_id=world.people["professor"]))
    client = world.sign_in(app.test_client(), "professor")
    packed = client.get("/en/account/data.zip")
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert "applications/1-licence.pdf" in archive.namelist()
        assert "accreditation_file.csv" in archive.namelist()
