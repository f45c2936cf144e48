"""Answers to a track's questions: cleaned, refused with words, whatever they come as."""

from __future__ import annotations

from typing import Any

import pytest

from consult.i18n import Localized, Message
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answer, clean_answers

TWO_WAYS = (
    "“12.345” can be read in two ways: 12345, or 12 and 345 thousandths. Write a whole number without marks between its digits, "
    "for example 12345."
)
CHOICES = (Choice("law", Message("Law")), Choice("economics", Localized(ar="الاقتصاد")))


def question(kind: QuestionKind, **more: Any) -> Question:
    """Return a question of a kind."""
    return Question("asked", kind, Message("Asked"), **{"choices": CHOICES, **more})


def cleaned(kind: QuestionKind, given: Any, **more: Any) -> tuple[Any, str]:
    """Return the cleaned answer and what is said against it."""
    answer, wrong = clean_answer(question(kind, **more), given)
    return answer, str(wrong or "")


@pytest.mark.parametrize(
    ("kind", "given", "answer"),
    [
        (QuestionKind.TEXT, "  غات \n البلدية ", "غات البلدية"),
        (QuestionKind.TEXT, "31\u200f/\u202e2026\x00", "31/2026"),
        (QuestionKind.TEXT, "e\u0301cole", "école"),
        (QuestionKind.TEXT, 31, "31"),
        (QuestionKind.LONG_TEXT, " one\r\ntwo\x07\u2029three ", "one\ntwo\n\nthree"),
        (QuestionKind.CHOICE, "law", "law"),
        (QuestionKind.CHOICES, ["economics", "law", "law"], ["law", "economics"]),
        (QuestionKind.CHOICES, "law", ["law"]),
        (QuestionKind.DATE, " ٢٠٢٦-١١-٢٤ ", "2026-11-24"),
        (QuestionKind.DATE, "20261124", "2026-11-24"),
        (QuestionKind.NUMBER, "١٢٠", 120),
        (QuestionKind.NUMBER, "۱۲۰", 120),
        (QuestionKind.NUMBER, "1,234,567", 1234567),
        (QuestionKind.NUMBER, "1\u202f234", 1234),
        (QuestionKind.NUMBER, "١٬٢٣٤", 1234),
        (QuestionKind.NUMBER, "١٬٢٣٤٬٥٦٧", 1234567),
        (QuestionKind.NUMBER, "1.234.567", 1234567),
        (QuestionKind.NUMBER, "1’234", 1234),
        (QuestionKind.NUMBER, 0, 0),
        (QuestionKind.YES_NO, "yes", True),
        (QuestionKind.YES_NO, "no", False),
        (QuestionKind.YES_NO, False, False),
        (QuestionKind.LINES, " one \n\n two\u200e\r\n", ["one", "two"]),
        (QuestionKind.LINES, ["one", " ", "two\nthree"], ["one", "two three"]),
    ],
)
def test_an_answer_is_cleaned(kind: QuestionKind, given: Any, answer: Any) -> None:
    assert cleaned(kind, given) == (answer, "")


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (QuestionKind.TEXT, "12345678901", "Write at most 10 characters; this has 11."),
        (QuestionKind.LONG_TEXT, "12345678901", "Write at most 10 characters; this has 11."),
        (QuestionKind.LINES, "123456\n78901", "Write at most 10 characters."),
        (QuestionKind.CHOICE, "astronomy", "Choose one of the answers."),
        (QuestionKind.CHOICE, ["law"], "Choose one of the answers."),
        (QuestionKind.CHOICE, {"law": 1}, "Choose one of the answers."),
        (QuestionKind.CHOICES, ["law", "astronomy"], "Choose among the answers."),
        (QuestionKind.CHOICES, [["law"]], "Choose among the answers."),
        (QuestionKind.CHOICES, 7, "Choose among the answers."),
        (QuestionKind.DATE, "24/11/2026", "Write the date as year, month and day, for example 2026-11-24."),
        (QuestionKind.DATE, "2026-02-30", "Write the date as year, month and day, for example 2026-11-24."),
        (QuestionKind.NUMBER, "12.5", "Write a whole number, for example 120."),
        (QuestionKind.NUMBER, "12,5", "Write a whole number, for example 120."),
        *((QuestionKind.NUMBER, typed, TWO_WAYS.replace("12.345", typed)) for typed in ("12.345", "12,345", "١٢،٣٤٥")),
        *(
            (QuestionKind.NUMBER, typed, "Write a whole number, for example 120.")
            for typed in ("0.345", "12٫345", "1234.567", "1.234,567", "1,234.5", "1.23.456", "12 34", "1,,234")
        ),
        *((QuestionKind.NUMBER, typed, "Write a number that is at least 0.") for typed in ("-3", "−3", "‎- 3")),
        (QuestionKind.NUMBER, "²", "Write a whole number, for example 120."),
        (QuestionKind.NUMBER, "9" * 16, "Write a whole number, for example 120."),
        (QuestionKind.NUMBER, "9" * 5000, "Write a whole number, for example 120."),
        (QuestionKind.YES_NO, "maybe", "Answer yes or no."),
        (QuestionKind.YES_NO, ["yes"], "Answer yes or no."),
    ],
)
def test_a_wrong_answer_is_refused_with_what_to_write(kind: QuestionKind, given: Any, words: str) -> None:
    assert cleaned(kind, given, limit=10)[1] == words


