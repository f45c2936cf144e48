"""Paper as clerks use it: printed, found by number, typed, settled, photographed; and the receipt, from printer to claim."""

from __future__ import annotations

import io
import json
import re
import subprocess

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from consult.db import session, transaction
from consult.i18n import LANGUAGES, Localized
from consult.outcomes.services import send_letters
from consult.paper.models import Entry, Scan, Sheet
from consult.paper.numbers import printed_number
from consult.paper.printing import as_pdf, content_of
from consult.paper.scans import MOST_MEGABYTES, MOST_SCANS, add_scan
from consult.paper.services import Settlement, boxes_on, settle
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Question, QuestionKind
from consult.recommendations.services import Answer, Target, answer
from consult.submissions.models import Questionnaire, Submission
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.submissions.services import Review, accept, hide
from consult.submissions.tracks import questions_of
from consult.testing.acts import recorded
from consult.testing.attached_files import good_files, picture
from consult.testing.paper import entered, printed, with_clerks
from consult.testing.web import form_token, post
from consult.testing.world import World

OURS = {"Origin": "http://localhost"}
DESK, RECEIPT = "/en/c/test/paper/", "/en/c/test/receipt/"
TYPED = {
    "sheet_name": "أحمد كوسا",
    "sheet_title": "الماء في غات",
    "sheet_topics": "2, 1",
    "sheet_text": "لا يكفي الماء.",
    "sheet_language": "ar",
    "council_date": "2026-01-05",
    "council_decision": "31/2026",
    "services": "1 3",
}


@pytest.fixture
def office(world: World) -> World:
    """The small consultation with three clerks."""
    return with_clerks(world)


def clerk(app: Flask, office: World, key: str) -> FlaskClient:
    return office.sign_in(app.test_client(), key)


