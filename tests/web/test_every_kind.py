"""Each kind of question from the editor to the page of the text, over HTTP and without JavaScript; wrong input at every turn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.db import session
from consult.plugins.questions import QuestionKind
from consult.settings import Settings
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Draft, Questionnaire, Submission
from consult.submissions.questionnaires.content import KIND_LABELS
from consult.submissions.questionnaires.queries import content_of
from consult.testing.attached_files import pdf
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test"
FORMS = f"{HOME}/organise/forms"
LABEL = "What of the wells?"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def in_three(name: str, text: str) -> dict[str, str]:
    return {f"{name}{code}": f"{text}" for code in ("ar", "en", "fr")}


def items(name: str, *words: str) -> dict[str, str]:
    return {key: one for n, word in enumerate(words) for key, one in in_three(f"{name}-{n}-", word).items()}


@dataclass(frozen=True)
class Case:
    """A kind: how it is written, rightly and wrongly; a wrong answer with its message; a good one, as it is kept and shown."""

    kind: QuestionKind
    kept: Any
    shown: str
    good: Mapping[str, Any]
    bad: Mapping[str, Any]
    says: str
    written: Mapping[str, str] = field(default_factory=dict)
    badly: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    key: str = "q2"


CHOICES = items("choices", "Dry", "Wet")
CASES = [
    Case(
        QuestionKind.TEXT,
        "Three",
        "Three",
        {"q2": " Three "},
        {"q2": "Three wells"},
        "Write at most 9 characters; this has 11.",
        {"limit": "9"},
        {"limit": "0"},
        "Write a whole number from 1 to",
    ),
    Case(
        QuestionKind.LONG_TEXT,
        "Dry.\n\nAll.",
        "Dry.",
        {"q2": "Dry.\r\n\r\nAll."},
        {"q2": "Dry, all of them."},
        "Write at most 12 characters; this has 17.",
        {"limit": "12"},
        {"limit": "many"},
        "Write a whole number.",
    ),
    Case(
        QuestionKind.CHOICE,
        "c3",
        "Wet",
        {"q4": "c3"},
        {"q4": "c9"},
        "Choose one of the answers.",
        CHOICES,
        items("choices", "Dry"),
        "Write from 2 to 60 of them.",
        "q4",
    ),
    Case(
        QuestionKind.CHOICES,
        ["c2"],
        "Dry",
        {"q4": ["c2"]},
        {"q4": ["c2", "c3"]},
        "Choose at most 1.",
        {**CHOICES, "most": "1"},
        {**CHOICES, "most": "99"},
        "Write a whole number from 0 to 60.",
        "q4",
    ),
    Case(QuestionKind.YES_NO, False, "No", {"q2": "no"}, {"q2": "perhaps"}, "Answer yes or no."),
    Case(
        QuestionKind.SCALE,
        7,
        "7",
        {"q2": "7"},
        {"q2": "8"},
        "Choose one of the answers.",
        {"low": "0", "high": "7"},
        {"low": "0", "high": "70"},
        "A scale has from 2 to 11 points.",
    ),
    Case(
        QuestionKind.MATRIX,
        {"r2": 4, "r3": 1},
        "Depth",
        {"q4-r2": "4", "q4-r3": "1"},
        {"q4-r2": "4"},
        "Answer every row.",
        {**items("rows", "Depth", "Taste"), "low": "1", "high": "5"},
        {"low": "1", "high": "5"},
        "Write from 1 to 20 of them.",
        "q4",
    ),
    Case(
        QuestionKind.NUMBER,
        "3.5",
        "3.5",
        {"q2": "٣٫٥"},
        {"q2": "11"},
        "Write a number from 0 to 10.",
        {"low": "0", "high": "10", "decimals": "1"},
        {"low": "10", "high": "0"},
        "The highest number is greater than the lowest.",
    ),
    Case(
        QuestionKind.DATE,
        "2026-03-01",
        "1 March 2026",
        {"q2": "2026-03-01"},
        {"q2": "2025-12-31"},
        "Give a day from 2026-01-01 to 2026-12-31.",
        {"earliest": "2026-01-01", "latest": "2026-12-31"},
        {"earliest": "2026-12-31", "latest": "2026-01-01"},
        "The latest day does not come before the earliest.",
    ),
    Case(
        QuestionKind.PLACE,
        "LY-GT",
        "Ghat",
        {"q2": "غات"},
        {"q2": "Atlantis"},
        "There is no place of this name in the list.",
    ),
    Case(
        QuestionKind.FILE,
        None,
        "Open the file",
        {},
        {},
        "Files of this kind are not taken here.",
    ),
    Case(QuestionKind.STATEMENT, None, LABEL, {}, {}, ""),
]


def test_no_kind_is_forgotten() -> None:
    assert {case.kind for case in CASES} == set(KIND_LABELS)


def words(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def fill(client: FlaskClient, address: str, fields: Mapping[str, Any], status: int = 303) -> Any:
    """Fill in a step as its page has it, and return the answer."""
    page = client.get(address).text
    names = ("csrf_token", "version", "page") + (("asked",) if 'name="asked"' in page else ())
    kept = {name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)[-1] for name in names}
    answer = client.post(address, data=kept | dict(fields), content_type="multipart/form-data")
    assert answer.status_code == status, words(answer)
    return answer


def the_form() -> Questionnaire:
    session.rollback()
    return session.scalars(sa.select(Questionnaire)).one()


def write(organiser: FlaskClient, case: Case) -> str:
    """Write a form of one section that asks this; what is wrong first is said at its field, and nothing typed is lost."""
    base = str(post(organiser, f"{FORMS}/begin/academic/", {"source": ""}).location).removesuffix("/")
    post(organiser, f"{base}/sections/new/", in_three("titles_", "Wells"))
    address = f"{base}/sections/s1/add/{case.kind.value}/"
    of_files = {"groups": ["text", "picture"], "files": "1"} if case.kind is QuestionKind.FILE else {}
    of_files = {"readers": "all", **of_files}
    empty = post(organiser, address, {**case.written, **of_files, "labels_en": " ", "hints_en": "A hint"})
    assert (empty.status_code, "Write the question in at least one language." in empty.text) == (422, True)
    assert ">\nA hint</textarea>" in empty.text.replace("\r\n", "\n")
    asked = {**in_three("labels_", LABEL), "required": "y", **of_files}
    if case.badly:
        wrong = post(organiser, address, {**asked, **case.badly})
        assert wrong.status_code == 422
        assert case.refused in words(wrong)
        assert all(one in wrong.text for one in case.badly.values())
    assert content_of(the_form()).questions == ()
    made = post(organiser, address, {**asked, **case.written})
    assert made.status_code == 303, words(made)
    (question,) = content_of(the_form()).questions
    assert (question.key, question.kind) == (case.key, case.kind)
    shown = organiser.get(f"{base}/questions/{case.key}/").text
    assert all(f'value="{one}"' in shown for one in case.written.values())
    return base


def preview(organiser: FlaskClient, base: str, case: Case) -> None:
    """Try the form out: the question, the wrong answer, the good one; nothing is kept."""
    address, asked = f"{base}/preview/s1/", {"asked": case.key}
    assert LABEL in organiser.get(address).text
    if case.bad:
        wrong = post(organiser, address, {**asked, **case.bad})
        assert wrong.status_code == 422
        assert case.says in words(wrong)
        assert f'id="{case.key}-error"' in wrong.text or case.kind is QuestionKind.MATRIX
    tried = post(organiser, address, {**asked, **case.good})
    assert tried.status_code == 200, words(tried)
    if case.good:
        assert case.shown in words(tried)
    session.rollback()
    assert session.scalars(sa.select(Draft)).all() == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)
def test_from_the_editor_to_the_page_of_the_text(app: Flask, world: World, case: Case) -> None:
    organiser = world.sign_in(app.test_client(), "organiser")
    base = write(organiser, case)
    preview(organiser, base, case)
    assert post(organiser, f"{base}/open/", {"despite_gaps": "y"}).status_code == 303

    professor = world.sign_in(app.test_client(), "professor")
    began = post(professor, f"{HOME}/write/", {"member": str(world.members["professor"])}).location
    draft = str(began).removesuffix("behalf/")
    fill(professor, f"{draft}behalf/", {"title": "Wells", "language": "en"})
    fill(professor, f"{draft}topics/", {"topics": ["gcm-1"]})
    fill(professor, f"{draft}text/", {"text": "The wells are dry."})
    step = f"{draft}s1/"
    assert LABEL in professor.get(step).text
    is_file, is_read = case.kind is QuestionKind.FILE, case.kind is QuestionKind.STATEMENT
    bad, good = dict(case.bad), dict(case.good)
    if is_file:
        bad, good = {"q2": (BytesIO(b"MZ"), "wells.exe")}, {"q2": (BytesIO(pdf()), "wells.pdf")}
    if not is_read:
        assert "Answer this question." in words(fill(professor, step, {}, 422))
        assert case.says in words(fill(professor, step, bad, 422))
        if not is_file:
            check = professor.get(f"{draft}check/")
            assert case.says in words(check)
            assert 'name="seen"' not in check.text
            typed = post(professor, f"{draft}check/", {}, form_page=step)
            assert typed.status_code == 422, "the hand-in refuses what the step refuses"
    assert fill(professor, step, good).location.endswith("/check/")
    check = words(professor.get(f"{draft}check/"))
    assert is_read or case.shown in check or (case.kind is QuestionKind.PLACE and "غات" in check)
    receipt = post(professor, f"{draft}check/", {})
    assert receipt.status_code == 303, words(receipt)
    session.rollback()
    row = session.scalars(sa.select(Submission)).one()
    kept = str(session.scalars(sa.select(Attachment.id)).one()) if is_file else case.kept
    assert row.answers == ({} if is_read else {case.key: kept})
    page = words(professor.get(f"{HOME}/submissions/{row.number}/"))
    assert (LABEL in page, case.shown in page) == (not is_read, not is_read)


def test_a_number_that_reads_in_two_ways_is_asked_back_in_every_language(app: Flask, world: World) -> None:
    organiser = world.sign_in(app.test_client(), "organiser")
    base = write(organiser, next(case for case in CASES if case.kind is QuestionKind.NUMBER))
    for code, told in (
        ("en", "“12.345” can be read in two ways: 12345, or 12 and 345 thousandths. Write 12345, or fewer digits"),
        ("fr", "« 12.345 » peut se lire de deux façons : 12345, ou 12 et 345 millièmes. Écrivez 12345, ou moins de"),
        ("ar", "«12.345» تُقرأ على وجهين: 12345، أو 12 و345 من الألف. اكتب 12345، أو"),
    ):
        address = f"{base}/preview/s1/".replace("/en/", f"/{code}/")
        asked_back = post(organiser, address, {"asked": "q2", "q2": "12.345"})
        assert asked_back.status_code == 422
        assert told in words(asked_back).replace("\xa0", " ")
        assert 'value="12.345"' in asked_back.text


def test_a_municipality_is_typed_by_name_and_near_ones_are_offered(app: Flask, world: World) -> None:
    organiser = world.sign_in(app.test_client(), "organiser")
    base = write(organiser, next(case for case in CASES if case.kind is QuestionKind.PLACE))
    page = organiser.get(f"{base}/preview/s1/").text
    field, listed = (
        re.search(r'<input[^>]*name="q2"[^>]*>', page),
        re.search(r'<datalist id="q2-places">(.*?)</datalist>', page),
    )
    assert field
    assert listed
    assert 'list="q2-places"' in field[0]
    assert 'type="text"' in field[0], "it is typed, whether or not the browser offers the list"
    assert 'value="Ghat"' in listed[1]
    near = post(organiser, f"{base}/preview/s1/", {"asked": "q2", "q2": "Gha"})
    assert near.status_code == 422
    assert "Which place do you mean? Write one of these: " in words(near)
    assert 'value="Gha"' in near.text
