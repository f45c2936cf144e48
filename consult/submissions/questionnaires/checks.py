"""What a question of a form must be: clean texts, nothing but what its kind has, and bounds that can be met. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from consult.attachments.kinds import Group
from consult.cleaning import clean_line, clean_text
from consult.consultations.frame import MOST_FILE_MEGABYTES, MOST_FILES
from consult.errors import Problem, Rejected
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.plugins.conditions import Condition
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answer
from consult.submissions.questionnaires.content import (
    CHOOSING,
    COUNTED,
    HINT_LIMIT,
    KIND_LABELS,
    LABEL_LIMIT,
    MOST_CHOICES,
    MOST_ROWS,
    NOT_IN_TABLES,
    SCALED,
)

#: The longest scale: more points cannot be told apart, nor stand beside each other on a phone.
MOST_POINTS = 11
#: The bounds of bounds: what every database and every reader of JSON keeps exactly.
LARGEST = 10**12
#: Characters of the longest answer that a question may allow.
LONGEST_ANSWER = 20_000


def lines(texts: Localized) -> Localized:
    return Localized({code: clean_line(text) for code, text in texts.items() if code in LANGUAGES})


def blocks(texts: Localized) -> Localized:
    return Localized({code: clean_text(_without_marks(text)) for code, text in texts.items() if code in LANGUAGES})


def _without_marks(text: str) -> str:
    """Return a longer text without marks of direction, line by line: a label must not turn what stands around it."""
    return "\n".join(clean_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def cleaned(question: Question) -> Question:
    """Return a question with clean texts, and nothing but what its kind has."""
    kind = question.kind
    limited = kind in (QuestionKind.TEXT, QuestionKind.LONG_TEXT)
    bounded = kind in SCALED or kind is QuestionKind.NUMBER
    statement = kind is QuestionKind.STATEMENT
    return replace(
        question,
        label=blocks(_localized(question.label)) if statement else lines(_localized(question.label)),
        hint=blocks(_localized(question.hint)) or None,
        required=question.required and not statement,
        private=question.private and not statement,
        identifies=question.identifies and not question.private and kind not in NOT_IN_TABLES,
        counted=question.counted and question.private and kind in COUNTED,
        limit=question.limit if limited else 2000,
        choices=_written(question.choices) if kind in CHOOSING else (),
        rows=_written(question.rows) if kind is QuestionKind.MATRIX else (),
        low=question.low if bounded else None,
        high=question.high if bounded else None,
        earliest=_day(question.earliest) if kind is QuestionKind.DATE else "",
        latest=_day(question.latest) if kind is QuestionKind.DATE else "",
        ends=(lines(question.ends[0]), lines(question.ends[1])) if kind in SCALED else (Localized(), Localized()),
        decimals=question.decimals if kind is QuestionKind.NUMBER else 0,
        most=question.most if kind in (QuestionKind.CHOICES, QuestionKind.FILE) else 0,
        megabytes=question.megabytes if kind is QuestionKind.FILE else 0,
        groups=_groups(question.groups) if kind is QuestionKind.FILE else (),
        shown_if=_condition(question.shown_if),
    )


def _groups(given: Sequence[str]) -> tuple[str, ...]:
    """Return the groups of kinds in their order; all of them are none."""
    kept = tuple(group.value for group in Group if group.value in given)
    return () if len(kept) == len(Group) else kept


def _day(typed: str) -> str:
    """Return a day as it is kept; what is none stays as it was typed, to be refused at its field."""
    return clean_answer(Question("", QuestionKind.DATE, Localized()), typed)[0] or ""


def _localized(text: Message | Localized | None) -> Localized:
    return text if isinstance(text, Localized) else Localized()


def _written(items: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return choices or rows with clean labels; those without a word are left out."""
    clean = (Choice(item.key, lines(_label(item))) for item in items)
    return tuple(item for item in clean if item.label)


def _label(item: Choice) -> Localized:
    return item.label if isinstance(item.label, Localized) else Localized()


