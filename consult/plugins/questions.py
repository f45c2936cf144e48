"""Questions: what a track asks, as data. One description gives the form, the check of an import, and the display."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from consult.cleaning import clean_line, clean_text, latin_digits
from consult.errors import Problem
from consult.i18n import N_, Localized, Message

#: What may stand between the digits of a number, in Arabic, English and French.
_SEPARATORS = re.compile(r"[\s,.٬'’](?=\d{3}(?!\d))|\s")
#: Digits of the longest number that every database and every reader of JSON keeps exactly.
LONGEST_NUMBER = 15


class QuestionKind(StrEnum):
    """What kind of answer a question takes, and so how it is asked and kept."""

    TEXT = "text"  # one line -> str
    LONG_TEXT = "long_text"  # -> str
    CHOICE = "choice"  # -> str, a key
    CHOICES = "choices"  # -> list of keys
    DATE = "date"  # -> ISO date
    NUMBER = "number"  # -> int
    YES_NO = "yes_no"  # -> bool
    LINES = "lines"  # one item a line -> list of str


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer: the key that is kept and the label that is shown."""

    key: str
    label: Message | Localized


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a track.

    `private` answers are never shown on a public page, nor in any default export, event or document. `check` gets the
    cleaned answer and returns a Message when it is wrong, else None.
    """

    key: str
    kind: QuestionKind
    label: Message
    hint: Message | None = None
    required: bool = False
    choices: Sequence[Choice] = ()
    limit: int = 2000
    private: bool = False
    check: Callable[[Any], Message | None] | None = None

    def label_of(self, key: str) -> Message | Localized | str:
        """Return the label of a choice, or the key itself when the choice is no longer offered."""
        return next((choice.label for choice in self.choices if choice.key == key), key)


def clean_answers(questions: Iterable[Question], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Check answers and return them cleaned, with the problems found; keys that no question asks for are refused."""
    questions = tuple(questions)
    cleaned: dict[str, Any] = {}
    problems = [
        Problem(key, N_("There is no question “%(key)s”.", key=key))
        for key in given
        if key not in {q.key for q in questions}
    ]
    for question in questions:
        answer, wrong = clean_answer(question, given.get(question.key))
        if wrong is not None:
            problems.append(Problem(question.key, wrong))
        elif answer not in (None, "", []):
            cleaned[question.key] = answer
    return cleaned, problems


def clean_answer(question: Question, given: Any) -> tuple[Any, Message | None]:
    """Return the cleaned answer to one question, or a message saying what to write."""
    answer, wrong = (None, None) if _is_empty(given) else _CLEANERS[question.kind](question, given)
    if wrong is not None:
        return answer, wrong
    if _is_empty(answer):
        return None, N_("Answer this question.") if question.required else None
    return answer, None if question.check is None else question.check(answer)


def _is_empty(answer: Any) -> bool:
    return answer is None or answer in ("", []) or (isinstance(answer, str) and not answer.strip())


def _text(question: Question, given: Any) -> tuple[Any, Message | None]:
    text = clean_text(str(given)) if question.kind is QuestionKind.LONG_TEXT else clean_line(str(given))
    if len(text) > question.limit:
        return text, N_(
            "Write at most %(limit)s characters; this has %(count)s.", limit=question.limit, count=len(text)
        )
    return text, None


def _choice(question: Question, given: Any) -> tuple[Any, Message | None]:
    known = str(given) in {choice.key for choice in question.choices}
    return str(given), None if known else N_("Choose one of the answers.")


def _choices(question: Question, given: Any) -> tuple[Any, Message | None]:
    wanted = _items(given)
    known = [choice.key for choice in question.choices]
    wrong = None if set(wanted) <= set(known) else N_("Choose among the answers.")
    return [key for key in known if key in wanted], wrong


def _date(_question: Question, given: Any) -> tuple[Any, Message | None]:
    try:
        return date.fromisoformat(latin_digits(clean_line(str(given)))).isoformat(), None
    except ValueError:
        return given, N_("Write the date as year, month and day, for example 2026-11-24.")


def _number(_question: Question, given: Any) -> tuple[Any, Message | None]:
    text = _SEPARATORS.sub("", latin_digits(clean_line(str(given))))
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return given, N_("Write a whole number, for example 120.")
    return int(text), None


def _yes_no(_question: Question, given: Any) -> tuple[Any, Message | None]:
    if given in (True, "yes", "true", "1", "y"):
        return True, None
    if given in (False, "no", "false", "0", "n"):
        return False, None
    return given, N_("Answer yes or no.")


def _lines(question: Question, given: Any) -> tuple[Any, Message | None]:
    lines = clean_text(given).splitlines() if isinstance(given, str) else _items(given)
    kept = [line for line in map(clean_line, lines) if line]
    over = sum(len(line) for line in kept) > question.limit
    return kept, N_("Write at most %(limit)s characters.", limit=question.limit) if over else None


def _items(given: Any) -> list[str]:
    return [str(item) for item in given] if isinstance(given, list | tuple) else [str(given)]


_CLEANERS: Mapping[QuestionKind, Callable[[Question, Any], tuple[Any, Message | None]]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.LONG_TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.CHOICES: _choices,
    QuestionKind.DATE: _date,
    QuestionKind.NUMBER: _number,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.LINES: _lines,
}
