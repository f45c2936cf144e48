"""Marks on paper as they are typed: the numbers of the ticked squares instead of a mouse.

A clerk types what stands beside the square: `3`, or `1, 4` where several may be ticked, or for a table one number a row in
the order of the rows, `-` for a row without. Words, dates and amounts are typed as they are.
"""

from __future__ import annotations

import re
from typing import Any

from consult.cleaning import latin_digits
from consult.i18n import N_, Message
from consult.plugins.questions import Question, QuestionKind
from consult.typed_numbers import as_number

MARKED = frozenset(
    {QuestionKind.CHOICE, QuestionKind.CHOICES, QuestionKind.YES_NO, QuestionKind.SCALE, QuestionKind.MATRIX}
)
_BETWEEN = re.compile(r"[\s,;،؛.٫]+")


def options_of(question: Question) -> list[str]:
    """Return the keys of the squares of a question in the order of their numbers, beginning with 1 (a scale with its own)."""
    if question.kind is QuestionKind.YES_NO:
        return ["yes", "no"]
    return [choice.key for choice in question.choices]


def decoded(question: Question, typed: str) -> tuple[Any, Message | None]:
    """Return the answer that was typed for a question, or what is wrong with it; an empty line is no answer."""
    marks = [mark for mark in _BETWEEN.split(latin_digits(typed)) if mark]
    if question.kind not in MARKED:
        return typed, None
    if not marks:
        return None, None
    if question.kind is QuestionKind.MATRIX:
        return _rows(question, marks)
    if question.kind is QuestionKind.SCALE:
        return marks[0] if len(marks) == 1 else "", None if len(marks) == 1 else ONE
    options = options_of(question)
    if not all(1 <= as_number(mark, 0) <= len(options) for mark in marks):
        return typed, N_("Type numbers from 1 to %(last)s, as they stand beside the squares.", last=len(options))
    chosen = [options[int(mark) - 1] for mark in marks]
    if question.kind is QuestionKind.CHOICES:
        return chosen, None
    return chosen[0], None if len(marks) == 1 else ONE


ONE = N_("Only one square may be ticked here. If more are, leave it empty.")


def _rows(question: Question, marks: list[str]) -> tuple[Any, Message | None]:
    """Return the answers of a table; digits that are typed without anything between them are one a row."""
    single = all(len(str(point)) == 1 for point in question.points)
    parts = list(marks[0]) if single and len(marks) == 1 and len(marks[0]) == len(question.rows) else marks
    if len(parts) != len(question.rows):
        return None, N_(
            "Type one number for each of the %(rows)s rows, - for a row without a mark.", rows=len(question.rows)
        )
    given = zip(question.rows, parts, strict=True)
    return {row.key: mark for row, mark in given if mark not in ("-", "–", "0") or mark in _points(question)}, None


def _points(question: Question) -> set[str]:
    return {str(point) for point in question.points}


def typed_as(question: Question, answer: Any) -> str:
    """Return what would have been typed for a kept answer: the reverse of `decoded`."""
    if answer is None or answer == "":
        return ""
    if question.kind is QuestionKind.MATRIX:
        return " ".join(str(answer.get(row.key, "-")) for row in question.rows)
    if question.kind is QuestionKind.YES_NO:
        return "1" if answer else "2"
    if question.kind is QuestionKind.LINES:
        return "\n".join(answer)
    if question.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES):
        options = options_of(question)
        return ", ".join(str(options.index(key) + 1) for key in _listed(answer) if key in options)
    return str(answer)


def _listed(answer: Any) -> list[str]:
    return list(answer) if isinstance(answer, list) else [answer]
