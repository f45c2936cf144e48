"""Documents of a submission: added by a plain form, refused with a reason, served to whoever may read the text."""

from __future__ import annotations

import json
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.own_data import own_data, packed
from consult.attachments import path_of
from consult.attachments.brought import clean_name
from consult.cli.copies import read_backup, write_backup
from consult.consultations.models import ConsultationTrack, Member
from consult.db import session, transaction
from consult.outcomes.open_data_files import documents_of
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.submissions.documents.attached import own_files
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Draft, Revision, Submission
from consult.submissions.review.deciding import Review, accept, hide, return_for_correction
from consult.submissions.services import withdraw
from consult.testing.attached_files import docx_parts, good_files, pdf, zipped
from consult.testing.hostile_files import hostile_archives
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
STEPS = {
    "behalf": {"title": "سجل بلدي", "language": "ar"},
    "topics": {"topics": ["gcm-1"]},
    "text": {"text": "تمر بغات أقدم طرق القوافل."},
    "proposals": {"proposals": "نقترح سجلًا."},
    "track": {"decision": "31/2026", "telephone": "0913456789"},
}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def ghat(client: FlaskClient, world: World) -> FlaskClient:
    """The councillor of Ghat, signed in, whose track takes two documents of a megabyte each."""
    with transaction():
        row = session.get_one(ConsultationTrack, (world.consultation_id, "municipal"))
        row.files, row.file_megabytes = 2, 1
    return world.sign_in(client, "ghat")


def begin(client: FlaskClient, world: World) -> str:
    """Begin a draft and return the address of its pages."""
    answer = post(client, f"{HOME}/write/", {"member": str(world.members["ghat"])})
    return str(answer.location).removesuffix("behalf/")


