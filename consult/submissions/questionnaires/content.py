"""An organiser's form as data: sections of questions, kept as one canonical JSON. Pure: no database, no page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from consult.events.types import canonical
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.plugins.conditions import Condition, Relation
from consult.plugins.questions import Choice, Question, QuestionKind, clean_answer

MOST_SECTIONS, MOST_QUESTIONS, MOST_CHOICES, MOST_ROWS = 20, 80, 60, 20
#: Characters of a label, a choice or a title; of a help text or an introduction.
LABEL_LIMIT, HINT_LIMIT = 500, 4000
#: The kinds an organiser may ask, in the order in which they are offered. A further kind is one entry here.
KIND_LABELS: Mapping[QuestionKind, Message] = {
    QuestionKind.TEXT: N_("One line of text"),
    QuestionKind.LONG_TEXT: N_("A longer text"),
    QuestionKind.CHOICE: N_("One choice"),
    QuestionKind.CHOICES: N_("Several choices"),
    QuestionKind.YES_NO: N_("Yes or no"),
    QuestionKind.SCALE: N_("A scale"),
    QuestionKind.MATRIX: N_("Rows on one scale"),
    QuestionKind.NUMBER: N_("A number"),
    QuestionKind.DATE: N_("A date"),
    QuestionKind.PLACE: N_("A municipality"),
    QuestionKind.FILE: N_("A file"),
    QuestionKind.STATEMENT: N_("A text to read, without an answer"),
}
CHOOSING = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
#: What no table of answers can hold.
NOT_IN_TABLES = frozenset({QuestionKind.FILE, QuestionKind.STATEMENT})
#: Of which it can be counted how many gave each answer.
COUNTED = frozenset({*CHOOSING, QuestionKind.YES_NO, QuestionKind.SCALE, QuestionKind.PLACE})
SCALED = frozenset({QuestionKind.SCALE, QuestionKind.MATRIX})
#: kind -> what a condition may ask of an answer of this kind; a kind that is not named may be asked whether it was answered.
RELATIONS: Mapping[QuestionKind, frozenset[Relation]] = {
    QuestionKind.CHOICE: frozenset({Relation.EQUALS, Relation.ONE_OF, Relation.ANSWERED}),
    QuestionKind.CHOICES: frozenset({Relation.EQUALS, Relation.ONE_OF, Relation.ANSWERED}),
    QuestionKind.YES_NO: frozenset({Relation.EQUALS, Relation.ANSWERED}),
    QuestionKind.SCALE: frozenset({Relation.EQUALS, Relation.ONE_OF, Relation.GREATER, Relation.ANSWERED}),
    QuestionKind.NUMBER: frozenset({Relation.GREATER, Relation.ANSWERED}),
    QuestionKind.PLACE: frozenset({Relation.EQUALS, Relation.ONE_OF, Relation.ANSWERED}),
    QuestionKind.STATEMENT: frozenset(),
}
#: A number as a condition keeps it.
_A_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Section:
    """One page of a form: its title, an introduction, its questions."""

    key: str
    titles: Localized
    intros: Localized = field(default_factory=Localized)
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class FormContent:
    """A whole form. `last` is the highest number that a key of its track has had, so that no key ever means two things."""

    sections: tuple[Section, ...] = ()
    last: int = 0

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the order in which they are asked."""
        return tuple(question for section in self.sections for question in section.questions)

    def section(self, key: str) -> Section | None:
        """Return a section by its key."""
        return next((section for section in self.sections if section.key == key), None)

    def section_of(self, question: str) -> Section | None:
        """Return the section in which a question is asked."""
        return next((s for s in self.sections if any(q.key == question for q in s.questions)), None)

    def question(self, key: str) -> Question | None:
        """Return a question by its key."""
        return next((question for question in self.questions if question.key == key), None)


@dataclass(frozen=True, slots=True)
class Gap:
    """That something of a section or question is not written in a language."""

    key: str
    language: str


