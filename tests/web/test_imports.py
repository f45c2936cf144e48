"""Bringing in a file by the page: columns guessed, first rows shown, the worker counts, nothing half brought in unseen."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.db import session, transaction
from consult.events.models import EventRow
from consult.i18n import Localized
from consult.jobs.worker import work_once
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.settings import Settings
from consult.spreadsheets import WRITERS, open_table
from consult.submissions.exchange.exports import OWN_MAP
from consult.submissions.exchange.importing import path_of, table_of
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.submissions.exchange.models import ImportRefusal, ImportRun
from consult.submissions.exchange.worker import _Taken, import_due
from consult.submissions.models import Revision, Submission
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.testing.acts import accept, hand_in
from consult.testing.small_tracks import running_app
from consult.testing.uploads import read, roles, send_file
from consult.testing.web import post
from consult.testing.world import World

LIST = "/en/c/test/organise/import/"
Counting = Callable[[], AbstractContextManager[list[str]]]
ARABIC = "نطلب بئرًا في الحي، لأن الماء لا يصل إلينا في الصيف، وقد كتبنا إلى الشركة مرتين ولم يجب أحد."
FILE = f"رقم;العنوان;النص;التاريخ;ملاحظة\n1;الماء;{ARABIC};2026-03-01;x\n2;;{ARABIC} 2;2026-03-02;y\n3;ب;;2026-03-03;\n4;ت;{ARABIC} 4;غدًا;z\n"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def organiser(app: Flask, world: World) -> FlaskClient:
    """The organiser's browser."""
    return world.sign_in(app.test_client(), "organiser")


def bring(client: FlaskClient, content: str | bytes = FILE, name: str = "ورق.csv") -> Any:
    return send_file(client, LIST, content.encode() if isinstance(content, str) else content, name)


def sort(client: FlaskClient, page: str, then: str, **fields: Any) -> Any:
    chosen = dict(enumerate(["key", "title", "text", "received", ""]))
    given = {f"c{place}": role for place, role in chosen.items()} | {"language": "ar", "track": "cso", "then": then}
    return post(client, page, {**given, **fields})


def test_a_file_comes_in_from_the_first_look_to_the_count(organiser: FlaskClient, world: World) -> None:
    page = bring(organiser).location
    run = session.scalars(sa.select(ImportRun.id)).one()
    assert stat.S_IMODE(path_of(run).stat().st_mode) == 0o600
    shown = organiser.get(page).text
    assert re.search(r"<option selected value=\"ar\"", shown)
    assert roles(shown) == ["key", "title", "text"]  # not every cell of the fourth is a date
    lacks = sort(organiser, page, "check", language="")
    assert (lacks.status_code, "Choose the language of the texts" in lacks.text) == (422, True)
    twice = sort(organiser, page, "look", c1="key")
    assert (twice.status_code, twice.text.count("Two columns cannot be this")) == (422, 2)
    summary = twice.text[twice.text.index('class="errors"') :].partition("</ul>")[0]
    assert re.findall(r'<a href="#(f-c\d)"><bdi>(.+?)</bdi> – Two columns cannot be this', summary) == [
        ("f-c1", "العنوان")
    ]
    assert re.findall(r'name="(c\d)" aria-invalid="true" aria-describedby="(.+?)"', twice.text) == [
        ("c1", "f-c1-error")
    ]
    assert 'id="f-c1-error"' in twice.text
    assert sort(organiser, page, "look").status_code == 303
    words = read(organiser.get(page).text)
    assert [
        part in words
        for part in ("الماء", "Row 4 The row has neither text nor answers.", "Row 5 التاريخ: Write the date")
    ] == [True] * 3
    assert sort(organiser, page, "check").status_code == 303
    session.rollback()
    assert work_once()
    checked = read(organiser.get(page).text)
    assert "would be new 2 changed since 0 unchanged 0 refused 2" in checked
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 0
    session.rollback()
    assert post(organiser, f"{page}go/", {}, form_page=page).status_code == 303
    session.rollback()
    work_once()
    done = read(organiser.get(page).text)
    assert "new 2 changed since 0 unchanged 0 refused 2" in done
    rows = session.execute(
        sa.select(Submission.source_key, Submission.title, Submission.state).order_by(Submission.source_key)
    )
    assert [tuple(row) for row in rows] == [("1", "الماء", "received"), ("2", "2", "received")]
    events = session.scalars(sa.select(EventRow).where(EventRow.type.in_(["ImportAsked", "ImportEnded"]))).all()
    assert sorted(event.type for event in events) == ["ImportAsked", "ImportEnded"]
    assert not path_of(run).exists()
    table = organiser.get(f"{page}refused.csv")
    assert table.get_data(as_text=True).removeprefix("\ufeff").splitlines() == [
        "Row,Column,Reason",
        "4,,The row has neither text nor answers.",
        '5,التاريخ,"Write the date as year, month and day, for example 2026-11-24."',
    ]


