"""The coding desk and what organisers see of it: blind, cheap, and nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.coding import agreement_queries
from consult.coding.board_queries import QuoteFilter, board
from consult.coding.models import Theme
from consult.coding.services import CodingDraft, retire_code, save_codes
from consult.db import session
from consult.recommendations.answers import MOST_AT_ONCE
from consult.recommendations.from_codes import unanswered_in_theme
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.testing.acts import accept, hand_in
from consult.testing.coding import FIRST, SECOND, Room, add_theme, open_room
from consult.testing.small_tracks import running_app
from consult.testing.story import CANARIES, Story
from consult.testing.web import post
from consult.testing.world import World

HOME = "/en/c/test/coding/"
DESK = "/en/c/test/organise/coding/"
ONE, TWO, THREE = (f"TT-2026-0000{number}" for number in (1, 2, 3))
TEXT = f"{HOME}texts/{ONE}/"
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def room(written_texts: Story) -> Room:
    """See `consult.testing.coding`."""
    return open_room(written_texts.world)


def browser(room: Room, app: Flask, key: str) -> FlaskClient:
    return room.world.sign_in(app.test_client(), key)


def words(client: FlaskClient, path: str, status: int = 200) -> str:
    """Return the words of a page as they are read, one space between them."""
    answered = client.get(path)
    assert answered.status_code == status, path
    return read(answered.get_data(as_text=True))


def read(page: str) -> str:
    body = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|time)\b[^>]*>", "", body)).split())


def test_a_coder_goes_from_text_to_text(app: Flask, room: Room) -> None:
    coder = browser(room, app, FIRST)
    assert "Coder 1" in words(coder, HOME)
    assert "texts finished 0 of 3" in words(coder, HOME)
    assert coder.get(f"{HOME}next/").location == TEXT
    page = coder.get(TEXT).get_data(as_text=True)
    assert "تمر بغات أقدم طرق القوافل" in page
    assert "0 of 3 texts finished" in read(page)
    assert re.findall(r'name="(codes_\d)"', page) == ["codes_1", "codes_2"]
    assert re.findall(r'name="(codes_\d)"[^>]* autofocus', page) == ["codes_1"], "where nothing is written yet"
    shown = post(coder, TEXT, {"version": "1", "codes_1": "٢+ 16", "codes_2": "", "pick_2": ["3"], "memo_2": "م"})
    assert (shown.status_code, shown.location) == (303, TEXT)
    page = coder.get(TEXT).get_data(as_text=True)
    assert re.findall(r'name="codes_\d" value="([^"]*)"', page) == ["2+ 16", "3"]
    assert re.findall(r"<(?:input|button)[^>]* autofocus", page) == [
        f'<button class="btn big" id="done" name="then" value="done" accesskey="1" data-next="{HOME}next/?after={ONE}" autofocus'
    ], "nothing is empty: the cursor stands at what finishes the text"
    done = post(coder, TEXT, {"version": "2", "codes_1": "2", "codes_2": "3", "then": "done"})
    assert done.location == f"{HOME}next/?after={ONE}"
    assert coder.get(done.location).location == f"{HOME}texts/{TWO}/"
    assert "You finished this text." in words(coder, TEXT)
    assert "texts finished 1 of 3" in words(coder, f"{HOME}?done=yes")
    assert post(coder, f"{TEXT}reopen/", {}, form_page=TEXT).location == TEXT
    assert "Finish and go to the next text" in words(coder, TEXT)
    assert "Coding desk" in words(coder, "/en/account")


def test_suggestions_say_why_and_are_taken_with_a_tick(app: Flask, room: Room) -> None:
    organiser, coder = browser(room, app, "organiser"), browser(room, app, FIRST)
    post(organiser, f"{DESK}codebook/new/", {"names_ar": "البلديات", "examples_ar": "تعرف البلدية عددهم."})
    page = coder.get(TEXT).get_data(as_text=True)
    assert re.findall(r'name="pick_(\d)" id="[^"]+" value="(\d+)"', page) == [("2", "25")]
    assert re.findall(r"words in common: ([^,]+), (\S+)", read(page)) == [("البلدية", "تعرف")]
    assert post(coder, TEXT, {"version": "1", "codes_2": "3", "pick_2": ["25", "9" * 5000]}).status_code == 303
    page = coder.get(TEXT).get_data(as_text=True)
    assert re.findall(r'name="codes_2" value="([^"]*)"', page) == ["3 25"]
    assert 'name="pick_2"' not in page


def test_nothing_typed_is_lost(app: Flask, room: Room) -> None:
    coder = browser(room, app, FIRST)
    wrong = post(coder, TEXT, {"version": "1", "codes_1": "2 99", "codes_2": "5:9", "memo_1": "ملاحظة"})
    assert wrong.status_code == 422
    assert "There is no code 99 in the codebook." in read(wrong.text)
    assert re.findall(r"<(\w+)[^>]* autofocus", wrong.text) == ["div"], "the errors are read first"
    assert "Passage 2 has no such sentences." in read(wrong.text)
    assert [part in wrong.text for part in ('value="2 99"', 'value="5:9"', "ملاحظة</textarea>")] == [True] * 3
    save_codes(CodingDraft(1, {1: "7"}), task=room.task(FIRST, ONE), actor=room.world.actor(FIRST))
    session.rollback()
    late = post(coder, TEXT, {"version": "1", "codes_1": "2-", "codes_2": "3"})
    assert late.status_code == 409
    assert "saved from another page meanwhile" in read(late.text)
    assert ('value="2-"' in late.text, "Saved from the other page: 7" in read(late.text)) == (True, True)
    assert 'name="version" type="hidden" value="2"' in late.text
    assert post(coder, TEXT, {"version": "2", "codes_1": "2-", "codes_2": "3"}).status_code == 303


def test_a_step_is_taken_back_with_a_button_and_what_was_typed_is_not_lost(app: Flask, room: Room) -> None:
    coder = browser(room, app, FIRST)
    assert 'value="undo"' not in coder.get(TEXT).get_data(as_text=True)
    post(coder, TEXT, {"version": "1", "codes_1": "2"})
    page = coder.get(TEXT).get_data(as_text=True)
    assert ('value="undo"' in page, 'value="redo"' in page) == (True, False)
    back = post(coder, TEXT, {"version": "2", "codes_1": "2 3", "then": "undo"})
    assert (back.status_code, back.location) == (303, TEXT)
    page = coder.get(TEXT).get_data(as_text=True)
    assert "The last step is taken back." in page
    assert re.findall(r'name="codes_1" value="([^"]*)"', page) == ["2"]
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    post(coder, TEXT, {"version": version[1], "codes_1": "2", "then": "redo"})
    page = coder.get(TEXT).get_data(as_text=True)
    assert re.findall(r'name="codes_1" value="([^"]*)"', page) == ["2 3"]
    late = post(coder, TEXT, {"version": version[1], "codes_1": "5", "then": "undo"})
    assert late.status_code == 409
    assert 'name="codes_1" value="5"' in late.get_data(as_text=True)
    wrong = post(coder, TEXT, {"version": "4", "codes_1": "x", "then": "undo"})
    assert wrong.status_code == 422
    assert 'name="codes_1" value="x"' in wrong.get_data(as_text=True)


def test_a_page_of_the_desk_costs_at_most_ten_queries(app: Flask, room: Room, count_queries: Counting) -> None:
    room.code(FIRST, TWO, {1: "2 3", 2: "4"})
    coder = browser(room, app, FIRST)
    session.rollback()
    for path in (TEXT, HOME):
        coder.get(path)
        with count_queries() as seen:
            assert coder.get(path).status_code == 200
        assert len(seen) <= 10, [path, *seen]


PAGES = ("", "agreement/", "board/", "codings.csv", "project.qdpx", f"texts/{ONE}/", "board/0/")


def traces(data: bytes, path: str) -> object:
    """Return what of an answer would tell of code 19 or of the memo: file names of a project, else how often they stand there."""
    if data.startswith(b"PK"):
        return sorted(ZipFile(io.BytesIO(data)).namelist())
    text = re.sub(r"\b\d{1,2}:\d\d\b|csrf_token.{0,120}", "", data.decode("utf-8"))
    said = read(text) if "<main" in text else text
    counted = "log" not in path and "account" not in path  # where moments and numbers of events stand, which go on
    return "FIRSTMEMO" in text, len(re.findall(r"(?<!\d)19(?!\d)", said)) if counted else 0


def test_nobody_learns_what_a_coder_gave_before_the_other_is_done(app: Flask, room: Room) -> None:
    """The first coder gives code 19 and notes something: it stands on no page, in no file and in no count of anybody else."""
    others = {key: browser(room, app, key) for key in (SECOND, "organiser", "ghat")}
    addresses = [
        TEXT,
        HOME,
        f"{HOME}?done=yes",
        *(DESK + page for page in PAGES),
        "/en/c/test/log/",
        "/en/account/data",
    ]

    def seen() -> dict[tuple[str, str], object]:
        session.rollback()
        answers = {(key, path): client.get(path) for key, client in others.items() for path in addresses}
        return {asked: (answer.status_code, traces(answer.data, asked[1])) for asked, answer in answers.items()}

    before = seen()
    assert [before[SECOND, TEXT], before["organiser", f"{DESK}board/"], before["ghat", TEXT]] == [
        (200, (False, 1)),
        (200, (False, 0)),
        (404, (False, 0)),
    ]
    room.save(FIRST, ONE, {1: "19+", 2: "19"}, {1: "FIRSTMEMO"})
    room.code(FIRST, THREE, {1: "19-"})
    assert seen() == before


def test_all_texts_that_wait_for_a_decision_are_counted_whatever_the_page_holds(
    app: Flask, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (ONE, TWO):
        room.code(FIRST, number, {1: "2"})
        room.code(SECOND, number, {1: "3"})
    monkeypatch.setattr(agreement_queries, "PAGE", 1)
    organiser = browser(room, app, "organiser")
    page = words(organiser, f"{DESK}agreement/")
    assert "texts that wait for a decision 2 " in page
    assert (ONE in page, TWO in page) == (True, False)
    assert TWO in words(organiser, f"{DESK}agreement/?after={ONE}")


def test_organisers_see_agreement_and_decide(app: Flask, room: Room) -> None:
    room.code(FIRST, ONE, {1: "2 3+"})
    room.code(SECOND, ONE, {1: "2 4"})
    organiser = browser(room, app, "organiser")
    session.rollback()
    assert "where coders differ" in words(organiser, DESK)
    page = words(organiser, f"{DESK}agreement/?pair=1-2")
    assert "Krippendorff’s alpha, all coders" in page
    assert "nan" not in page
    # 48 units, 24 codes on two passages: one given by both, two by one alone. Kappa is (46/48 - 2120/2304) / (1 - 2120/2304),
    # alpha 1 - 95 * 4 / (96² - 4² - 92²), by hand.
    assert "units 48 texts" in page
    assert "Krippendorff’s alpha, all coders 0.48 [-0.04; 1.00]" in page
    assert "Cohen’s kappa, coders 1 and 2 0.48 [-0.14; 1.00] The same was said 96%" in page
    assert "In brackets: bounds of 95 %." in page
    sources = ("K. Krippendorff", "J. Cohen", "J. L. Fleiss, J. Cohen, B. S. Everitt", "B. Efron, R. Tibshirani")
    years = (2011, 1960, 1969, 1993)
    for source, year in zip(sources, years, strict=True):
        assert re.search(rf"{re.escape(source)}, “[^”]+”, {year}", page), source
    text = f"{DESK}texts/{ONE}/"
    values = re.findall(r'name="kept" value="([^"]+)"', organiser.get(text).get_data(as_text=True))
    assert len(values) == 2
    wrong = post(organiser, text, {"kept": ["x.y"]})
    assert wrong.status_code == 422
    assert post(organiser, text, {"kept": [values[0]]}).status_code == 303
    assert "No text waits for a decision." in words(organiser, f"{DESK}agreement/")
    assert "decided" in words(organiser, text)
    table = organiser.get(f"{DESK}codings.csv").data.decode("utf-8-sig")
    assert table.count("\r\n") == 1 + 4 + 2


def test_a_code_that_all_gave_everywhere_is_no_code_that_nobody_gave(app: Flask, room: Room) -> None:
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: "5", 2: "5"})
    organiser = browser(room, app, "organiser")
    session.rollback()
    by_code = words(organiser, f"{DESK}agreement/").split("By code")[1]
    assert re.search(r"Units 5 \D+ nothing varies nothing varies 100% 2 ", by_code)
    assert by_code.count("100%") == 1


def test_the_codebook_is_kept_with_buttons(app: Flask, room: Room) -> None:
    organiser = browser(room, app, "organiser")
    book = f"{DESK}codebook/"
    assert post(organiser, book, {"scheme": "jvap"}).status_code == 303
    assert post(organiser, book, {"scheme": "x"}).status_code == 422
    wrong = post(organiser, f"{book}new/", {"memos_ar": "يشمل", "parent": "x"})
    assert (wrong.status_code, "يشمل</textarea>" in wrong.text) == (422, True)
    made = post(organiser, f"{book}new/", {"names_en": "Tea houses"})
    assert made.location == f"{book}#code-31"
    assert post(organiser, f"{book}31/up/", {}, form_page=book).status_code == 303
    assert post(organiser, f"{book}31/", {"names_en": "Coffee houses"}).status_code == 303
    assert "Coffee houses" in words(organiser, book)
    assert post(organiser, f"{book}31/end/", {"into": "31"}).status_code == 422
    assert post(organiser, f"{book}31/end/", {"into": "2"}).status_code == 303
    assert post(organiser, f"{book}3/end/", {"into": ""}).status_code == 303
    assert "Merged into 2" in words(organiser, book)
    assert organiser.get(f"{book}31/").status_code == 404


def test_coders_are_charged_and_texts_handed_out(app: Flask, room: Room) -> None:
    organiser = browser(room, app, "organiser")
    page = organiser.get(f"{DESK}coders/").get_data(as_text=True)
    assert [canary for canary in CANARIES if canary in page] == []
    assert post(organiser, f"{DESK}coders/", {"person": "x"}).status_code == 422
    assert post(organiser, f"{DESK}coders/", {"person": str(room.world.people["ghat"])}).status_code == 303
    assert "عيسى كوسا" in words(organiser, DESK)
    assert post(organiser, f"{DESK}assign/", {"coders": ["x"], "twice": "y"}).status_code == 422
    none = post(organiser, f"{DESK}assign/", {"coders": [str(room.coders[FIRST])], "twice": "0"})
    assert (none.status_code, "No such text is left" in none.text) == (422, True)
    assert post(organiser, f"{DESK}coders/1/end/", {}).status_code == 303
    assert organiser.get(f"{DESK}coders/1/end/").status_code == 404
    assert browser(room, app, FIRST).get(HOME).status_code == 404


def test_from_the_board_to_sources_and_answers(app: Flask, room: Room, count_queries: Counting) -> None:
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: "2+", 2: "2-:1"})
        room.code(key, THREE, {1: "3"})
    add_theme(room.world, 2, 3)
    organiser = browser(room, app, "organiser")
    session.rollback()
    theme = f"{DESK}board/1/"
    page = organiser.get(theme).get_data(as_text=True)
    assert [canary for canary in CANARIES if canary in page] == []
    assert "Answer all 3 passages of this list without an answer of their own" in read(page)
    assert organiser.get(f"{theme}?code={'9' * 39}").status_code == 200
    one_side = organiser.get(f"{theme}?stance=against").get_data(as_text=True)
    assert "Answer the one passage of this list without an answer of its own" in read(one_side)
    assert re.findall(r'type="hidden" name="t" value="([^"]+)"', one_side) == [f"{ONE}.1.2"]
    assert re.findall(r'type="checkbox" name="t"[^>]*? value="([^"]+)"', page) == [
        f"{ONE}.1.1",
        f"{ONE}.1.2",
        f"{THREE}.1.1",
    ]
    of_one = session.scalars(sa.select(Submission.id).where(Submission.number == ONE)).one()
    kept_away = replace(room.world.actor("organiser"), recused=frozenset({of_one}))
    identity = session.scalars(sa.select(Theme.id)).one()
    left = unanswered_in_theme(room.world.consultation_id, identity, QuoteFilter(), kept_away)
    assert left == [f"{THREE}.1.1"]  # one lot is not refused for what somebody has an interest in
    session.rollback()
    assert "Not decided yet" in words(organiser, f"{DESK}board/")
    sources = f"{theme}sources/"
    assert post(organiser, sources, {"recommendation": ""}, form_page=theme).status_code == 422
    made = post(organiser, sources, {"t": [f"{ONE}.1.1"], "recommendation": ""}, form_page=theme)
    assert made.location == "/en/c/test/organise/recommendations/1/#sources"
    more = post(organiser, sources, {"t": [f"{ONE}.1.1", f"{THREE}.1.1"], "recommendation": "1"}, form_page=theme)
    assert more.status_code == 303
    assert "1 source was added." in words(organiser, theme)
    assert post(organiser, sources, {"t": [f"{ONE}.1.1"], "recommendation": "9"}, form_page=theme).status_code == 404
    give = "/en/c/test/organise/answers/give/"
    asked = post(organiser, give, {"step": "edit", "t": [f"{ONE}.1.1", f"{ONE}.1.2"]}, form_page=theme)
    assert "One answer to 2" in read(asked.text)
    given = post(organiser, give, {"step": "give", "t": [f"{ONE}.1.1", f"{ONE}.1.2"], "kind": "noted"}, form_page=theme)
    assert given.status_code == 303
    assert "Answer the one passage of this list without an answer of its own" in words(organiser, theme)
    assert post(organiser, f"{theme}finding/", {"state": "agreed"}).status_code == 422
    assert post(organiser, f"{theme}finding/", {"state": "agreed", "note": "x", "language": "en"}).status_code == 303
    assert post(organiser, f"{theme}change/", {"names_ar": "", "names_en": "", "codes": ["2"]}).status_code == 422
    assert post(organiser, f"{DESK}board/new/", {"names_fr": "Thème", "codes": ["3"]}).location == f"{DESK}board/2/"
    assert "Agreed" in words(organiser, f"{DESK}board/")
    with count_queries() as seen:
        organiser.get(f"{DESK}board/")
    assert len(seen) <= 10
    assert organiser.get(f"{DESK}board/9/").status_code == 404
    assert organiser.get(f"{theme}?code={'9' * 30}").status_code == 200, "no code, as any number without one"


def test_more_passages_than_are_answered_at_once_are_not_called_all(app: Flask, world: World) -> None:
    long = "\n\n".join(f"فقرة {number}." for number in range(MOST_AT_ONCE + 1))
    number = accept(world, hand_in(world, "ghat", {"decision": "31/2026"}, text=long)).number
    room = open_room(world)
    for key in (FIRST, SECOND):
        room.code(key, number, dict.fromkeys(range(1, MOST_AT_ONCE + 2), "2"))
    add_theme(world, 2)
    organiser = browser(room, app, "organiser")
    session.rollback()
    page = organiser.get(f"{DESK}board/1/").get_data(as_text=True)
    assert "Answer the first 500 passages of this list without an answer of their own" in read(page)
    assert page.count('type="hidden" name="t"') == MOST_AT_ONCE


def test_a_theme_keeps_a_code_that_is_given_no_more(app: Flask, room: Room) -> None:
    """Its passages count as before: whoever renames the theme does not drop them unseen."""
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: "2", 2: "3"})
    add_theme(room.world, 2, 3)
    retire_code(3, consultation=room.world.consultation, actor=room.world.actor("organiser"))
    organiser = browser(room, app, "organiser")
    session.rollback()
    form = organiser.get(f"{DESK}board/1/change/").get_data(as_text=True)
    assert "· Given no more" in read(form)
    ticked = re.findall(
        r'name="codes"[^>]*? value="(\d+)"[^>]*? checked|checked[^>]*? name="codes"[^>]*? value="(\d+)"', form
    )
    codes = ["".join(one) for one in ticked]
    assert sorted(codes) == ["2", "3"]
    assert post(organiser, f"{DESK}board/1/change/", {"names_ar": "اسم آخر", "codes": codes}).status_code == 303
    assert [one.passages for one in board(room.world.consultation_id).values()] == [2]


def test_files_are_given_to_organisers_only(app: Flask, room: Room) -> None:
    for key in (FIRST, SECOND):
        room.code(key, ONE, {1: "2+"})
    organiser, moderator = browser(room, app, "organiser"), browser(room, app, "moderator")
    session.rollback()
    for name, start in (
        ("codings.csv", b"\xef\xbb\xbfsubmission,"),
        ("project.qdpx", b"PK"),
        ("codebook.qdc", b"<?xml"),
    ):
        given = organiser.get(DESK + name)
        assert given.data.startswith(start)
        assert given.headers["Content-Disposition"] == f'attachment; filename="test-{name}"'
        assert moderator.get(DESK + name).status_code == 403