def demand_known_keys(question: Question, before: Question | None) -> None:
    """Refuse choices and rows with keys that the question has not: those of new ones are made here."""
    for name in ("choices", "rows"):
        given = [item.key for item in getattr(question, name) if item.key]
        known = {item.key for item in getattr(before, name)} if before is not None else set()
        if len(set(given)) < len(given) or not set(given) <= known:
            raise Rejected(N_("This has changed since you opened the page. Look at it again and decide anew."), name)


def _condition(condition: Condition | None) -> Condition | None:
    if condition is None or not condition.question:
        return None
    return replace(condition, values=tuple(dict.fromkeys(value for v in condition.values if (value := clean_line(v)))))


def question_problems(question: Question) -> Iterator[Problem]:
    label, statement = _localized(question.label), question.kind is QuestionKind.STATEMENT
    if question.kind not in KIND_LABELS:
        yield Problem("kind", N_("Choose a kind of question."))
    if not label:
        yield Problem("labels", N_("Write the question in at least one language."))
    yield from text_problems("labels", label, HINT_LIMIT if statement else LABEL_LIMIT)
    yield from text_problems("hints", _localized(question.hint), HINT_LIMIT)
    if question.kind in CHOOSING:
        yield from _item_problems("choices", question.choices, 2, MOST_CHOICES)
    if question.kind is QuestionKind.MATRIX:
        yield from _item_problems("rows", question.rows, 1, MOST_ROWS)
    yield from _bound_problems(question)
    yield from _day_problems(question)
    if question.kind is QuestionKind.FILE:
        yield from _file_problems(question)


def text_problems(name: str, texts: Localized, limit: int) -> Iterator[Problem]:
    if any(len(text) > limit for text in texts.values()):
        yield Problem(name, N_("Write at most %(limit)s characters.", limit=limit))


def _item_problems(name: str, items: Sequence[Choice], least: int, most: int) -> Iterator[Problem]:
    if not least <= len(items) <= most:
        yield Problem(name, N_("Write from %(least)s to %(most)s of them.", least=least, most=most))
    for item in items:
        yield from text_problems(name, _label(item), LABEL_LIMIT)
    if (words := _said_twice(items)) is not None:
        yield Problem(name, N_("Two of them say the same: %(words)s.", words=words))


def _said_twice(items: Sequence[Choice]) -> str | None:
    """Return words that two choices or rows have in a language: nobody could tell them apart, nor could an import."""
    for code in LANGUAGES:
        said = set[str]()
        for words in (_label(item).get(code, "") for item in items):
            if words and fold(words) in said:
                return words
            said.add(fold(words))
    return None


def _day_problems(question: Question) -> Iterator[Problem]:
    wrong = {name: _not_a_day(getattr(question, name)) for name in ("earliest", "latest")}
    yield from (Problem(name, message) for name, message in wrong.items() if message is not None)
    if not any(wrong.values()) and question.latest and question.latest < question.earliest:
        yield Problem("latest", N_("The latest day does not come before the earliest."))


def _not_a_day(kept: str) -> Message | None:
    return clean_answer(Question("", QuestionKind.DATE, Localized()), kept)[1]


def _file_problems(question: Question) -> Iterator[Problem]:
    for name, value, high in (
        ("most", question.most, MOST_FILES),
        ("megabytes", question.megabytes, MOST_FILE_MEGABYTES),
    ):
        if not 0 <= value <= high:
            yield Problem(name, N_("Write a whole number from %(low)s to %(high)s.", low=1, high=high))


def _bound_problems(question: Question) -> Iterator[Problem]:
    low, high = question.low, question.high
    if any(bound is not None and abs(bound) > LARGEST for bound in (low, high)):
        yield Problem("high", N_("Write smaller numbers."))
    elif low is not None and high is not None and low >= high:
        yield Problem("high", N_("The highest number is greater than the lowest."))
    elif question.kind in SCALED and (low is None or high is None or len(range(low, high)) + 1 > MOST_POINTS):
        yield Problem("high", N_("A scale has from 2 to %(most)s points.", most=MOST_POINTS))
    if not 1 <= question.limit <= LONGEST_ANSWER:
        yield Problem("limit", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=LONGEST_ANSWER))
    if not 0 <= question.decimals <= 4:
        yield Problem("decimals", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=4))
    if not 0 <= question.most <= MOST_CHOICES:
        yield Problem("most", N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_CHOICES))