def test_a_number_is_0_at_least_where_no_lowest_is_set_and_the_highest_does_not_lie_below() -> None:
    def asked(typed: str, **bounds: int) -> tuple[Any, str]:
        answer, wrong = clean_answer(Question("n", QuestionKind.NUMBER, Localized(en="How many?"), **bounds), typed)  # type: ignore[arg-type]
        return answer, "" if wrong is None else str(wrong)

    assert asked("-3", high=10) == ("-3", "Write a number from 0 to 10.")
    assert asked("-0") == (0, "")
    assert asked("-3", high=-1) == (-3, "")
    assert asked("0", high=-1) == ("0", "Write a number that is at most -1.")
    assert asked("-3", low=-5) == (-3, "")


@pytest.mark.parametrize("unseen", ["\u200b", "\u200c \ufeff", "\u3164", "\u2800\u2800", "\u00ad\u2060", "\U000e0041"])
@pytest.mark.parametrize("kind", [QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.LINES])
def test_what_shows_nothing_is_no_answer(kind: QuestionKind, unseen: str) -> None:
    assert cleaned(kind, unseen, required=True)[1] == "Answer this question."
    answer, wrong = cleaned(kind, f"می\u200cخواهم{unseen}", required=True)
    assert ("می\u200cخواهم" in str(answer[0] if isinstance(answer, list) else answer), wrong) == (True, ""), (
        "a joiner belongs to its letters"
    )


def test_a_day_outside_its_bounds_is_refused_and_the_bounds_themselves_are_taken() -> None:
    def asked(day: str, **bounds: str) -> str | None:
        _, wrong = clean_answer(Question("day", QuestionKind.DATE, Localized(en="Which day?"), **bounds), day)  # type: ignore[arg-type]
        return None if wrong is None else str(wrong)

    both = {"earliest": "2026-01-01", "latest": "2026-12-31"}
    assert [asked(day, **both) for day in ("2026-01-01", "٢٠٢٦-١٢-٣١", "")] == [None] * 3
    assert {asked(day, **both) for day in ("2025-12-31", "2027-01-01", "1999-01-01")} == {
        "Give a day from 2026-01-01 to 2026-12-31."
    }
    assert asked("2025-12-31", earliest="2026-01-01") == "Give a day that is not before 2026-01-01."
    assert asked("2027-01-01", latest="2026-12-31") == "Give a day that is not after 2026-12-31."


@pytest.mark.parametrize("kind", QuestionKind)
@pytest.mark.parametrize("given", [None, "", "  \n ", []])
def test_nothing_is_no_answer(kind: QuestionKind, given: Any) -> None:
    assert cleaned(kind, given) == (None, "")
    assert cleaned(kind, given, required=True) == (None, "Answer this question.")


@pytest.mark.parametrize(
    ("kind", "given"), [(QuestionKind.LINES, ["", " "]), (QuestionKind.LINES, "\u200f"), (QuestionKind.TEXT, "\u200f")]
)
def test_what_holds_nothing_once_it_is_cleaned_is_no_answer(kind: QuestionKind, given: Any) -> None:
    assert cleaned(kind, given, required=True) == (None, "Answer this question.")


def test_no_is_an_answer() -> None:
    assert clean_answers([question(QuestionKind.YES_NO, required=True)], {"asked": "no"}) == ({"asked": False}, [])


def test_a_check_gets_the_cleaned_answer_and_only_a_good_one() -> None:
    seen: list[Any] = []

    def check(answer: Any) -> Message | None:
        seen.append(answer)
        return Message("Too few.") if answer < 5 else None

    assert cleaned(QuestionKind.NUMBER, "٣", check=check) == (3, "Too few.")
    assert cleaned(QuestionKind.NUMBER, "7", check=check) == (7, "")
    assert cleaned(QuestionKind.NUMBER, "x", check=check)[1] == "Write a whole number, for example 120."
    assert cleaned(QuestionKind.NUMBER, "", check=check) == (None, "")
    assert seen == [3, 7]


def test_answers_nobody_asked_for_are_refused_and_every_problem_has_its_field() -> None:
    asked = [question(QuestionKind.TEXT, required=True), Question("year", QuestionKind.NUMBER, Message("Year"))]
    answers, problems = clean_answers(asked, {"year": "x", "admin": "yes"})
    assert answers == {}
    assert [(p.field, str(p.message)) for p in problems] == [
        ("admin", "There is no question “admin”."),
        ("asked", "Answer this question."),
        ("year", "Write a whole number, for example 120."),
    ]


def test_a_choice_that_is_no_longer_offered_keeps_its_key() -> None:
    asked = question(QuestionKind.CHOICE)
    assert (asked.label_of("law"), asked.label_of("alchemy")) == (Message("Law"), "alchemy")
