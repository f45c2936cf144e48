"""Rows whose answers are held against the organisers' form of their track: cleaned as at a hand-in, or refused at the cell."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from consult.db import session
from consult.i18n import Localized
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.spreadsheets import Row
from consult.submissions.exchange.exports import OWN_COLUMNS, export_submissions
from consult.submissions.exchange.imports import ImportOutcome, import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.submissions.exchange.presets import given_for, preset_for
from consult.submissions.models import Questionnaire, Revision, Submission
from consult.submissions.questionnaires.services import (
    QuestionDraft,
    SectionDraft,
    begin_form,
    open_form,
    save_question,
    save_section,
)
from consult.testing.world import World

MAP = {
    "key": "{id}",
    "language": "en",
    "title": "{id}",
    "track": "academic",
    "answer": [
        {"column": "Figures?", "key": "q4"},
        {"column": "How many", "key": "q5"},
        {"column": "Phone", "key": "q6"},
        {"column": "Table", "key": "q7"},
        {"column": "Mood", "key": "mood"},
        {"column": "Roads", "key": "form.academic.q10.r8"},
        {"column": "Water", "key": "q10.r9"},
    ],
}


def words(text: str) -> Localized:
    return Localized(ar=f"{text} ع", en=text, fr=f"{text} fr")


def open_a_form(world: World) -> Questionnaire:
    """Open a form: q4 (c2 yes, c3 no), q5 (a number, if yes), q6 (private), q7 (a file), q10 (rows r8 and r9)."""
    organiser = world.actor("organiser")
    row = begin_form("academic", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(words("Facts")), questionnaire=row, actor=organiser)
    if_yes = Condition("q4", Relation.EQUALS, ("c2",))
    for question in (
        Question(
            "", QuestionKind.CHOICE, words("Figures?"), required=True, choices=(_choice("Yes, many"), _choice("No"))
        ),
        Question("", QuestionKind.NUMBER, words("How many?"), required=True, shown_if=if_yes),
        Question("", QuestionKind.TEXT, words("Telephone"), private=True),
        Question("", QuestionKind.FILE, words("Table")),
        Question("", QuestionKind.MATRIX, words("State of"), rows=(_choice("Roads"), _choice("Water")), low=1, high=5),
    ):
        save_question(QuestionDraft(question, "s1"), questionnaire=row, actor=organiser)
    return open_form(row, actor=organiser)


def _choice(text: str) -> Choice:
    return Choice("", words(text))


def bring(world: World, *rows: dict[str, str]) -> ImportOutcome:
    """Import rows by the map; a column that a row does not name is empty."""
    columns = ["id", "Figures?", "How many", "Phone", "Table", "Mood", "Roads", "Water"]
    numbered = [Row(n, {**dict.fromkeys(columns, ""), **cells}) for n, cells in enumerate(rows, start=2)]
    mapping = map_of(MAP).bound(columns)
    return import_submissions(iter(numbered), mapping, consultation=world.consultation, actor=world.actor("organiser"))


def test_answers_are_cleaned_as_at_a_hand_in_or_refused_at_their_cell(world: World) -> None:
    form = open_a_form(world)
    outcome = bring(
        world,
        {
            "id": "1",
            "Figures?": "yes, many ع",
            "How many": "١٢",
            "Phone": "0913",
            "Mood": "calm",
            "Roads": "٤",
            "Water": "1",
        },
        {"id": "2", "Figures?": "perhaps", "Roads": "9"},
        {"id": "3", "Figures?": "No", "How many": "12"},
        {"id": "4", "Figures?": "c2", "How many": "a dozen", "Table": "table.pdf"},
        {"id": "5", "Mood": "calm"},
        {"id": "6", "Figures?": "c2"},
        {"id": "7", "Figures?": "c2", "How many": "12.345"},
        {"id": "8", "Figures?": "c2", "How many": "١٢٬٣٤٥"},
    )
    assert (outcome.imported, outcome.rejected) == (4, 4)
    assert [(one.row, one.column, str(one.reason)) for one in outcome.rejections] == [
        (3, "Figures?", "Choose one of the answers."),
        (3, "Roads", "Choose one of the answers in each row."),
        (4, "How many", "Nothing asks for this answer, because of what the row answers elsewhere."),
        (5, "How many", "Write a whole number, for example 120."),
        (5, "Table", "A file does not come in with a table. Leave the cell empty."),
        (
            8,
            "How many",
            "“12.345” can be read in two ways: 12345, or 12 and 345 thousandths. "
            "Write a whole number without marks between its digits, for example 12345.",
        ),
    ]
    session.rollback()
    found = {row.source_key: row for row in session.scalars(sa.select(Submission))}
    assert found["1"].answers == {"mood": "calm", "q4": "c2", "q5": 12, "q10": {"r8": 4, "r9": 1}}
    assert (found["1"].questionnaire_id, found["5"].questionnaire_id) == (form.id, None)
    assert found["6"].answers == {"q4": "c2"}, "what is required may stay open"
    assert found["8"].answers["q5"] == 12345
    private = sa.select(Revision.private_answers).where(Revision.submission_id == found["1"].id)
    assert session.scalars(private).one() == {"q6": "0913"}, "private here as well"
    assert bring(world, {"id": "6", "Figures?": "c2"}).unchanged == 1


def test_our_own_table_comes_back_to_the_version_it_answers(world: World) -> None:
    first = open_a_form(world)
    bring(world, {"id": "1", "Figures?": "c2", "How many": "12"})
    second = begin_form("academic", consultation=world.consultation, actor=world.actor("organiser"))
    content = save_section(SectionDraft(words("Other")), questionnaire=second, actor=world.actor("organiser"))
    question = Question("", QuestionKind.DATE, words("When?"))
    save_question(
        QuestionDraft(question, content.sections[0].key), questionnaire=second, actor=world.actor("organiser")
    )
    open_form(second, actor=world.actor("organiser"))
    columns, rows = export_submissions(world.consultation, ["received"], actor=world.actor("organiser"))  # type: ignore[list-item]
    (row,) = rows
    assert (row["form"], row["answers"]) == ("1", {"q4": "c2", "q5": 12})

    def again(**changed: Any) -> ImportOutcome:
        cells = {name: str(one) for name, one in {**row, "topics": "", **changed}.items()}
        preset = preset_for(columns)
        assert preset is not None
        mapping = map_of(given_for(preset, columns)).bound(columns)
        given = iter([Row(2, cells)])
        return import_submissions(given, mapping, consultation=world.consultation, actor=world.actor("organiser"))

    assert set(OWN_COLUMNS) < set(columns)
    assert again(number="x", answers='{"q4": "c2", "q5": 12}').imported == 1
    session.rollback()
    copied = session.scalars(sa.select(Submission).where(Submission.source_key == "x")).one()
    assert (copied.answers, copied.questionnaire_id) == ({"q4": "c2", "q5": 12}, first.id)
    wrong = again(number="y", answers='{"q4": "c9"}').rejections
    assert [(one.column, str(one.reason)) for one in wrong] == [("answers", "Choose one of the answers.")]
    wrong = again(number="z", form="7", answers="{}", text="A text.").rejections
    assert [(one.column, str(one.reason)) for one in wrong] == [("form", "This track has no form with the number “7”.")]


def test_a_day_outside_the_bounds_of_its_question_is_refused_at_its_cell(world: World) -> None:
    organiser = world.actor("organiser")
    form = begin_form("academic", consultation=world.consultation, actor=organiser)
    save_section(SectionDraft(words("Facts")), questionnaire=form, actor=organiser)
    question = Question("", QuestionKind.DATE, words("When?"), earliest="٢٠٢٦-٠١-٠١", latest="2026-12-31")
    (asked,) = save_question(QuestionDraft(question, "s1"), questionnaire=form, actor=organiser).questions
    assert (asked.earliest, asked.latest) == ("2026-01-01", "2026-12-31")
    open_form(form, actor=organiser)
    mapping = map_of({**MAP, "answer": [{"column": "Day", "key": "q2"}]}).bound(["id", "Day"])
    days = ("2026-12-31", "2027-01-01")
    rows = iter([Row(n, {"id": day, "Day": day}) for n, day in enumerate(days, start=2)])
    outcome = import_submissions(rows, mapping, consultation=world.consultation, actor=organiser)
    assert [(one.row, one.column, str(one.reason)) for one in outcome.rejections] == [
        (3, "Day", "Give a day from 2026-01-01 to 2026-12-31.")
    ]
    assert outcome.imported == 1