def test_a_map_is_kept_and_used_again(organiser: FlaskClient, world: World) -> None:
    page = bring(organiser).location
    assert sort(organiser, page, "keep", map_name="").status_code == 422
    assert sort(organiser, page, "keep", map_name="أوراق", c4="answer").status_code == 303
    other = bring(organiser, FILE.replace("\n1;", "\n9;")).location
    assert post(organiser, other, {"saved": "أوراق", "then": "use"}).status_code == 303
    assert roles(organiser.get(other).text)[-1] == "answer"
    strange = bring(organiser, "a;b\n1;2\n").location
    wrong = post(organiser, strange, {"saved": "أوراق", "then": "use"})
    assert (wrong.status_code, "there is no column" in wrong.text) == (422, True)


def test_an_import_goes_on_where_its_worker_was_killed(organiser: FlaskClient, world: World) -> None:
    lines = "".join(f"{n};t;{ARABIC} {n};2026-03-01;\n" for n in range(1, 251))
    page = bring(organiser, FILE.splitlines()[0] + "\n" + lines + "x;t;;;\n").location
    sort(organiser, page, "check")
    session.rollback()
    work_once()
    post(organiser, f"{page}go/", {}, form_page=page)
    run = session.scalars(sa.select(ImportRun.id)).one()
    session.rollback()
    with transaction():  # as a worker leaves it that was killed after the first hundred rows
        row = session.get_one(ImportRun, run)
        row.attempts, row.state, row.lease_until = 1, "running", clock.now() + timedelta(minutes=1)
    taken = _Taken(run, world.consultation_id, 1, False, world.people["organiser"])
    row = session.get_one(ImportRun, run)
    with table_of(row) as table, pytest.raises(KeyboardInterrupt):
        import_submissions(
            table.rows,
            map_of(row.given).bound(table.columns),
            consultation=world.consultation,
            actor=world.actor("organiser"),
            keep=taken.keep,
            progress=interrupted,
        )
    session.rollback()
    reached = session.scalars(sa.select(ImportRun.reached)).one()
    assert (reached, session.scalar(sa.select(sa.func.count()).select_from(Submission))) == (101, 100)
    session.rollback()
    assert not import_due()
    with transaction():
        session.get_one(ImportRun, run).lease_until = clock.now() - timedelta(seconds=1)
    assert import_due()
    row = session.get_one(ImportRun, run, populate_existing=True)
    assert (row.state, row.made, row.unchanged, row.refused) == ("done", 250, 0, 1)
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 250
    assert session.scalar(sa.select(sa.func.count()).select_from(ImportRefusal)) == 1


def interrupted(_rows: int) -> None:
    raise KeyboardInterrupt


def test_a_file_nobody_decided_on_goes_after_a_day(organiser: FlaskClient, world: World) -> None:
    bring(organiser)
    run = session.scalars(sa.select(ImportRun.id)).one()
    session.rollback()
    import_due()
    assert path_of(run).exists()
    with transaction():
        session.get_one(ImportRun, run).brought_at = clock.now() - timedelta(hours=25)
    assert import_due()
    assert (path_of(run).exists(), session.get_one(ImportRun, run, populate_existing=True).state) == (False, "dropped")