def token_of(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found is not None
    return found[1]


def add(client: FlaskClient, base: str, content: bytes, name: str = "خريطة غات.pdf", then: str = "") -> Any:
    """Add a document as a browser does; the test client would leave a large one open."""
    token = token_of(client, f"{base}behalf/")
    head = (
        f'--xyz\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--xyz\r\nContent-Disposition: form-data; name="then"\r\n\r\n{then}\r\n'
        f'--xyz\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = head.encode() + content + b"\r\n--xyz--\r\n"
    return client.post(f"{base}documents/add", data=body, content_type="multipart/form-data; boundary=xyz")


def hand_in(client: FlaskClient, base: str) -> Submission:
    """Fill in the other steps and hand in."""
    for step, fields in STEPS.items():
        page = client.get(f"{base}{step}/").text
        kept = {n: re.findall(rf'name="{n}"[^>]*value="([^"]*)"', page)[0] for n in ("csrf_token", "version", "page")}
        assert client.post(f"{base}{step}/", data=kept | fields).status_code == 303
    assert post(client, f"{base}check/", {}).status_code == 303
    session.rollback()
    return session.scalars(sa.select(Submission)).one()


def attachments() -> list[Attachment]:
    session.rollback()
    return list(session.scalars(sa.select(Attachment).order_by(Attachment.checked_at)))


def decide(submission: Submission, world: World, verb: Callable[..., Any], ground: str) -> None:
    verb(submission, Review(ground, "" if ground == "in_order" else "x"), actor=world.actor("moderator"))


def test_limits_are_told_before_and_a_document_goes_all_the_way(
    ghat: FlaskClient, app: Flask, world: World, settings: Settings
) -> None:
    """Added, listed, handed in, on the receipt, in the fingerprint, found by its words, served so that nothing runs."""
    base = begin(ghat, world)
    page = ghat.get(f"{base}documents/").text
    assert "2 more documents, each of at most 1 MB" in page
    assert add(ghat, base, zipped(docx_parts())).status_code == 303
    assert add(ghat, base, pdf()).status_code == 303
    page = ghat.get(f"{base}documents/").text
    assert page.count("خريطة غات.") >= 2
    assert "as many documents as may be" in page
    assert "as many as may be" in add(ghat, base, pdf()).text
    assert "خريطة غات.docx" in ghat.get(f"{base}check/").text

    row = hand_in(ghat, base)
    first, second = attachments()
    assert "خريطة غات.docx" in ghat.get(f"{HOME}/receipts/{row.number}/").text
    decide(row, world, accept, "in_order")
    stranger = app.test_client()
    page = stranger.get(f"{HOME}/submissions/{row.number}/").text
    assert "خريطة غات.docx" in page
    assert "Word document" in page
    address = f"{HOME}/documents/{first.id}/"
    answer = stranger.get(address)
    assert answer.status_code == 200
    assert sha256(answer.data).hexdigest() == first.sha256
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"
    )
    kept = [one.get(address).headers["Cache-Control"] for one in (stranger, ghat)]
    assert kept == ["private, no-cache", "no-store"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype.endswith("wordprocessingml.document")
    assert stranger.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    part = stranger.get(address, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.data) == (206, answer.data[2:6])

    record = stranger.get(f"{HOME}/submissions/{row.number}/revisions/1/record.json").data
    assert [one["sha256"] for one in json.loads(record)["attachments"]] == [first.sha256, second.sha256]
    assert sha256(record).hexdigest() == session.scalars(sa.select(Revision.fingerprint)).one()
    assert row.number in stranger.get(f"{HOME}/submissions/?q=Municipal+register").text


@pytest.mark.parametrize("name", ["macro", "DDE in a cell", "plain ZIP"])
def test_what_is_refused_says_why_and_loses_nothing(ghat: FlaskClient, world: World, name: str) -> None:
    base = begin(ghat, world)
    assert add(ghat, base, good_files()["png"], "a.png").status_code == 303
    answer = add(ghat, base, hostile_archives()[name], "a.docx")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "a.png" in answer.text
    assert len(attachments()) == 1


def test_too_large_or_nothing_is_refused_before_it_is_looked_at(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    assert "larger than 1 MB" in add(ghat, base, bytes(2**20 + 1)).text
    assert "Choose a file" in add(ghat, base, b"", "").text
    assert attachments() == []


def test_without_a_scanner_nothing_is_taken(client: FlaskClient, world: World, settings: Settings) -> None:
    """The page says come back later, and what was typed stays."""
    for app in running_app(replace(settings, clamav_address="127.0.0.1:1")):
        with transaction():
            session.get_one(ConsultationTrack, (world.consultation_id, "municipal")).files = 1
        browser = world.sign_in(app.test_client(), "ghat")
        base = begin(browser, world)
        answer = add(browser, base, pdf())
        assert answer.status_code == 503
        assert "Try again later" in answer.text
        assert attachments() == []


def test_documents_are_for_whoever_may_read_the_text(ghat: FlaskClient, app: Flask, world: World) -> None:
    """In a draft for its author, handed in for moderators too, accepted for all; hidden or withdrawn, gone at once."""
    base = begin(ghat, world)
    add(ghat, base, pdf())
    address = f"{HOME}/documents/{attachments()[0].id}/"
    assert attachments()[0].id.version == 4, "the address tells no time"
    stranger, other = app.test_client(), world.sign_in(app.test_client(), "derna")
    moderator = world.sign_in(app.test_client(), "moderator")

    def seen() -> list[int]:
        return [one.get(address).status_code for one in (ghat, moderator, other, stranger)]

    assert seen() == [200, 404, 404, 404]
    row = hand_in(ghat, base)
    assert seen() == [200, 200, 404, 404]
    assert "خريطة غات.pdf" in moderator.get(f"{HOME}/review/{row.number}/").text
    decide(row, world, accept, "in_order")
    assert seen() == [200, 200, 200, 200]
    decide(row, world, hide, "names_person")
    assert seen() == [200, 200, 404, 404]
    withdraw(row, actor=world.actor("ghat"))
    assert seen() == [200, 404, 404, 404]
    assert stranger.get(f"{HOME}/documents/").status_code == 404


@pytest.mark.parametrize(("kept", "value"), [("withheld", True), ("display_name", "زيتونة غات")])
def test_a_name_that_is_not_public_is_not_told_by_that_of_a_file(
    ghat: FlaskClient, app: Flask, world: World, kept: str, value: object
) -> None:
    with transaction():
        setattr(session.get_one(Member, world.members["ghat"]), kept, value)
    base = begin(ghat, world)
    assert "neutral names" in ghat.get(f"{base}documents/").text
    add(ghat, base, pdf(), "Issa Kusa.pdf")
    row = hand_in(ghat, base)
    decide(row, world, accept, "in_order")
    stranger = app.test_client()
    answer = stranger.get(f"{HOME}/documents/{attachments()[0].id}/")
    told = stranger.get(f"{HOME}/submissions/{row.number}/").text + str(answer.headers)
    assert "document-1.pdf" in told
    assert "Kusa" not in told
    assert [one.name for one in documents_of(world.consultation)] == ["document-1.pdf"]
    assert b"Kusa" not in stranger.get(f"{HOME}/submissions/{row.number}/revisions/1/record.json").data


def test_a_returned_text_keeps_its_documents(ghat: FlaskClient, world: World) -> None:
    """What is removed from the correction stays with the revision it was handed in with."""
    base = begin(ghat, world)
    add(ghat, base, pdf())
    row = hand_in(ghat, base)
    decide(row, world, return_for_correction, "unclear")
    base = str(post(ghat, f"{HOME}/submissions/{row.number}/correct", {}).location).removesuffix("behalf/")
    kept = attachments()[0]
    assert "خريطة غات.pdf" in ghat.get(f"{base}documents/").text
    assert add(ghat, base, good_files()["png"], "new.png").status_code == 303
    assert post(ghat, f"{base}documents/{kept.id}/remove", {}).status_code == 303
    row = hand_in(ghat, base)
    assert [one.name for one in attachments()] == ["خريطة غات", "new"]
    page = ghat.get(f"{HOME}/submissions/{row.number}/").text
    assert "new.png" in page
    assert "خريطة غات.pdf" not in page
    assert path_of(kept.place).is_file()


def test_a_file_that_was_chosen_goes_along_with_continue(ghat: FlaskClient, world: World) -> None:
    base = begin(ghat, world)
    assert add(ghat, base, pdf(), then="next").location.endswith("/track/")
    assert len(attachments()) == 1
    assert add(ghat, base, b"", "", then="next").location.endswith("/track/")
    assert add(ghat, base, b"", "", then="later").location.endswith("/mine/")
    other = begin(ghat, world)
    assert add(ghat, other, b"", "", then="next").location.endswith("/track/")
    assert "Done" in ghat.get(f"{other}documents/").text


def test_what_is_removed_or_discarded_leaves_the_disk(ghat: FlaskClient, app: Flask, world: World) -> None:
    base = begin(ghat, world)
    add(ghat, base, pdf())
    add(ghat, base, good_files()["png"], "b.png")
    (first, first_place), (_, second_place) = [(one.id, one.place) for one in attachments()]
    other = world.sign_in(app.test_client(), "derna")
    assert post(other, f"{base}documents/{first}/remove", {}, form_page=f"{HOME}/write/").status_code == 404
    assert post(ghat, f"{base}documents/{first}/remove", {}).status_code == 303
    assert not path_of(first_place).exists()
    assert post(ghat, f"{base}delete/", {}).status_code == 303
    assert not path_of(second_place).exists()
    assert attachments() == []
    assert session.scalars(sa.select(Draft)).all() == []


def test_a_file_of_another_draft_cannot_be_handed_in(ghat: FlaskClient, world: World) -> None:
    """Ids that were forged into a draft are left out."""
    theirs = begin(ghat, world)
    add(ghat, theirs, pdf())
    base = begin(ghat, world)
    with transaction():
        draft = session.get_one(Draft, uuid.UUID(base.rstrip("/").rsplit("/", 1)[1]))
        draft.answers = {**draft.answers, "attachments": [str(attachments()[0].id)]}
    row = hand_in(ghat, base)
    assert "خريطة" not in ghat.get(f"{HOME}/submissions/{row.number}/").text


def test_a_track_without_documents_has_no_step_for_them(client: FlaskClient, world: World) -> None:
    browser = world.sign_in(client, "ghat")
    base = begin(browser, world)
    assert browser.get(f"{base}documents/").status_code == 404
    assert add(browser, base, pdf()).status_code == 404


def test_organisers_say_how_many_and_how_large(client: FlaskClient, world: World) -> None:
    browser = world.sign_in(client, "organiser")
    address = f"{HOME}/organise/frame/tracks/municipal/"
    given = {"enabled": "y", "seats": "45", "moderation": "pre", "files": "11", "file_megabytes": "5"}
    assert "from 0 to 10" in post(browser, address, given).text
    assert post(browser, address, given | {"files": "3", "file_megabytes": "8"}).status_code == 303
    session.rollback()
    row = session.get_one(ConsultationTrack, (world.consultation_id, "municipal"))
    assert (row.files, row.file_megabytes) == (3, 8)
    assert 'value="8"' in browser.get(address).text


def test_documents_are_in_a_backup_and_in_what_one_takes_along(
    ghat: FlaskClient, world: World, settings: Settings, tmp_path: Any
) -> None:
    base = begin(ghat, world)
    add(ghat, base, pdf())
    file = attachments()[0]
    assert own_data(world.people["ghat"]).rows["attachment"][0]["name"] == "خريطة غات"
    taken = packed(own_data(world.people["ghat"]), "", own_files(world.people["ghat"]))
    with zipfile.ZipFile(BytesIO(taken)) as archive:
        assert archive.read("documents/1-خريطة غات.pdf") == path_of(file.place).read_bytes()
    write_backup(tmp_path / "b.zip", settings, load_hooks())
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert archive.read(f"attachments/{file.place}") == path_of(file.place).read_bytes()
    there = replace(settings, instance_path=tmp_path / "there", database_url="")
    there.keys_directory.mkdir(parents=True)
    read_backup(tmp_path / "b.zip", there, load_hooks())
    restored = there.instance_path / "attachments" / file.place
    assert sha256(restored.read_bytes()).hexdigest() == file.sha256
    assert restored.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("C:\\Users\\salma\\تقرير.pdf", "تقرير"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb<script>.docx", "a b script"),
        (".pdf", "document"),
        ("x" * 300 + ".pdf", "x" * 80),
    ],
)
def test_names_are_only_names(given: str, made: str) -> None:
    assert clean_name(given) == made