def digest_of(content: Mapping[str, Any]) -> str:
    """Return SHA-256 of a form's canonical JSON, in hexadecimal."""
    return sha256(canonical(content)).hexdigest()


def as_data(content: FormContent) -> dict[str, Any]:
    """Return a form as the JSON it is kept as."""
    return {
        "last": content.last,
        "sections": [
            {
                "key": section.key,
                "titles": dict(section.titles),
                "intros": dict(section.intros),
                "questions": [question_data(question) for question in section.questions],
            }
            for section in content.sections
        ],
    }


def question_data(question: Question) -> dict[str, Any]:
    """Return a question as the JSON it is kept as; what it leaves at its default is left out."""
    named = {"choices": question.choices if question.kind is not QuestionKind.PLACE else (), "rows": question.rows}
    plain = {name: getattr(question, name) for name in _PLAIN if getattr(question, name) != _DEFAULTS[name]}
    data: dict[str, Any] = {"key": question.key, "kind": question.kind.value, "labels": _texts(question.label), **plain}
    if question.hint:
        data["hints"] = _texts(question.hint)
    if question.groups:
        data["groups"] = list(question.groups)
    for name, items in named.items():
        if items:
            data[name] = [{"key": item.key, "labels": _texts(item.label)} for item in items]
    if any(question.ends):
        data["ends"] = [dict(end) for end in question.ends]
    if question.shown_if is not None:
        condition = question.shown_if
        data["shown_if"] = {
            "question": condition.question,
            "relation": condition.relation.value,
            "values": list(condition.values),
        }
    return data


_PLAIN = (
    "required",
    "private",
    "identifies",
    "counted",
    "limit",
    "low",
    "high",
    "earliest",
    "latest",
    "decimals",
    "most",
    "megabytes",
)
_DEFAULTS: Mapping[str, Any] = {
    "required": False,
    "private": False,
    "identifies": False,
    "counted": False,
    "limit": 2000,
    "low": None,
    "high": None,
    "earliest": "",
    "latest": "",
    "decimals": 0,
    "most": 0,
    "megabytes": 0,
}


def _texts(label: Message | Localized | None) -> dict[str, str]:
    return dict(label) if isinstance(label, Localized) else {}


def from_data(data: Mapping[str, Any], places: Sequence[Choice] = ()) -> FormContent:
    """Return a form from the JSON it was kept as; `places` are what a question for a place offers."""
    return FormContent(
        tuple(
            Section(
                section["key"],
                Localized(section["titles"]),
                Localized(section["intros"]),
                tuple(question_from(question, places) for question in section["questions"]),
            )
            for section in data.get("sections", ())
        ),
        int(data.get("last", 0)),
    )


def question_from(data: Mapping[str, Any], places: Sequence[Choice] = ()) -> Question:
    """Return a question from the JSON it was kept as."""
    kind, condition = QuestionKind(data["kind"]), data.get("shown_if")
    low, high = data.get("ends") or ({}, {})
    return Question(
        key=data["key"],
        kind=kind,
        label=Localized(data["labels"]),
        hint=Localized(data["hints"]) if data.get("hints") else None,
        choices=tuple(places) if kind is QuestionKind.PLACE else _items(data.get("choices", ())),
        rows=_items(data.get("rows", ())),
        groups=tuple(data.get("groups", ())),
        ends=(Localized(low), Localized(high)),
        shown_if=None
        if condition is None
        else Condition(condition["question"], Relation(condition["relation"]), tuple(condition["values"])),
        **{name: data[name] for name in _PLAIN if name in data},
    )


def _items(items: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(item["key"], Localized(item["labels"])) for item in items)


def gaps(content: FormContent) -> list[Gap]:
    """Return what is not written in every language, in the order of the form."""
    found = []
    for section in content.sections:
        found += [Gap(section.key, code) for code in LANGUAGES if _lacks((section.titles,), section.intros, code)]
        for question in section.questions:
            found += [Gap(question.key, code) for code in question_gaps(question)]
    return found


