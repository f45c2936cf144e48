"""Conditions and the kinds of answer that organisers' forms bring: pure, so tried with whatever can be thought of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.i18n import Localized, translate
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind, answered, clean_answer, clean_answers, near_places
from consult.submissions.questionnaires.content import (
    FormContent,
    Section,
    as_data,
    carried,
    condition_problems,
    from_data,
)
from consult.submissions.questionnaires.editing import moved, without

KEYS = [f"q{number}" for number in range(6)]
YES = Condition("q0", Relation.EQUALS, ("yes",))


def question(key: str, kind: QuestionKind = QuestionKind.YES_NO, **more: Any) -> Question:
    return Question(key, kind, Localized(en=key), **more)


conditions = st.none() | st.builds(
    Condition,
    st.sampled_from(KEYS),
    st.sampled_from([Relation.EQUALS, Relation.ANSWERED, Relation.GREATER]),
    st.sampled_from([("yes",), ("no",), ("3",), ()]),
)
forms = st.lists(conditions, min_size=6, max_size=6).map(
    lambda shown: [question(key, required=True, shown_if=c) for key, c in zip(KEYS, shown, strict=True)]
)
answers = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["yes", "no", "", "perhaps", None]))


@given(forms, answers)
def test_what_is_not_shown_is_neither_handed_in_nor_required(asked: list[Question], typed: dict[str, Any]) -> None:
    found = answered(asked, typed)
    shown = {one.key for one in found.shown}
    assert set(found.answers) <= shown
    assert {problem.field for problem in found.problems} <= shown
    assert set(found.left_out).isdisjoint(shown)
    assert shown == {one.key for one in asked if one.shown_if is None or one.shown_if.holds(dict(found.answers))} - {
        one.key for one in asked if one.shown_if is not None and one.shown_if.question >= one.key
    }
    again = answered(asked, found.answers)
    assert again.answers == found.answers


@given(forms)
def test_conditions_that_pass_look_backwards_so_there_are_no_cycles(asked: list[Question]) -> None:
    wrong = {one.key for one, _ in condition_problems(asked)}
    for place, one in enumerate(asked):
        if one.shown_if is not None and one.key not in wrong:
            assert one.shown_if.question in KEYS[:place]


def form(*questions: Question) -> FormContent:
    half = len(questions) // 2
    return FormContent(
        (
            Section("s1", Localized(en="1"), questions=questions[:half]),
            Section("s2", Localized(en="2"), questions=questions[half:]),
        ),
        90,
    )


@given(st.lists(st.tuples(st.sampled_from([*KEYS, "s1", "s2"]), st.sampled_from([-1, 1])), max_size=12))
def test_moving_keeps_every_question(moves: list[tuple[str, int]]) -> None:
    content = form(*(question(key) for key in KEYS))
    for key, step in moves:
        content = moved(content, key, step)
    assert sorted(one.key for one in content.questions) == KEYS
    assert from_data(as_data(content)) == content
    assert len(without(content, "q3").questions) == 5


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
)
def test_no_input_breaks_a_kind_and_what_is_kept_is_in_order(typed: Any) -> None:
    choices = (Choice("a", Localized(en="A")), Choice("b", Localized(en="B")))
    for kind in set(QuestionKind) - {QuestionKind.STATEMENT}:
        one = question("q", kind, choices=choices, rows=choices, low=1, high=3, decimals=1, most=1)
        answer, wrong = clean_answer(one, typed)
        if wrong is None and answer not in (None, "", [], {}):
            assert clean_answer(one, answer) == (answer, None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("3,5", "3.5"),
        ("٣٫٥", "3.5"),
        ("1 234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234.567", None),
        ("1.234", None),
        ("1 234", "1234"),
        ("١٬٢٣٤٫٥", "1234.5"),
        ("١٬٢٣٤،٥", "1234.5"),
        ("1234٫5", "1234.5"),
        ("1.234.5", None),
        ("-2.5", "-2.5"),
        ("7", "7"),
        ("3.55", None),
        ("3,5x", None),
        ("99999", None),
        ("-6", None),
    ],
)
def test_a_number_with_decimals_is_read_as_people_write_it(typed: str, kept: str | None) -> None:
    one = question("q", QuestionKind.NUMBER, decimals=1, low=-5, high=10_000)
    answer, wrong = clean_answer(one, typed)
    assert (answer if wrong is None else None) == kept


@pytest.mark.parametrize("decimals", [3, 4])
@pytest.mark.parametrize("typed", ["12.345", "12,345", "12٫345", "١٢،٣٤٥", "1 2.345"])
def test_one_mark_is_a_decimal_sign_where_three_digits_may_follow_it(typed: str, decimals: int) -> None:
    one = question("q", QuestionKind.NUMBER, decimals=decimals)
    answer, wrong = clean_answer(one, typed)
    assert answer == ("12.345" if " " not in typed else typed)
    assert (wrong is None) == (" " not in typed)


def test_both_readings_are_named_where_fewer_digits_are_asked_for() -> None:
    assert str(clean_answer(question("q", QuestionKind.NUMBER, decimals=2), "12.045")[1]) == (
        "“12.045” can be read in two ways: 12045, or 12 and 45 thousandths. "
        "Write 12045, or fewer digits after the decimal sign: at most 2."
    )


def test_bounds_are_said() -> None:
    def wrong(typed: str, **bounds: int) -> str:
        return str(clean_answer(question("q", QuestionKind.NUMBER, **bounds), typed)[1])

    assert wrong("7", low=8, high=9) == "Write a number from 8 to 9."
    assert wrong("7", low=8) == "Write a number that is at least 8."
    assert wrong("7", high=6) == "Write a number from 0 to 6."
    assert wrong("-7") == "Write a number that is at least 0."


def test_a_matrix_takes_its_rows_and_no_others() -> None:
    rows = (Choice("r1", Localized(en="A")), Choice("r2", Localized(en="B")))
    one = question("q", QuestionKind.MATRIX, rows=rows, low=1, high=5)
    assert clean_answer(one, {"r1": "٣"}) == ({"r1": 3}, None)
    for forged in ({"r9": "3"}, {"r1": "6"}, {"r1": ["3"]}, "r1"):
        assert str(clean_answer(one, forged)[1]) == "Choose one of the answers in each row."
    needed = question("q", QuestionKind.MATRIX, rows=rows, low=1, high=5, required=True)
    assert str(clean_answer(needed, {"r1": "3"})[1]) == "Answer every row."
    assert str(clean_answer(needed, {})[1]) == "Answer this question."


PLACES = (
    Choice("LY1", Localized(ar="القطرون", en="Algatroun")),
    Choice("LY2", Localized(ar="سوق الجمعة", en="Suq Aljumaa")),
    Choice("LY3", Localized(ar="سوق الخميس (مسلاتة)", en="Suq Alkhamis (Msallata)")),
)


@pytest.mark.parametrize(
    ("typed", "key", "near"),
    [
        ("القطرون", "LY1", []),
        ("قطرون", "LY1", []),
        ("ALGATROUN", "LY1", []),
        ("سوق الجمعه", "LY2", []),
        ("LY3", "", []),
        ("سوق", "", ["LY2", "LY3"]),
        ("Algatrun", "", ["LY1"]),
        ("Paris", "", []),
    ],
)
def test_a_place_is_found_by_folded_spelling_and_near_ones_are_offered(typed: str, key: str, near: list[str]) -> None:
    found, others = near_places(PLACES, typed)
    assert (found, [one.key for one in others]) == (key, near)


def test_a_place_is_kept_by_its_code() -> None:
    one = question("q", QuestionKind.PLACE, choices=PLACES)
    assert clean_answer(one, "قطرون") == ("LY1", None)
    assert clean_answer(one, "LY3") == ("LY3", None)
    assert str(clean_answer(one, "Suq")[1]) == (
        "Which place do you mean? Write one of these: Suq Aljumaa; Suq Alkhamis (Msallata)."
    )
    wrong = clean_answer(one, "سوق")[1]
    assert wrong is not None
    assert "سوق الجمعة؛ سوق الخميس" in translate(wrong, "ar")


def test_a_statement_takes_no_answer() -> None:
    read, asked = question("t", QuestionKind.STATEMENT, required=True), question("q", required=True)
    assert clean_answers([read, asked], {"q": "yes"}) == ({"q": True}, [])
    _, problems = clean_answers([read, asked], {"q": "yes", "t": "x"})
    assert [(p.field, str(p.message)) for p in problems] == [("t", "There is no question “t”.")]


def test_at_most_so_many_choices() -> None:
    choices = tuple(Choice(key, Localized(en=key)) for key in "abc")
    one = question("q", QuestionKind.CHOICES, choices=choices, most=2)
    assert clean_answer(one, ["c", "a"]) == (["a", "c"], None)
    assert str(clean_answer(one, ["a", "b", "c"])[1]) == "Choose at most 2."


def test_greater_than_compares_numbers() -> None:
    above = Condition("q", Relation.GREATER, ("9",))
    assert [above.holds({"q": answer}) for answer in (10, "9.5", 9, "x", None, [])] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_what_another_version_does_not_take_is_left_beside() -> None:
    before = form(question("q1"), question("q2", QuestionKind.TEXT), question("q3"))
    after = form(question("q1"), question("q2", QuestionKind.NUMBER), question("q4"))
    kept, left = carried(before, after, {"q1": "yes", "q2": "many", "q3": "no", "own": "stays", "q4": ""})
    assert kept == {"q1": "yes", "own": "stays", "q4": ""}
    assert [(one["key"], one["answer"]) for one in left] == [("q2", "many"), ("q3", "no")]
