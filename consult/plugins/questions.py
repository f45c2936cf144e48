"""Questions: what a track asks, as data. One description gives the form, the check of an import, and the display."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from consult.cleaning import clean_line, clean_text, latin_digits
from consult.errors import Problem
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.plugins.conditions import Condition
from consult.typed_days import read_day
from consult.typed_numbers import typed_number

#: Digits of the longest number that every database and every reader of JSON keeps exactly.
LONGEST_NUMBER = 15
#: What stands between names or answers that may hold commas.
BETWEEN = N_("; ")


class QuestionKind(StrEnum):
    """What kind of answer a question takes, and so how it is asked and kept."""

    TEXT = "text"  # one line -> str
    LONG_TEXT = "long_text"  # -> str
    CHOICE = "choice"  # -> str, a key
    CHOICES = "choices"  # -> list of keys
    DATE = "date"  # -> ISO date
    NUMBER = "number"  # -> int; with `decimals`, the number as a str ("3.5")
    YES_NO = "yes_no"  # -> bool
    LINES = "lines"  # one item a line -> list of str
    SCALE = "scale"  # -> int from `low` to `high`
    MATRIX = "matrix"  # the same scale for each of `rows` -> the key of each row with its int
    PLACE = "place"  # -> str, the key of one of `choices`; typed by name
    FILE = "file"  # -> str, the id of a file that was checked and added to the draft; with `most`, a list of them
    STATEMENT = "statement"  # a text that is shown; it has no answer


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer: the key that is kept and the label that is shown."""

    key: str
    label: Message | Localized


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a track or of an organiser's form.

    `private` answers are never shown on a public page, nor in any default export, event or document. Where one `identifies`
    its author, it is private too as long as the text bears no name: while it is judged blind, and where its author withholds it.
    Of a private question that is `counted` it is published how many gave each answer, small numbers never. `check` gets the
    cleaned answer and returns a Message when it is wrong, else None. `low` and `high` bound a number (without `low` it is 0 at least) and are the ends of
    a scale, which `ends` puts in words; `earliest` and `latest` bound a date (ISO days, "" for no bound); `most` bounds how many choices may be taken; `decimals` is how many digits may
    stand behind the decimal sign. Of files `most` bounds how many answer together (none is one), `megabytes` the size of each
    (0 for what the track takes), `groups` the kinds that are taken (none for all). A question with `shown_if` is asked, and required, only where the answers before it
    meet the condition.
    """

    key: str
    kind: QuestionKind
    label: Message | Localized
    hint: Message | Localized | None = None
    required: bool = False
    choices: Sequence[Choice] = ()
    limit: int = 2000
    private: bool = False
    identifies: bool = False
    counted: bool = False
    check: Callable[[Any], Message | None] | None = None
    low: int | None = None
    high: int | None = None
    earliest: str = ""
    latest: str = ""
    decimals: int = 0
    most: int = 0
    megabytes: int = 0
    groups: Sequence[str] = ()
    rows: Sequence[Choice] = ()
    ends: tuple[Localized, Localized] = (Localized(), Localized())
    shown_if: Condition | None = None

    @property
    def points(self) -> range:
        """The numbers of a scale."""
        return range(self.low if self.low is not None else 1, (self.high if self.high is not None else 5) + 1)

    @property
    def files(self) -> int:
        """How many files may answer."""
        return max(self.most, 1)

    def label_of(self, key: str) -> Message | Localized | str:
        """Return the label of a choice, or the key itself when the choice is no longer offered."""
        return next((choice.label for choice in self.choices if choice.key == key), key)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a set of answers comes to: the questions they show, the cleaned answers, what is wrong.

    `left_out` are the keys of answers that were given to questions which are not shown: they are not handed in.
    """

    shown: tuple[Question, ...]
    answers: Mapping[str, Any]
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...]


