"""What an editor does to a form: parts are written, moved and taken out, and copied from elsewhere. Pure: no database, no page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count

from consult.errors import Rejected
from consult.i18n import N_
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.submissions.questionnaires.content import (
    MOST_QUESTIONS,
    MOST_SECTIONS,
    FormContent,
    Section,
    condition_problems,
)


def with_section(content: FormContent, section: Section) -> FormContent:
    """Return the form with a section: in place of the one with its key, or as a new one at the end (its key is made)."""
    if content.section(section.key) is not None:
        kept = (
            replace(section, questions=one.questions) if one.key == section.key else one for one in content.sections
        )
        return replace(content, sections=tuple(kept))
    if len(content.sections) >= MOST_SECTIONS:
        raise Rejected(N_("A form has at most %(count)s sections.", count=MOST_SECTIONS))
    last = content.last + 1
    return FormContent((*content.sections, replace(section, key=f"s{last}")), last)


def with_question(content: FormContent, section: str, question: Question) -> FormContent:
    """Return the form with a question: in place of the one with its key, or new at the end of a section (its key is made)."""
    question, last = _with_keys(question, content.last)
    content = replace(content, last=last)
    if content.question(question.key) is None:
        if len(content.questions) >= MOST_QUESTIONS:
            raise Rejected(N_("A form has at most %(count)s questions.", count=MOST_QUESTIONS))
        last = content.last + 1
        question = replace(question, key=f"q{last}")
        placed = FormContent(
            tuple(
                replace(one, questions=(*one.questions, question)) if one.key == section else one
                for one in content.sections
            ),
            last,
        )
    else:
        placed = replace(
            content,
            sections=tuple(
                replace(one, questions=tuple(question if q.key == question.key else q for q in one.questions))
                for one in content.sections
            ),
        )
    return checked(placed, _wrong(content) - {question.key})


def _with_keys(question: Question, last: int) -> tuple[Question, int]:
    """Return a question whose new choices and rows have keys, and the highest number used."""

    def keyed(items: Sequence[Choice], prefix: str) -> tuple[Choice, ...]:
        nonlocal last
        made = []
        for item in items:
            last += not item.key
            made.append(item if item.key else Choice(f"{prefix}{last}", item.label))
        return tuple(made)

    if question.kind is QuestionKind.PLACE:
        return question, last
    return replace(question, choices=keyed(question.choices, "c"), rows=keyed(question.rows, "r")), last


def without(content: FormContent, key: str) -> FormContent:
    """Return the form without a section or question; Rejected while a condition elsewhere looks at it."""
    sections = tuple(
        replace(section, questions=tuple(q for q in section.questions if q.key != key))
        for section in content.sections
        if section.key != key
    )
    return checked(replace(content, sections=sections), _wrong(content))


def moved(content: FormContent, key: str, step: int) -> FormContent:
    """Return the form with a section or question one place up (-1) or down (1); Rejected if a condition would look forward.

    A question at the edge of its section goes to the neighbouring one.
    """
    keys = [section.key for section in content.sections]
    if key in keys:
        sections = list(content.sections)
        here = keys.index(key)
        if 0 <= here + step < len(sections):
            sections[here], sections[here + step] = sections[here + step], sections[here]
        return checked(replace(content, sections=tuple(sections)), _wrong(content))
    home = content.section_of(key)
    if home is None:
        return content
    moved_one = _moved_question(content, home, [q.key for q in home.questions].index(key), step)
    return checked(moved_one, _wrong(content))


def _moved_question(content: FormContent, home: Section, here: int, step: int) -> FormContent:
    questions, place = list(home.questions), content.sections.index(home)
    changed = {home.key: questions}
    if 0 <= here + step < len(questions):
        questions[here], questions[here + step] = questions[here + step], questions[here]
    elif 0 <= place + step < len(content.sections):
        question, other = questions.pop(here), content.sections[place + step]
        changed[other.key] = [*other.questions, question] if step < 0 else [question, *other.questions]
    return replace(
        content,
        sections=tuple(
            replace(one, questions=tuple(changed[one.key])) if one.key in changed else one for one in content.sections
        ),
    )


def checked(content: FormContent, passing: Collection[str] = ()) -> FormContent:
    """Return the form; Rejected at `shown_if` if the condition of a question cannot be asked, but for those of some keys.

    An editor passes over what was wrong before: a copy of an older form is mended one question after another.
    """
    for question, wrong in condition_problems(content.questions):
        if question.key not in passing:
            raise Rejected(N_("%(question)s %(problem)s", question=question.label, problem=wrong), "shown_if")
    return content


def _wrong(content: FormContent) -> frozenset[str]:
    return frozenset(question.key for question, _ in condition_problems(content.questions))


def with_new_keys(content: FormContent, last: int) -> FormContent:
    """Return a form with new keys for all that it has, numbered from behind `last`; its conditions follow them.

    For a copy from elsewhere: there "q2" is the key of another question than here.
    """
    numbers = count(last + 1)
    asked: dict[str, str] = {}
    answers: dict[str, Mapping[str, str]] = {}

    def items(prefix: str, given: Sequence[Choice]) -> tuple[Choice, ...]:
        return tuple(replace(item, key=f"{prefix}{next(numbers)}") for item in given)

    def renewed(old: Question) -> Question:
        question = replace(old, key=f"q{next(numbers)}", rows=items("r", old.rows))
        if old.kind is not QuestionKind.PLACE:
            question = replace(question, choices=items("c", old.choices))
        asked[old.key] = question.key
        answers[old.key] = {was.key: now.key for was, now in zip(old.choices, question.choices, strict=True)}
        if (condition := old.shown_if) is None:
            return question
        values = tuple(answers.get(condition.question, {}).get(value, value) for value in condition.values)
        return replace(question, shown_if=replace(condition, question=asked.get(condition.question, ""), values=values))

    sections = tuple(
        replace(section, key=f"s{next(numbers)}", questions=tuple(map(renewed, section.questions)))
        for section in content.sections
    )
    return FormContent(sections, next(numbers) - 1)
