"""Numbers of sheets, marks as they are typed, and what counts as the same entry. No database."""

from __future__ import annotations

import pytest

from consult.i18n import Localized
from consult.paper.boxes import Box
from consult.paper.comparing import alike, compared
from consult.paper.marks import decoded, typed_as
from consult.paper.numbers import printed_number, sheet_number_of
from consult.plugins.questions import Choice, Question, QuestionKind

CHOICES = tuple(Choice(key, Localized(en=key)) for key in ("a", "b", "c"))
ROWS = tuple(Choice(key, Localized(en=key)) for key in ("x", "y", "z"))
LABEL = Localized(en="?")
CHOICE = Question("q", QuestionKind.CHOICE, LABEL, choices=CHOICES)
SEVERAL = Question("q", QuestionKind.CHOICES, LABEL, choices=CHOICES)
SCALE = Question("q", QuestionKind.SCALE, LABEL, low=1, high=5)
MATRIX = Question("q", QuestionKind.MATRIX, LABEL, low=1, high=5, rows=ROWS)
YES_NO = Question("q", QuestionKind.YES_NO, LABEL)


def test_a_slip_in_the_number_of_a_sheet_is_found() -> None:
    for number in (1, 412, 99_999):
        printed = printed_number(number)
        assert sheet_number_of(printed) == number
        digits, letter = printed.split("-")
        for place in range(5):
            for other in set("0123456789") - {digits[place]}:
                assert sheet_number_of(f"{digits[:place]}{other}{digits[place + 1 :]}-{letter}") is None
        for place in range(4):
            swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            assert swapped == digits or sheet_number_of(f"{swapped}{letter}") is None


def test_the_number_of_a_sheet_is_read_as_people_type_it() -> None:
    printed = printed_number(412)
    letter = printed[-1]
    assert sheet_number_of(f" 00412 {letter.lower()} ") == sheet_number_of(f"٠٠٤١٢{letter}") == 412
    assert [sheet_number_of(text) for text in ("", "412", "00412", "x" * 5000, f"0412{letter}")] == [None] * 5


@pytest.mark.parametrize("typed", ["4", "0", "-1", "9" * 5000, "١" * 5000, "x"])
def test_a_number_beside_which_no_square_stands_is_refused(typed: str) -> None:
    said = str(decoded(CHOICE, typed)[1])
    assert said == "Type numbers from 1 to 3, as they stand beside the squares."


@pytest.mark.parametrize(
    ("question", "typed", "answer"),
    [
        (CHOICE, "2", "b"),
        (CHOICE, "", None),
        (SEVERAL, "3، 1", ["c", "a"]),
        (SCALE, "٤", "4"),
        (YES_NO, "2", "no"),
        (MATRIX, "3-1", {"x": "3", "z": "1"}),
        (MATRIX, "5 0 2", {"x": "5", "z": "2"}),
        (Question("q", QuestionKind.TEXT, LABEL), "1, 2", "1, 2"),
    ],
)
def test_marks_are_typed_by_their_numbers(question: Question, typed: str, answer: object) -> None:
    assert decoded(question, typed) == (answer, None)


@pytest.mark.parametrize(
    ("question", "typed", "words"),
    [
        (CHOICE, "4", "Type numbers from 1 to 3, as they stand beside the squares."),
        (CHOICE, "1 2", "Only one square may be ticked here. If more are, leave it empty."),
        (SEVERAL, "1 " + "9" * 5000, "Type numbers from 1 to 3, as they stand beside the squares."),
        (SEVERAL, "1 x", "Type numbers from 1 to 3, as they stand beside the squares."),
        (SCALE, "1 2", "Only one square may be ticked here. If more are, leave it empty."),
        (MATRIX, "1 2", "Type one number for each of the 3 rows, - for a row without a mark."),
    ],
)
def test_what_no_square_says_is_refused_at_its_box(question: Question, typed: str, words: str) -> None:
    assert str(decoded(question, typed)[1]) == words


@pytest.mark.parametrize(
    ("question", "answer"),
    [(CHOICE, "b"), (SEVERAL, ["a", "c"]), (MATRIX, {"x": 1, "z": 2}), (YES_NO, False), (YES_NO, True), (SCALE, 3)],
)
def test_an_answer_is_typed_as_it_would_be_read(question: Question, answer: object) -> None:
    typed = decoded(question, typed_as(question, answer))[0]
    expected = {True: "yes", False: "no"}.get(answer, answer) if isinstance(answer, bool) else answer
    assert str(typed).replace("'", "") == str(expected).replace("'", "")


def test_spelling_that_folds_alike_is_no_difference_but_words_and_signs_are() -> None:
    words = Box(1, Question("q", QuestionKind.LONG_TEXT, LABEL))
    assert alike(words, "أحمد  في\nغاتْ", "احمد في غات")
    assert not alike(words, "لا يكفي", "يكفي")
    assert not alike(words, "نعم", "نعم.")
    assert alike(words, None, "")
    number = Box(2, Question("n", QuestionKind.NUMBER, LABEL))
    assert not alike(number, 0, None)
    assert compared([words, number], {"q": "a", "n": 3}, {"q": "A", "n": 4}) == {"q": False, "n": True}
    assert compared([words, number], {}, {"n": 4}) == {"n": True}
