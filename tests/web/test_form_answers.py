"""Answers to an organiser's form, a file among them: from the step to receipt, review, register and the next revision."""

from __future__ import annotations

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
from consult.submissions.answer_columns import answer_columns
from consult.submissions.attachment_models import Attachment
from consult.submissions.deciding import Review, accept, return_for_correction
from consult.submissions.models import Draft, Submission
from consult.submissions.questionnaires import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.testing.attached_files import docx_parts, pdf, zipped
from consult.testing.small_tracks import running_app
from consult.testing.web import post
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
        Question("", QuestionKind.FILE, words("Add the table"), required=True, private=True, shown_if=if_yes),
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
    return list(session.scalars(sa.select(Attachment).order_by(Attachment.id)))


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
    assert "Answer this question." in fill(professor, step, {"q4": "c2", "q5-remove": "y"}, 422)
    assert files() == []
    fill(professor, step, {"q4": "c2", "q5": (BytesIO(pdf()), "table.pdf"), "q6": "0915"})
    (kept,) = files()
    address = f"{HOME}/documents/{kept.id}/"
    receipt = post(professor, f"{draft}check/", {})
    assert receipt.status_code == 303, receipt.text
    session.rollback()
    row = session.scalars(sa.select(Submission)).one()
    assert row.answers == {"q4": "c2", "q5": str(kept.id)}, "a file is never private; the telephone is"

    moderator = world.sign_in(app.test_client(), "moderator")
    shown = {
        "receipt": professor.get(receipt.location).text,
        "review": moderator.get(f"{HOME}/review/{row.number}/").text,
    }
    for name, page in shown.items():
        assert ("Are there figures?" in page, "Yes, measured" in page) == (True, True), name
        assert f'href="{address}"' in page, name
        assert "0915" not in page, name
    assert moderator.get(address).status_code == 200
    assert app.test_client().get(address).status_code == 404

    return_for_correction(row, Review("unclear", "Which figures?"), actor=world.actor("moderator"))
    again = post(professor, f"{HOME}/submissions/{row.number}/correct", {}, form_page=f"{HOME}/mine/").location
    step = str(again).replace("/behalf/", "/s1/")
    page = professor.get(step).text
    assert "table.pdf" in page, "the correction has the file of the first revision"
    assert 'value="0915"' in page
    assert fill(professor, step, {"q4": "c3", "q6": "0915"}).endswith("/check/")
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
    save_question(QuestionDraft(question, "s1"), questionnaire=second, actor=world.actor("organiser"))
    open_form(second, actor=world.actor("organiser"))
    assert post(professor, f"{draft}newer/", {}, form_page=f"{draft}check/").status_code == 303
    address = f"{HOME}/documents/{file}/"
    check = professor.get(f"{draft}check/").text
    assert ("Not handed in" in check, f'href="{address}"' in check) == (True, True), "kept and shown until then"
    assert professor.get(address).status_code == 200
    assert post(professor, f"{draft}check/", {}).status_code == 303
    assert (files(), path_of(place).exists()) == ([], False)