def test_what_is_no_table_or_too_much_is_refused_and_not_kept(organiser: FlaskClient, world: World, app: Flask) -> None:
    folder = path_of(world.consultation_id).parent
    for content, words in (
        (b"", "holds something"),
        (b"PK\x03\x04junk", "cannot be opened"),
        (b"[{}]", "the file is empty"),
        (b";" * 200, "no names of columns"),
    ):
        refused = bring(organiser, content)
        assert (refused.status_code, words in refused.text) == (422, True), words
    assert bring(organiser, ";".join(f"c{n}" for n in range(151)) + "\n1\n").status_code == 422
    assert list(folder.iterdir()) == []
    large = b"a;b\n" + b"x" * 5_000_000
    assert bring(organiser, large).status_code in (303, 422)  # larger than a page's form: this address takes it
    assert send_file(organiser, LIST, b"x" * 22_000_000).status_code == 413


def test_what_breaks_off_in_the_middle_is_told_in_the_language_of_whoever_reads(organiser: FlaskClient) -> None:
    rows = "".join(f"{n};words\n" for n in range(40))
    page = bring(organiser, f'id;text\n{rows}40;"{"x" * 1_000_001}\n').location
    fields = {"c0": "key", "c1": "text", "language": "ar", "then": "check"}
    assert post(organiser, page, fields).status_code == 303
    assert import_due()
    told = {"en": "line 42: a cell holds more than", "fr": "ligne 42\xa0: une cellule", "ar": "السطر 42: في خلية"}
    for code, words in told.items():
        answer = organiser.get(page.replace("/en/", f"/{code}/")).text
        assert words in re.sub("</?bdi>", "", answer), code
    assert organiser.get(page).text.count("The administrator can use this") == 0


def test_only_organisers_and_only_their_consultation(app: Flask, world: World, organiser: FlaskClient) -> None:
    page = bring(organiser).location
    for who in ("moderator", "ghat"):
        other = world.sign_in(app.test_client(), who)
        assert [other.get(LIST).status_code, other.get(page).status_code] == [403, 403]
        assert send_file(other, LIST, b"x" * 5_000_000).status_code == 413
    assert organiser.get(f"{LIST}{world.consultation_id}/").status_code == 404
    assert post(organiser, f"{page}drop/", {}, form_page=page).status_code == 303
    assert organiser.get(page).status_code == 200


def test_files_of_polis_are_known(organiser: FlaskClient, world: World) -> None:
    comments = (
        "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1726860676783,0,0,57,0,1,Parks\n"
    )
    page = bring(organiser, comments, "comments.csv").location
    assert "Statements of a Polis conversation" in organiser.get(page).text
    for then in ("check",):
        assert post(organiser, page, {"language": "en", "then": then}).status_code == 303
    session.rollback()
    work_once()
    post(organiser, f"{page}go/", {}, form_page=page)
    session.rollback()
    work_once()
    votes = "timestamp,datetime,comment-id,voter-id,vote\n1,,0,1,1\n2,,0,1,-1\n1,,0,2,1\n"
    page = bring(organiser, votes, "votes.csv").location
    post(organiser, page, {"then": "check"})
    session.rollback()
    work_once()
    post(organiser, f"{page}go/", {}, form_page=page)
    session.rollback()
    work_once()
    assert "new 2 changed since 0 unchanged 0 refused 0 One vote was replaced" in read(organiser.get(page).text)


def test_the_list_costs_the_same_for_one_and_three(
    organiser: FlaskClient, world: World, count_queries: Counting
) -> None:
    def cost() -> int:
        with count_queries() as queries:
            assert organiser.get(LIST).status_code == 200
        return len(queries)

    bring(organiser)
    organiser.get(LIST)
    one = cost()
    bring(organiser)
    bring(organiser)
    organiser.get(LIST)
    assert cost() == one


