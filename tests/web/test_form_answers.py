"""Answers to an organiser's form, a file among them: from the step to receipt, review, register and the next revision."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.attachments import path_of
from consult.db import session
from consult.i18n import Localized
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.settings import Settings
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.exchange.answer_columns import answer_columns
from consult.submissions.models import Draft, Questionnaire, Revision, Submission
from consult.submissions.questionnaires.content import FormContent, Section, carried
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.review.deciding import Review, accept, return_for_correction
from consult.testing.attached_files import docx_parts, pdf, picture, zipped
from consult.testing.small_tracks import running_app
from consult.testing.web import form_token, post
from consult.testing.world import World

HOME = "/en/c/test"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def words(text: str) -> Localized:
    return Localized(ar=f"{text} ع", en=text, fr=f"{text} fr")


def open_a_form(world: World) -> None:
    """Open a form of one section: q4 (a choice), q5 (a file, where the choice is c2), q6 (for its author alone)."""
    organiser = world.actor("organiser")
    row = begin_form("academic", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(words("Facts")), questionnaire=row, actor=organiser)
    if_yes = Condition("q4", Relation.EQUALS, ("c2",))
    choices = (Choice("", words("Yes, measured")), Choice("", words("No, guessed")))
    for question in (
        Question("", QuestionKind.CHOICE, words("Are there figures?"), required=True, choices=choices),
        Question("", QuestionKind.FILE, words("Add the table"), required=True, shown_if=if_yes),
        Question("", QuestionKind.TEXT, words("Telephone"), private=True),
    ):
        save_question(QuestionDraft(question, "s1"), questionnaire=row, actor=organiser)
    open_form(row, actor=organiser)


def fill(client: FlaskClient, address: str, fields: dict[str, Any], status: int = 303) -> str:
    """Fill in a step as its page has it, files too, and return where it leads, or the page that comes back."""
    page = client.get(address).text
    names = ("csrf_token", "version", "page") + (("asked",) if 'name="asked"' in page else ())
    kept = {name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)[-1] for name in names}
    assert 'enctype="multipart/form-data"' in page or not any(isinstance(one, tuple) for one in fields.values())
    answer = client.post(address, data=kept | fields, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text
    return answer.location if status == 303 else answer.text


def begin(client: FlaskClient, world: World) -> str:
    """Begin a draft and fill in all but the form; return the address of its pages."""
    began = post(client, f"{HOME}/write/", {"member": str(world.members["professor"])}).location
    draft = str(began).removesuffix("behalf/")
    steps = {
        "behalf": {"title": "Figures", "language": "en"},
        "topics": {"topics": ["gcm-1"]},
        "text": {"text": "A text."},
    }
    for step, fields in steps.items():
        fill(client, f"{draft}{step}/", fields)
    return draft


def the_answers() -> dict[str, Any]:
    session.rollback()
    return dict(session.scalars(sa.select(Draft)).one().answers["track"])


def files() -> list[Attachment]:
    session.rollback()
    return list(session.scalars(sa.select(Attachment).order_by(Attachment.checked_at)))


def test_a_file_answers_a_question_and_all_answers_are_shown_wherever_the_text_is(
    client: FlaskClient, world: World, app: Flask
) -> None:
    open_a_form(world)
    professor = world.sign_in(client, "professor")
    draft = begin(professor, world)
    step = f"{draft}s1/"
    assert fill(professor, step, {"q4": "c2", "q6": "0913"}).endswith("/s1/#q5"), "the answer opens the question"
    page = professor.get(step).text
    assert "At most 5 MB." in page, "limits are told before"
    assert "Answer this question." in fill(professor, step, {"q4": "c2"}, 422)
    bad = fill(professor, step, {"q4": "c2", "q6": "0914", "q5": (BytesIO(b"MZ no such kind"), "table.pdf")}, 422)
    assert 'id="q5-error"' in bad
    assert "no file of a kind that is taken" in bad
    assert the_answers() == {"q4": "c2", "q6": "0914"}, "what else was typed is kept"
    assert fill(professor, step, {"q4": "c2", "q5": (BytesIO(pdf()), "جدول.pdf")}).endswith("/check/")
    (first,) = files()
    place = first.place
    assert the_answers()["q5"] == str(first.id)
    address = f"{HOME}/documents/{first.id}/"
    assert "جدول.pdf" in professor.get(step).text
    assert f'href="{address}"' in professor.get(f"{draft}check/").text
    assert (professor.get(address).status_code, world.sign_in(app.test_client(), "ghat").get(address).status_code) == (
        200,
        404,
    )

    assert fill(professor, step, {"q4": "c2", "q5": (BytesIO(zipped(docx_parts())), "better.docx")}).endswith("/check/")
    assert len(files()) == 1
    assert not path_of(place).exists(), "the one before is gone"
    assert "Answer this question." in fill(professor, step, {"q4": "c2", "q5-remove": the_answers()["q5"]}, 422)
    assert files() == []
    fill(professor, step, {"q4": "c2", "q5": (BytesIO(pdf()), "table.pdf"), "q6": "0915550123"})
    (kept,) = files()
    address = f"{HOME}/documents/{kept.id}/"
    receipt = post(professor, f"{draft}check/", {})
    assert receipt.status_code == 303, receipt.text
    session.rollback()
    row = session.scalars(sa.select(Submission)).one()
    assert row.answers == {"q4": "c2", "q5": str(kept.id)}, "the telephone is private"

    moderator = world.sign_in(app.test_client(), "moderator")
    shown = {
        "receipt": professor.get(receipt.location).text,
        "review": moderator.get(f"{HOME}/review/{row.number}/").text,
    }
    for name, page in shown.items():
        assert ("Are there figures?" in page, "Yes, measured" in page) == (True, True), name
        assert f'href="{address}"' in page, name
        assert "0915550123" not in page, name
    assert moderator.get(address).status_code == 200
    assert app.test_client().get(address).status_code == 404

    return_for_correction(row, Review("unclear", "Which figures?"), actor=world.actor("moderator"))
    again = post(professor, f"{HOME}/submissions/{row.number}/correct", {}, form_page=f"{HOME}/mine/").location
    step = str(again).replace("/behalf/", "/s1/")
    page = professor.get(step).text
    assert "table.pdf" in page, "the correction has the file of the first revision"
    assert 'value="0915550123"' in page
    assert fill(professor, step, {"q4": "c3", "q6": "0915550123"}).endswith("/check/")
    assert post(professor, step.replace("/s1/", "/check/"), {}).status_code == 303
    session.rollback()
    accept(session.scalars(sa.select(Submission)).one(), Review("in_order"), actor=world.actor("moderator"))
    revised = app.test_client().get(f"{HOME}/submissions/{row.number}/revisions/2/").text
    assert re.search(r"<del><bdi>Yes, measured</bdi></del>|<del>Yes, measured</del>", revised)
    assert "No, guessed" in revised
    assert revised.count("Changed") == 2, "the choice, and the file that nothing asks for now"
    register = app.test_client().get(f"{HOME}/submissions/{row.number}/").text
    assert ("No, guessed" in register, "Documents" in register.partition("<main")[2]) == (True, False)
    assert app.test_client().get(address).status_code == 404, "a file of an earlier revision is served to nobody"
    assert "q5" not in {column.question for column in answer_columns(world.consultation_id)}


def test_a_file_that_nothing_asks_for_any_more_goes_with_the_draft(client: FlaskClient, world: World) -> None:
    open_a_form(world)
    professor = world.sign_in(client, "professor")
    draft = begin(professor, world)
    fill(professor, f"{draft}s1/", {"q4": "c2"})
    fill(professor, f"{draft}s1/", {"q4": "c2", "q5": (BytesIO(pdf()), "table.pdf")})
    place, file = files()[0].place, files()[0].id
    second = begin_form("academic", consultation=world.consultation, actor=world.actor("organiser"))
    save_section(SectionDraft(words("Other")), questionnaire=second, actor=world.actor("organiser"))
    question = Question("", QuestionKind.TEXT, words("Why?"))
    section = content_of(second).sections[0].key
    save_question(QuestionDraft(question, section), questionnaire=second, actor=world.actor("organiser"))
    open_form(second, actor=world.actor("organiser"))
    assert post(professor, f"{draft}newer/", {}, form_page=f"{draft}check/").status_code == 303
    address = f"{HOME}/documents/{file}/"
    check = professor.get(f"{draft}check/").text
    assert ("Not handed in" in check, f'href="{address}"' in check) == (True, True), "kept and shown until then"
    assert professor.get(address).status_code == 200
    assert post(professor, f"{draft}check/", {}).status_code == 303
    assert (files(), path_of(place).exists()) == ([], False)


#: What the editor is sent.
LABELS = {"labels_ar": "ملف", "labels_en": "Evidence", "labels_fr": "Preuve"}


@pytest.fixture
def form(client: FlaskClient, world: World, app: Flask) -> str:
    """The address on which a file question is added to a form that is being written."""
    row = begin_form("academic", consultation=world.consultation, actor=world.actor("organiser"))
    save_section(SectionDraft(words("Facts")), questionnaire=row, actor=world.actor("organiser"))
    return f"{HOME}/organise/forms/{row.id}/"


def test_the_editor_asks_who_opens_a_file_and_its_author_alone_does(
    client: FlaskClient, world: World, app: Flask, form: str
) -> None:
    organiser, add = world.sign_in(app.test_client(), "organiser"), f"{form}sections/s1/add/file/"
    page = organiser.get(add).text
    assert not re.search(r'name="readers"[^>]*checked', page), "asked, never assumed"
    limits: dict[str, Any] = {"groups": ["text", "picture"], "files": "2", "megabytes": "1", "seen": ""}

    def save(**more: Any) -> Any:
        return organiser.post(add, data={"csrf_token": form_token(organiser, add), **LABELS, **limits, **more})

    for wrong, field in (
        ({}, "readers"),
        ({"readers": "author", "groups": []}, "groups"),
        ({"readers": "author", "files": "11"}, "files"),
        ({"readers": "author", "megabytes": "21"}, "megabytes"),
    ):
        answer = save(**wrong)
        assert (answer.status_code, f'href="#{field}' in answer.text, "Evidence" in answer.text) == (422, True, True)
    assert save(readers="author").status_code == 303
    assert save(readers="all", files="1").status_code == 303
    row = the_form()
    secret, open_one = content_of(row).questions
    assert (secret.private, secret.groups, secret.files, secret.megabytes) == (True, ("text", "picture"), 2, 1)
    assert (open_one.private, open_one.files) == (False, 1)
    assert re.search(r'name="readers"[^>]*value="author"[^>]*checked', organiser.get(f"{form}questions/q2/").text)
    open_form(row, actor=world.actor("organiser"))

    professor = world.sign_in(client, "professor")
    draft = begin(professor, world)
    step = f"{draft}s1/"
    page = professor.get(step).text
    for said in ("Up to 2 files.", "Each at most 1 MB.", "Only you can open it.", "Texts: PDF, Word (DOCX), ODT"):
        assert said in page, said
    assert "Tables: Excel" not in page
    wrong = fill(professor, step, {"q2": (BytesIO(b"RIFF" + bytes(40)), "talk.wav")}, 422)
    assert 'id="q2-error"' in wrong
    assert fill(professor, step, {"q2": (BytesIO(pdf()), "witness.pdf"), "then": "stay"}).endswith("/s1/")
    assert fill(professor, step, {"q2": (BytesIO(picture()), "house.jpg"), "then": "stay"}).endswith("/s1/")
    page = professor.get(step).text
    assert ("witness.pdf" in page, "house.jpg" in page) == (True, True)
    told = json.dumps({"name": "a.pdf", "size": 9, "mark": "m", "question": "q2"})
    full = professor.post(
        f"{draft}documents/pieces/", data=told, content_type="application/json", headers={"Origin": "http://localhost"}
    )
    assert (full.status_code, "as many as may be" in str(full.json)) == (422, True)
    assert fill(professor, step, {"q3": (BytesIO(zipped(docx_parts())), "open.docx")}).endswith("/check/")
    assert professor.get(f"{draft}check/").text.count("/documents/") >= 3
    receipt = post(professor, f"{draft}check/", {})
    assert receipt.status_code == 303
    _only_its_author_opens_it(professor, world, app)


def the_form() -> Questionnaire:
    session.rollback()
    return session.scalars(sa.select(Questionnaire)).one()


def _only_its_author_opens_it(professor: FlaskClient, world: World, app: Flask) -> None:
    session.rollback()
    row, revision = session.scalars(sa.select(Submission)).one(), session.scalars(sa.select(Revision)).one()
    files = {one.name: one for one in session.scalars(sa.select(Attachment))}
    links = session.execute(sa.select(SubmissionAttachment.attachment_id, SubmissionAttachment.private)).all()
    assert {one for one, private in links if private} == {files["witness"].id, files["house"].id}
    assert (row.answers, revision.private_answers) == (
        {"q3": str(files["open"].id)},
        {"q2": [str(files["witness"].id), str(files["house"].id)]},
    )
    moderator = world.sign_in(app.test_client(), "moderator")
    assert "witness" not in moderator.get(f"{HOME}/review/{row.number}/").text
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    anybody = app.test_client()
    page = anybody.get(f"{HOME}/submissions/{row.number}/").text
    assert ("open.docx" in page, "witness" in page, str(files["witness"].id) in page) == (True, False, False)
    assert "Municipal register" not in page
    for visitor in (anybody, moderator, *(world.sign_in(app.test_client(), who) for who in ("organiser", "ghat"))):
        assert visitor.get(f"{HOME}/documents/{files['open'].id}/").status_code == 200
        assert visitor.get(f"{HOME}/documents/{files['witness'].id}/").status_code == 404
        assert row.number not in visitor.get(f"{HOME}/submissions/?q=Municipal").text, "nor is it found by its words"
    assert professor.get(f"{HOME}/documents/{files['witness'].id}/").status_code == 200


def test_a_private_answer_is_never_carried_into_a_public_question() -> None:
    def form_of(*, private: bool) -> FormContent:
        question = Question("q2", QuestionKind.FILE, words("Evidence"), private=private)
        return FormContent((Section("s1", words("Facts"), questions=(question,)),), 2)

    given = {"q2": "01a2274c-beef-76b1-824b-461566330369"}
    kept, left = carried(form_of(private=True), form_of(private=False), given)
    assert (kept, [one["kind"] for one in left]) == ({}, ["file"])
    assert carried(form_of(private=False), form_of(private=True), given) == (given, [])
    assert carried(form_of(private=True), form_of(private=True), given) == (given, [])