def question_gaps(question: Question) -> list[str]:
    """Return the languages in which something of a question is not written."""
    items = () if question.kind is QuestionKind.PLACE else question.choices
    needed = [text for text in (question.label, *(i.label for i in (*items, *question.rows))) if _is_localized(text)]
    ends = question.ends if any(question.ends) else ()
    return [code for code in LANGUAGES if _lacks((*needed, *ends), question.hint or Localized(), code)]


def _is_localized(text: object) -> bool:
    return isinstance(text, Localized)


def _lacks(needed: Sequence[Any], voluntary: Any, code: str) -> bool:
    """Tell whether one of the texts is not written in a language; a voluntary one counts only where it is begun."""
    return any(code not in text for text in needed) or bool(voluntary and code not in voluntary)


def condition_problems(questions: Sequence[Question]) -> Iterator[tuple[Question, Message]]:
    """Yield the questions whose condition cannot be asked, with the reason: it looks forward, or at nothing there is, or
    at an answer that is told to fewer people: that the question was shown would tell it to everybody.

    Conditions that only look backwards have no cycles.
    """
    before: dict[str, Question] = {}
    for question in questions:
        if question.shown_if is not None and (wrong := _condition_problem(question, question.shown_if, before)):
            yield question, wrong
        before[question.key] = question


def _condition_problem(question: Question, condition: Condition, before: Mapping[str, Question]) -> Message | None:
    earlier = before.get(condition.question)
    if earlier is None:
        return N_("A condition may only look at a question that comes before.")
    if question.kind is not QuestionKind.STATEMENT and _told(earlier) < _told(question):
        return N_("Fewer people may read the answer that it depends on: who reads that this was asked would know it.")
    if condition.relation not in RELATIONS.get(earlier.kind, frozenset({Relation.ANSWERED})):
        return N_("Answers of this kind cannot be compared in this way.")
    if condition.relation is Relation.ANSWERED:
        return None
    if not condition.values or (condition.relation is not Relation.ONE_OF and len(condition.values) != 1):
        return N_("Say with which answer it is compared.")
    if condition.relation is Relation.GREATER:
        return None if _A_NUMBER.fullmatch(condition.values[0]) else N_("Write a number, for example 3.5.")
    return None if set(condition.values) <= _possible(earlier) else N_("Choose answers that the earlier question has.")


def _possible(question: Question) -> set[str]:
    if question.kind is QuestionKind.YES_NO:
        return {"yes", "no"}
    if question.kind is QuestionKind.SCALE:
        return {str(point) for point in question.points}
    return {choice.key for choice in question.choices}


def carried(
    before: FormContent, after: FormContent, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the answers that another version still takes, and those it does not, each with the words of its question.

    An answer is taken where the question is of the same kind and the answer is none that it would refuse, and never from one
    that was for its author alone to one that others read; answers to questions of neither version (the track's own) stay.
    """
    kept, left = {}, []
    for key, answer in answers.items():
        old, new = before.question(key), after.question(key)
        empty = answer in (None, "", [], {})
        fits = new is not None and _like(old, new) and clean_answer(new, answer)[1] is None
        if (old is None and new is None) or fits:
            kept[key] = answer
        elif not empty:
            shown = old or new
            entry = {"labels": _texts(shown.label if shown else None), "answer": answer, "key": key}
            left.append({**entry, "kind": "file"} if shown and shown.kind is QuestionKind.FILE else entry)
    return kept, left


def _like(old: Question | None, new: Question) -> bool:
    """Tell whether an answer to one question may answer another: of its kind, and told to nobody else."""
    return old is None or (old.kind is new.kind and _told(new) <= _told(old))


def _told(question: Question) -> int:
    """Return how far an answer is told: to nobody, as a count, where names are, always."""
    if question.private:
        return 1 if question.counted else 0
    return 2 if question.identifies else 3