def test_columns_are_mapped_to_the_questions_of_the_forms(organiser: FlaskClient, world: World) -> None:
    """Guessed from headings that are like their words in any language, with state and version of the form beside them."""
    by = world.actor("organiser")
    row = begin_form("cso", consultation=world.consultation, actor=by)
    label = Localized(ar="هل تعرفون عدد الآبار؟", en="Do you know how many wells there are?", fr="Combien de puits ?")
    save_section(SectionDraft(label), questionnaire=row, actor=by)
    choices = (Choice("", Localized(ar="نعم", en="Yes", fr="Oui")), Choice("", Localized(ar="لا", en="No", fr="Non")))
    for question in (
        Question("", QuestionKind.CHOICE, label, choices=choices),
        Question("", QuestionKind.TEXT, Localized(ar="الهاتف", en="Telephone", fr="Téléphone"), private=True),
    ):
        save_question(QuestionDraft(question, "s1"), questionnaire=row, actor=by)
    open_form(row, actor=by)
    file = "id;هل تعرفون عدد الآبار;telephone;status;version of the form\n1;نعم;091;accepted;1\n2;ربما;092;received;1\n"
    page = bring(organiser, file).location
    shown = organiser.get(page).text
    asked, telephone = "form.cso.q4", "form.cso.q5"
    assert roles(shown) == ["key", asked, telephone, "state", "form"]
    assert re.search(r'<option selected value="cso"', shown)
    assert "question: Do you know how many wells there are?" in read(shown)
    chosen = {"c1": asked, "c2": telephone, "c3": "state", "c4": "form"}
    twice = sort(organiser, page, "look", **{**chosen, "c2": asked})
    assert (twice.status_code, "Two columns cannot be this" in twice.text) == (422, True)
    elsewhere = sort(organiser, page, "look", **{**chosen, "c4": ""}, track="municipal")
    assert elsewhere.status_code == 303
    assert "This question is asked in another track" in organiser.get(page).text
    assert sort(organiser, page, "bring", **chosen).status_code == 303
    session.rollback()
    work_once()
    assert re.search("هل تعرفون عدد الآبار.{0,3} Choose one of the answers", read(organiser.get(page).text))
    text = session.scalars(sa.select(Submission)).one()
    revision = session.scalars(sa.select(Revision)).one()
    assert (text.answers, text.questionnaire_id) == ({"q4": "c2"}, row.id)
    assert revision.private_answers == {"q5": "091"}


@pytest.mark.parametrize("form", WRITERS)
def test_what_is_taken_out_reads_as_it_was_and_is_not_there_twice(
    form: str, app: Flask, organiser: FlaskClient, world: World, tmp_path: Path
) -> None:
    accept(world, hand_in(world, "ghat", {"decision": "31/2026"}))
    hand_in(world, "derna", {"decision": "32/2026"})
    session.rollback()
    page = organiser.get(LIST).text
    assert f'href="/en/c/test/organise/export/{form}?all=yes"' in page
    taken = {}
    for name, query, states in (("some", "", ["accepted"]), ("every", "?all=yes", ["accepted", "received"])):
        answer = organiser.get(f"/en/c/test/organise/export/{form}{query}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="submissions.{form}"'
        taken[name] = tmp_path / name
        taken[name].write_bytes(answer.data)
        with open_table(taken[name]) as table:
            assert sorted(row.cells["state"] for row in table.rows) == states
    with open_table(taken["every"]) as table:
        mapping, organiser_ = OWN_MAP.bound(table.columns), world.actor("organiser")
        again = import_submissions(table.rows, mapping, consultation=world.consultation, actor=organiser_)
    assert (again.imported, again.rejected) == (0, 2), "nothing is there twice"
    assert organiser.get("/en/c/test/organise/export/exe").status_code == 404
    moderator = world.sign_in(app.test_client(), "moderator")
    assert moderator.get(f"/en/c/test/organise/export/{form}").status_code == 403


def test_a_cell_too_long_for_excel_is_named_before_anything_is_sent(organiser: FlaskClient, world: World) -> None:
    row = hand_in(world, "ghat", {"decision": "31/2026"})
    accept(world, row)
    with transaction():
        row.answers = {"q1": "ب" * 32_767}
    answer = organiser.get("/en/c/test/organise/export/xlsx")
    assert (answer.status_code, answer.location) == (303, LIST)
    page = organiser.get(LIST).text
    assert f"{row.number}, answers: the text is longer than a cell of Excel" in read(page)
    assert "download" not in page, "a browser would keep the page that says so as a file"
    assert "ب" * 32_767 in organiser.get("/en/c/test/organise/export/csv").text