def page_of(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_two_clerks_type_a_sheet_and_a_third_settles_it(app: Flask, office: World) -> None:
    first, second, third = (clerk(app, office, key) for key in ("first", "second", "third"))
    made = post(first, f"{DESK}print/", {"track": "municipal", "language": "ar", "count": "2"})
    assert (made.status_code, made.location) == (303, f"{DESK}#run-1")
    file = first.get(f"{DESK}print/1.pdf")
    assert (file.mimetype, file.headers["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="sheets-1-2.pdf"',
    )
    found = first.get(f"{DESK}find/?number={printed_number(1).lower()}")
    form = f"{DESK}sheets/1/enter/"
    assert found.location == f"{form}#sheet_name"
    wrong = post(first, form, {**TYPED, "services": "9", "sheet_topics": "x"})
    said = wrong.get_data(as_text=True)
    assert wrong.status_code == 422
    assert '<a href="#services">Type numbers from 1 to 8, as they stand beside the squares.</a>' in said
    assert ('value="9"' in said, 'value="أحمد كوسا"' in said) == (True, True)
    assert post(first, form, TYPED).status_code == 303
    assert second.get(f"{DESK}find/?number={printed_number(1)}").location == f"{form}#sheet_name"
    assert "أحمد كوسا" not in page_of(second, form) + page_of(second, f"{DESK}sheets/1/")
    assert first.get(f"{DESK}find/?number={printed_number(1)}").location == f"{form}#sheet_name"
    assert first.get(form).location == f"{DESK}sheets/1/"
    assert post(first, form, TYPED, form_page=f"{DESK}print/").status_code == 409
    assert post(second, form, {**TYPED, "services": "1", "sheet_title": "الماء"}).status_code == 303
    settling = f"{DESK}sheets/1/settle/"
    assert (first.get(settling).status_code, second.get(settling).status_code) == (404, 404)
    undecided = post(third, settling, {"stands-services": "1", "services": "1 3"})
    assert undecided.status_code == 422
    assert '<a href="#stands-sheet_title-0">Say what stands on the sheet.</a>' in undecided.get_data(as_text=True)
    answer = {"stands-services": "1", "stands-sheet_title": "0", "sheet_title": "الماء والطريق"}
    assert post(third, settling, answer).status_code == 303
    row = session.scalars(sa.select(Submission)).one()
    assert (row.channel, row.title, row.answers["services"]) == ("paper", "الماء والطريق", ["health", "water"])
    accept(row, Review("in_order"), actor=office.actor("moderator"))
    public = page_of(app.test_client(), f"/en/c/test/submissions/{row.number}/")
    assert ("Handed in on paper and entered by two clerks" in public, "أحمد كوسا" in public) == (True, True)
    figures = page_of(clerk(app, office, "organiser"), f"{DESK}agreement/")
    assert (
        "<bdi>first</bdi>" in figures,
        "<bdi>Which services of the municipality are affected?</bdi>" in figures,
    ) == (True, True)
    assert third.get(f"{DESK}agreement/").status_code == 403
    assert first.get(f"{DESK}find/?number=00009-A").status_code == 422
    assert first.get(f"{DESK}find/?number=12").status_code == 422


def test_a_second_press_after_a_sheet_is_settled_leads_to_it(app: Flask, office: World) -> None:
    sheet = printed(office)[0]
    entered(office, sheet, "first")
    entered(office, sheet, "second", sheet_title="الطريق")
    third, settling = clerk(app, office, "third"), f"{DESK}sheets/1/settle/"
    token = form_token(third, settling)
    presses = [third.post(settling, data={"csrf_token": token, "stands-sheet_title": "2"}) for _ in range(2)]
    assert [one.status_code for one in presses] == [303, 303]
    assert presses[1].location == f"{DESK}sheets/1/"
    assert clerk(app, office, "first").get(settling).status_code == 404


def test_a_position_that_is_written_down_answers_the_form_that_its_page_asked(app: Flask, office: World) -> None:
    """A newer version is opened while the person speaks: nothing that was typed is dropped, nor put under another question."""
    organiser, desk, path = office.actor("organiser"), clerk(app, office, "first"), f"{DESK}assist/cso/"

    def opened(question: str) -> Questionnaire:
        form = begin_form("cso", consultation=office.consultation, actor=organiser)
        content = save_section(SectionDraft(Localized(en="Water")), questionnaire=form, actor=organiser)
        asked = QuestionDraft(Question("", QuestionKind.TEXT, Localized(en=question)), content.sections[0].key)
        save_question(asked, questionnaire=form, actor=organiser)
        return open_form(form, despite_gaps=True, actor=organiser)

    first = opened("Since when?")
    page = page_of(desk, path)
    sent = {
        name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)[-1] for name in ("csrf_token", "once", "asked")
    }
    second = opened("How much does it cost?")
    assert sent["asked"] == str(first.id)
    wrong = desk.post(path, data=sent | {"q2": "", "sheet_topics": "99", "sheet_text": "لا يكفي الماء."})
    assert (wrong.status_code, "Since when?" in wrong.text, "How much" in wrong.text) == (422, True, False)
    assert desk.post(path, data=sent | {"q2": "منذ عام", "sheet_topics": "1"}).status_code == 303
    session.rollback()
    row = session.scalars(sa.select(Submission)).one()
    assert (row.answers, row.questionnaire_id) == ({"q2": "منذ عام"}, first.id)
    for forged in ("", "x", str(office.consultation_id)):
        later = {"csrf_token": sent["csrf_token"], "once": "0190b0a0-0000-7000-8000-000000000009", "asked": forged}
        again = desk.post(path, data=later | {"sheet_topics": "99"})
        assert ("How much does it cost?" in again.text, f'value="{second.id}"' in again.text) == (True, True)


def test_what_is_asked_of_whoever_added_a_file_is_not_asked_on_paper(app: Flask, office: World) -> None:
    """Nobody adds one there: what was written into such a box would be left out."""
    organiser = office.actor("organiser")
    form = begin_form("cso", consultation=office.consultation, actor=organiser)
    save_section(SectionDraft(Localized(en="Evidence")), questionnaire=form, actor=organiser)
    for kind, after in (("file", ""), ("text", "q2"), ("text", "q3"), ("text", "")):
        shown = Condition(after, Relation.ANSWERED) if after else None
        asked = Question("", QuestionKind(kind), Localized(en="Evidence"), shown_if=shown)
        save_question(QuestionDraft(asked, "s1"), questionnaire=form, actor=organiser)
    open_form(form, despite_gaps=True, actor=organiser)
    keys = [box.question.key for box in boxes_on(printed(office, "cso", "en")[0], office.consultation)]
    assert [key for key in keys if key.startswith("q")] == ["q5"]


def test_what_is_below_zero_is_written_on_a_line_of_the_sheet(app: Flask, office: World) -> None:
    """Boxes for digits have none for its sign."""
    organiser = office.actor("organiser")
    form = begin_form("cso", consultation=office.consultation, actor=organiser)
    save_section(SectionDraft(Localized(en="Migration")), questionnaire=form, actor=organiser)
    for bounds in ({"low": -500, "high": 500}, {"high": -1}, {"high": 500}, {}):
        asked = Question("", QuestionKind.NUMBER, Localized(en="Balance"), **bounds)  # type: ignore[arg-type]
        save_question(QuestionDraft(asked, "s1"), questionnaire=form, actor=organiser)
    open_form(form, despite_gaps=True, actor=organiser)
    sheets = printed(office, "cso", "en")
    parts = content_of(sheets, boxes_on(sheets[0], office.consultation), office.consultation)["parts"]
    rooms = [one["answer"] for one in parts if one.get("label") == "Balance"]
    assert [(one["kind"], one.get("count")) for one in rooms] == [
        ("lines", None),
        ("lines", None),
        ("digits", 3),
        ("digits", 9),
    ]


def test_a_sheet_has_a_numbered_box_for_each_question_in_its_language(app: Flask, office: World) -> None:
    sheets = printed(office, "municipal", "ar", 2)
    boxes = boxes_on(sheets[0], office.consultation)
    content = content_of(sheets, boxes, office.consultation)
    assert [part["number"] for part in content["parts"]] == list(range(1, 9))
    assert [part["answer"]["kind"] for part in content["parts"]] == [
        *("lines", "lines", "ticks", "lines", "lines", "date", "lines", "ticks"),
    ]
    assert [one["label"] for one in content["parts"][2]["answer"]["options"]] == ["البيانات", "الخدمات"]
    assert (content["dir"], content["consultation"]) == ("rtl", "تشاور الاختبار")
    file = as_pdf(sheets, boxes, consultation=office.consultation)
    assert file == as_pdf(sheets, boxes, consultation=office.consultation)
    with pikepdf.open(io.BytesIO(file)) as read:
        assert len(read.pages) % 2 == 0
        width, height = (float(side) for side in read.pages[0].mediabox[2:])
        assert (round(width), round(height)) == (595, 842)
        assert str(read.Root.Lang) == "ar"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("track", ["municipal", "academic", "cso"])
def test_every_track_is_printed_in_every_language(app: Flask, office: World, track: str, language: str) -> None:
    sheets = printed(office, track, language)
    boxes = boxes_on(sheets[0], office.consultation)
    parts = content_of(sheets, boxes, office.consultation)["parts"]
    assert {one.question.key for one in boxes} >= {one.key for one in questions_of(office.consultation, track, None)}
    assert [part["number"] for part in parts] == list(range(1, sum(box.number > 0 for box in boxes) + 1))
    with pikepdf.open(io.BytesIO(as_pdf(sheets, boxes, consultation=office.consultation))) as read:
        assert str(read.Root.Lang) == language


def test_sheets_say_what_introduces_a_section_as_the_pages_do(app: Flask, office: World) -> None:
    organiser = office.actor("organiser")
    form = begin_form("cso", consultation=office.consultation, actor=organiser)
    words = Localized(ar="المقدمة", en="Read this first", fr="À lire d’abord")
    save_section(
        SectionDraft(words, Localized(en="Water of the last *two* years.")), questionnaire=form, actor=organiser
    )
    save_section(SectionDraft(words), questionnaire=form, actor=organiser)
    for section in ("s1", "s2"):
        asked = Question("", QuestionKind.TEXT, Localized(ar="متى؟", en="When?", fr="Quand ?"))
        save_question(QuestionDraft(asked, section), questionnaire=form, actor=organiser)
    open_form(form, despite_gaps=True, actor=organiser)
    sheets = printed(office, "cso", "en")
    content = content_of(sheets, boxes_on(sheets[0], office.consultation), office.consultation)
    assert [(one["title"], one["intro"]) for one in content["parts"] if one["kind"] == "section"] == [
        ("Read this first", "Water of the last *two* years."),
        ("Read this first", ""),
    ]
    file = as_pdf(sheets, boxes_on(sheets[0], office.consultation), consultation=office.consultation)
    said = subprocess.run(["pdftotext", "-", "-"], input=file, capture_output=True, check=True).stdout.decode()
    assert "Water of the last *two* years." in said, "words are printed as they are written"


def test_how_a_text_came_is_not_told_beside_a_withheld_name(app: Flask, office: World) -> None:
    """Few come on paper: who saw somebody hand in a sheet would know which text is theirs."""
    desk = clerk(app, office, "first")
    assisted = {**TYPED, "sheet_withheld": "1", "once": "0190b0a0-0000-7000-8000-000000000002"}
    assert post(desk, f"{DESK}assist/cso/", assisted).status_code == 303
    row = session.scalars(sa.select(Submission)).one()
    accept(row, Review("in_order"), actor=office.actor("moderator"))
    path, words = f"/en/c/test/submissions/{row.number}/", "Entered by a clerk for its author"
    assert row.withheld
    assert words not in page_of(app.test_client(), path) + page_of(office.sign_in(app.test_client(), "ghat"), path)
    assert words in page_of(clerk(app, office, "moderator"), path), "who reviews it knows"


def test_everybody_reads_how_the_entries_of_sheets_agree_that_stand_as_paper(app: Flask, office: World) -> None:
    """Of five sheets; what two clerks did with one whose name is withheld changes nothing."""
    path, said = "/en/c/test/statistics/", []
    here, settled = office.consultation, Settlement({"sheet_text": 1}, {})
    for number in range(6):
        last = number == 5
        changes = {"decision": None, "telephone": None, **({"sheet_withheld": ["withheld"]} if last else {})}
        sheet = printed(office, "cso")[0]
        entered(office, sheet, "first", **changes)
        entered(office, sheet, "second", **changes, **({"sheet_text": "نص آخر"} if number in (0, 5) else {}))
        row = session.get_one(Sheet, sheet.id, populate_existing=True)
        if row.state == "differs":
            row = settle(row, settled, consultation=here, actor=office.actor("third"))
        text = session.get_one(Submission, row.submission_id)
        accept(text, Review("in_order"), actor=office.actor("moderator"))
        said += re.findall(r"Of the [^<]*", page_of(app.test_client(), path))
    assert said == ["Of the 5 sheets that stand here as handed in on paper, they differed in 1 of 30 boxes (3%)."] * 2


def test_a_picture_of_a_sheet_does_not_join_a_text_judged_blind_to_its_name(app: Flask, office: World) -> None:
    with transaction():
        next(track for track in office.consultation.tracks if track.key == "municipal").blind = True
    sheet = printed(office)[0]
    kept = add_scan(sheet, io.BytesIO(picture("PNG")), actor=office.actor("third"))
    href, page = f"{DESK}sheets/1/pictures/{kept.id}", f"{DESK}sheets/1/"
    assert clerk(app, office, "third").get(href).status_code == 200, "it is no text yet: whoever settles it looks"
    for key in ("first", "second"):
        entered(office, sheet, key)
    log = page_of(app.test_client(), "/en/c/test/log/")
    assert ("Sheets of paper were printed: <bdi>1</bdi>" in log, "Clerks worked" in log) == (True, False)
    row = session.scalars(sa.select(Submission)).one()
    accept(row, Review("in_order"), actor=office.actor("moderator"))
    for key, shown in (("first", True), ("second", True), ("third", False), ("organiser", False)):
        looks = clerk(app, office, key)
        said = page_of(looks, page)
        assert [row.number in said, href in said, looks.get(href).status_code == 200] == [shown] * 3, key
    organiser = clerk(app, office, "organiser")
    more = {"photo": (io.BytesIO(picture("PNG")), "x.png")}
    assert post(organiser, f"{page}pictures/", more, form_page=page).status_code == 404
    assert post(organiser, f"{href}/remove", {}, form_page=page).status_code == 404


def test_whoever_has_the_receipt_reads_what_became_of_it_and_takes_it_over(app: Flask, office: World) -> None:
    desk, phone = clerk(app, office, "first"), app.test_client()
    assert post(desk, f"{DESK}assist/municipal/", {**TYPED, "services": "0"}).status_code == 422
    handed = post(desk, f"{DESK}assist/municipal/", {**TYPED, "once": "0190b0a0-0000-7000-8000-000000000001"})
    assert handed.location == f"{DESK}sheets/1/"
    again = post(desk, f"{DESK}assist/municipal/", {**TYPED, "once": "0190b0a0-0000-7000-8000-000000000001"})
    assert (again.location, session.scalar(sa.select(sa.func.count()).select_from(Sheet))) == (handed.location, 1)
    paper = post(desk, f"{DESK}sheets/1/receipt/", {}, form_page=handed.location)
    assert paper.headers["Cache-Control"] == "no-store"
    number, code = re.findall(
        r'<bdi class="code big" dir="ltr" translate="no">([^<]+)</bdi>', paper.get_data(as_text=True)
    )
    assert number == printed_number(1)
    wrong = post(phone, RECEIPT, {"number": number, "code": "ACDE FGHJ KLMN"})
    assert (wrong.status_code, wrong.headers["Cache-Control"]) == (422, "no-store")
    shown = post(phone, RECEIPT, {"number": number.lower(), "code": code.lower()}).get_data(as_text=True)
    assert ("الماء في غات" in shown, "Sign in" in shown, "take it over" in shown) == (True, True, False)
    member = office.sign_in(app.test_client(), "ghat")
    assert "take it over" in post(member, RECEIPT, {"number": number, "code": code}).get_data(as_text=True)
    claim = {"number": number, "code": code}
    assert (
        post(office.sign_in(app.test_client(), "professor"), f"{RECEIPT}claim/", claim, form_page=RECEIPT).status_code
        == 409
    )
    row = session.scalars(sa.select(Submission)).one()
    answer = post(member, f"{RECEIPT}claim/", claim, form_page=RECEIPT)
    assert answer.location == f"/en/c/test/receipts/{row.number}/"
    assert member.get(answer.location).status_code == 200
    assert post(phone, RECEIPT, claim).status_code == 422
    accept(row, Review("in_order"), actor=office.actor("moderator"))
    public = page_of(app.test_client(), f"/en/c/test/submissions/{row.number}/")
    assert ("Entered by a clerk for its author" in public, "first" in public) == (True, False)


def test_whoever_has_only_a_receipt_reads_the_letter_on_its_page(app: Flask, office: World) -> None:
    """Without an address and without an account: once letters were sent, in the language of the page, and until the text is claimed."""
    desk, phone = clerk(app, office, "first"), app.test_client()
    handed = post(desk, f"{DESK}assist/municipal/", {**TYPED, "once": "0190b0a0-0000-7000-8000-000000000001"})
    paper = post(desk, f"{DESK}sheets/1/receipt/", {}, form_page=handed.location)
    number, code = re.findall(
        r'<bdi class="code big" dir="ltr" translate="no">([^<]+)</bdi>', paper.get_data(as_text=True)
    )
    receipt, why = {"number": number, "code": code}, "المجلس هو من يقرر."
    row = session.scalars(sa.select(Submission)).one()
    accept(row, Review("in_order"), actor=office.actor("moderator"))
    here, organiser = office.consultation, office.actor("organiser")
    given = Answer("not_agreed", reason=why, language="ar")
    answer(given, [Target(row.id)], consultation=here, actor=organiser)
    assert why not in post(phone, RECEIPT, receipt).text  # no letter was sent
    send_letters(consultation=here, actor=organiser)
    for language, heading in (
        ("en", "What became of your submission"),
        ("fr", "Ce qu’est devenue"),
        ("ar", "مساهمتك"),
    ):
        page = post(phone, f"/{language}/c/test/receipt/", receipt).text
        assert [part in page for part in (heading, why, row.number)] == [True, True, True], language
        assert f'<section class="card letter stack measure" lang="{language}"' in page
    assert why not in post(phone, RECEIPT, {**receipt, "code": "ACDE FGHJ KLMN"}).text
    hide(row, Review("harm", "Words."), actor=office.actor("moderator"))
    hidden = post(phone, RECEIPT, receipt).text
    assert (why in hidden, "Something is new since the letter of" in hidden) == (False, True)


def test_a_photo_from_a_phone_goes_to_the_sheet_its_square_names(app: Flask, office: World) -> None:
    printed(office)
    phone = clerk(app, office, "second")
    assert phone.get("/p/test/1").location == "/ar/c/test/paper/sheets/1/"
    page = page_of(phone, f"{DESK}sheets/1/")
    assert 'capture="environment"' in page
    pictures = f"{DESK}sheets/1/pictures/"
    file = good_files()
    for name, status in (("jpg", 303), ("docx", 422)):
        content = next(data for kept, data in file.items() if kept.endswith(name))
        sent = {"photo": (io.BytesIO(content), f"x.{name}")}
        assert post(phone, pictures, sent, form_page=f"{DESK}sheets/1/").status_code == status
    assert post(phone, pictures, {}, form_page=f"{DESK}sheets/1/").status_code == 422
    href = re.search(rf'"({pictures}[0-9a-f-]+)"', page_of(phone, f"{DESK}sheets/1/"))
    assert href is not None
    given = phone.get(href[1])
    assert (given.status_code, given.mimetype) == (200, "image/jpeg")
    assert f"sheet-{printed_number(1)}-1.jpg" in given.headers["Content-Disposition"]
    member = office.sign_in(app.test_client(), "ghat")
    assert (member.get(href[1]).status_code, app.test_client().get(href[1]).status_code) == (403, 303)
    for visitor in (member, app.test_client()):
        assert visitor.get(f"{DESK}sheets/1/").location == RECEIPT
        assert visitor.get(f"{DESK}sheets/99/").location == RECEIPT
    assert post(phone, f"{href[1]}/remove", {}, form_page=f"{DESK}sheets/1/").status_code == 303
    assert phone.get(href[1]).status_code == 404
    assert [len(recorded(kind)) for kind in ("ScanAdded", "ScanRemoved")] == [1, 1]
    assert session.scalars(sa.select(Entry)).all() == []


def test_a_photo_over_a_bad_line_comes_in_pieces(app: Flask, office: World) -> None:
    printed(office, count=2)
    phone, page = clerk(app, office, "second"), f"{DESK}sheets/1/"
    content = picture("PNG")
    half = len(content) // 2

    def begin(size: int, mark: str = "m", at: str = page, headers: dict[str, str] = OURS) -> TestResponse:
        told = json.dumps({"name": "x.png", "size": size, "mark": mark})
        return phone.post(f"{at}pictures/pieces/", data=told, content_type="application/json", headers=headers)

    def send(upload: str, start: int, piece: bytes, at: str = page, by: FlaskClient = phone) -> TestResponse:
        address = f"{at}pictures/pieces/{upload}/{start}"
        return by.post(address, data=piece, content_type="application/octet-stream", headers=OURS)

    shown = page_of(phone, page)
    assert f'data-pieces="{page}pictures/pieces/"' in shown
    assert len(re.findall(r'data-upload-line=""', shown)) == 2
    assert f"{MOST_SCANS} more pictures, each of at most {MOST_MEGABYTES} MB" in shown, "told before"
    assert begin(9, headers={"Origin": "https://elsewhere.example"}).status_code == 400
    assert begin(MOST_MEGABYTES * 2**20 + 1).json == {"refused": f"The file is larger than {MOST_MEGABYTES} MB."}
    upload = json.loads(begin(len(content)).data)["id"]
    assert send(upload, 0, content[:half]).json == {"received": half}
    assert begin(len(content)).json == {"id": upload, "received": half}, "the line broke off"
    assert send(upload, half, content[half:], f"{DESK}sheets/2/").status_code == 404, "of another sheet"
    assert send(upload, half, content[half:], by=clerk(app, office, "third")).status_code == 404, "another's"
    for mark in ("n", "o"):
        assert begin(9, mark, f"{DESK}sheets/2/").status_code == 200
    assert "3 files are under way already." in begin(9, "p").json["refused"]  # type: ignore[index]
    assert send(upload, half, content[half:]).json == {"done": page}
    assert [len(recorded("ScanAdded")), session.scalar(sa.select(sa.func.count()).select_from(Scan))] == [1, 1]
    shown = page_of(phone, page)
    assert "The picture is kept with the sheet." in shown
    assert f"{MOST_SCANS - 1} more pictures" in shown
    bad = json.loads(begin(100, "bad").data)["id"]
    assert "Files of this kind are not taken here." in send(bad, 0, b"MZ" + bytes(98)).json["refused"]  # type: ignore[index]
    member = office.sign_in(app.test_client(), "ghat")
    assert send(bad, 0, b"x", by=member).status_code == 403


def test_a_photo_and_a_scan_sent_together_are_both_kept(app: Flask, office: World) -> None:
    printed(office)
    phone, page = clerk(app, office, "second"), f"{DESK}sheets/1/"
    sent = {"photo": (io.BytesIO(picture("PNG")), "x.png"), "file": (io.BytesIO(picture("JPEG")), "x.jpg")}
    assert post(phone, f"{page}pictures/", sent, form_page=page).status_code == 303
    assert session.scalars(sa.select(Scan.kind).order_by(Scan.added_at, Scan.id)).all() == ["png", "jpg"]
    sent = {"photo": (io.BytesIO(picture("PNG")), "x.png"), "file": (io.BytesIO(b"MZ" + bytes(98)), "x.jpg")}
    refused = post(phone, f"{page}pictures/", sent, form_page=page)
    assert (refused.status_code, 'id="file-error"' in refused.text) == (422, True)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 3


def test_setting_aside_asks_why(app: Flask, office: World) -> None:
    printed(office)
    first = clerk(app, office, "first")
    aside = f"{DESK}sheets/1/aside/"
    assert post(first, aside, {}).status_code == 422
    assert post(first, aside, {"reason": "unreadable"}).status_code == 303
    assert "It cannot be read" in page_of(first, f"{DESK}sheets/1/")
    assert clerk(app, office, "organiser").get(aside).status_code == 403


def test_every_page_is_in_the_language_of_its_address(app: Flask, office: World) -> None:
    printed(office, language="fr")
    desk = clerk(app, office, "first")
    for page in (
        "",
        "?after=99999999999999999999&state=printed",
        "print/",
        "sheets/1/",
        "sheets/1/enter/",
        "sheets/1/aside/",
        "assist/cso/",
    ):
        assert '<html lang="ar" dir="rtl"' in page_of(desk, f"/ar/c/test/paper/{page}"), page