def answered(questions: Iterable[Question], given: Mapping[str, Any]) -> Answered:
    """Go through the questions in order and ask each that the answers before it show."""
    shown: list[Question] = []
    cleaned: dict[str, Any] = {}
    problems: list[Problem] = []
    left_out: list[str] = []
    for question in questions:
        answer = given.get(question.key)
        if question.shown_if is not None and not question.shown_if.holds(cleaned):
            left_out += [] if _is_empty(answer) else [question.key]
            continue
        shown.append(question)
        if question.kind is QuestionKind.STATEMENT:
            continue
        answer, wrong = clean_answer(question, answer)
        if wrong is not None:
            problems.append(Problem(question.key, wrong))
        elif not _is_empty(answer):
            cleaned[question.key] = answer
    return Answered(tuple(shown), cleaned, tuple(problems), tuple(left_out))


def clean_answers(questions: Iterable[Question], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Check answers and return them cleaned, with the problems found; keys that no question asks for are refused.

    Answers to questions that the others do not show are left out.
    """
    questions = tuple(questions)
    asked = {question.key for question in questions if question.kind is not QuestionKind.STATEMENT}
    unasked = [
        Problem(key, N_("There is no question “%(key)s”.", key=str(key)[:40])) for key in given if key not in asked
    ]
    found = answered(questions, given)
    return dict(found.answers), [*unasked, *found.problems]


def clean_answer(question: Question, given: Any) -> tuple[Any, Message | None]:
    """Return the cleaned answer to one question, or a message saying what to write."""
    answer, wrong = (None, None) if _is_empty(given) else _CLEANERS[question.kind](question, given)
    if wrong is not None:
        return answer, wrong
    if _is_empty(answer):
        return None, N_("Answer this question.") if question.required else None
    return answer, None if question.check is None else question.check(answer)


def _is_empty(answer: Any) -> bool:
    return answer is None or answer in ("", [], {}) or (isinstance(answer, str) and not answer.strip())


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
    if not set(wanted) <= set(known):
        return [key for key in known if key in wanted], N_("Choose among the answers.")
    kept = [key for key in known if key in wanted]
    over = 0 < question.most < len(kept)
    return kept, N_("Choose at most %(count)s.", count=question.most) if over else None


def _date(question: Question, given: Any) -> tuple[Any, Message | None]:
    found, wrong = read_day(str(given))
    if found is None:
        return given, wrong
    day = found.isoformat()
    early, late = day < question.earliest, bool(question.latest) and day > question.latest
    if (early or late) and question.earliest and question.latest:
        return given, N_("Give a day from %(first)s to %(last)s.", first=question.earliest, last=question.latest)
    if early:
        return given, N_("Give a day that is not before %(day)s.", day=question.earliest)
    return (given, N_("Give a day that is not after %(day)s.", day=question.latest)) if late else (day, None)


def _number(question: Question, given: Any) -> tuple[Any, Message | None]:
    text = clean_line(str(given))
    sign, bare = ("-", text[1:]) if text[:1] in ("-", "−") else ("", text)
    read = typed_number(bare, LONGEST_NUMBER)
    if unclear := read.two_ways(question.decimals):
        return given, unclear
    found = read.broken if question.decimals and read.broken is not None else read.whole
    if found is None or _places(found) > question.decimals:
        return given, N_("Write a number, for example 3.5.") if question.decimals else N_(
            "Write a whole number, for example 120."
        )
    value = -Decimal(found) if sign else Decimal(found)
    if wrong := _out_of_bounds(question, value):
        return given, wrong
    return (f"{value.normalize():f}" if question.decimals else int(value)), None


def _places(number: Decimal | int) -> int:
    return -int(Decimal(number).as_tuple().exponent)


def _out_of_bounds(question: Question, value: Decimal) -> Message | None:
    low, high = _lowest(question), question.high
    if low is not None and high is not None and not low <= value <= high:
        return N_("Write a number from %(low)s to %(high)s.", low=low, high=high)
    if low is not None and value < low:
        return N_("Write a number that is at least %(low)s.", low=low)
    if high is not None and value > high:
        return N_("Write a number that is at most %(high)s.", high=high)
    return None


def _lowest(question: Question) -> int | None:
    """Return the lowest number that is taken: what is counted or measured is not below 0 where nobody said so."""
    below = question.high is not None and question.high < 0
    return 0 if question.low is None and not below else question.low


def _scale(question: Question, given: Any) -> tuple[Any, Message | None]:
    text = latin_digits(str(given).strip())
    if text in {str(point) for point in question.points}:
        return int(text), None
    return given, N_("Choose one of the answers.")


def _matrix(question: Question, given: Any) -> tuple[Any, Message | None]:
    lines = given if isinstance(given, dict) else {}
    rows = [row.key for row in question.rows]
    taken = {row: _scale(question, lines[row]) for row in rows if not _is_empty(lines.get(row))}
    if not isinstance(given, dict) or not set(lines) <= set(rows) or any(wrong for _, wrong in taken.values()):
        return given, N_("Choose one of the answers in each row.")
    if question.required and taken and len(taken) < len(rows):
        return given, N_("Answer every row.")
    return {row: answer for row, (answer, _) in taken.items()}, None


def _place(question: Question, given: Any) -> tuple[Any, Message | None]:
    typed = clean_line(str(given))
    if typed in {choice.key for choice in question.choices}:
        return typed, None
    exact, near = near_places(question.choices, typed)
    if exact:
        return exact, None
    if not near:
        return given, N_("There is no place of this name in the list. Choose one that is in it.")
    names = Localized(
        {
            code: translate(BETWEEN, code).join(
                one.label.for_language(code) for one in near if isinstance(one.label, Localized)
            )
            for code in LANGUAGES
        }
    )
    return given, N_("Which place do you mean? Write one of these: %(places)s.", places=names)


def near_places(choices: Sequence[Choice], typed: str) -> tuple[str, Sequence[Choice]]:
    """Return the key of the place that is called so in any language and spelling, "" for none; and those that are near."""
    wanted = _folded(typed)[:80]
    names = [(_folded(name), choice) for choice in choices for name in _names(choice)]
    exact = {choice.key: choice for name, choice in names if name == wanted}
    if len(exact) == 1:
        return next(iter(exact)), ()
    begin = {choice.key: choice for name, choice in names if wanted and wanted in name}
    close = set(get_close_matches(wanted, [name for name, _ in names], n=5, cutoff=0.7))
    alike = {choice.key: choice for name, choice in names if name in close}
    return "", list((exact or begin or alike).values())[:6]


def _names(choice: Choice) -> Iterable[str]:
    return choice.label.values() if isinstance(choice.label, Localized) else (str(choice.label),)


def _folded(name: str) -> str:
    """Return a name folded, its words without the Arabic article, which people write or leave out."""
    words = re.sub(r"[^\w\s]", " ", fold(name)).split()
    return " ".join(word.removeprefix("ال") if len(word) > 4 else word for word in words if word not in ("al", "el"))


def _file(question: Question, given: Any) -> tuple[Any, Message | None]:
    """Take the ids of files; whether they are the draft's own, the hand-in asks."""
    try:
        ids = [str(uuid.UUID(one)) for one in _items(given)]
    except ValueError:
        return given, N_("Choose a file.")
    if len(ids) > question.files:
        return given, N_("Add at most %(count)s files.", count=question.files)
    return (ids if question.most > 1 else ids[0]), None


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


def files_in(answer: Any) -> list[str]:
    """Return the ids in the answer to a question that files answer; nothing of what is none."""
    given = answer if isinstance(answer, list | tuple) else [answer]
    return [one for one in given if isinstance(one, str) and one]


_CLEANERS: Mapping[QuestionKind, Callable[[Question, Any], tuple[Any, Message | None]]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.LONG_TEXT: _text,
    QuestionKind.CHOICE: _choice,
    QuestionKind.CHOICES: _choices,
    QuestionKind.DATE: _date,
    QuestionKind.NUMBER: _number,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.LINES: _lines,
    QuestionKind.SCALE: _scale,
    QuestionKind.MATRIX: _matrix,
    QuestionKind.PLACE: _place,
    QuestionKind.FILE: _file,
}
