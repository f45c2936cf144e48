"""The numbered boxes of a sheet: what every submission says, the track's questions, the organisers' form, as one list.

All of them are questions, so one description gives the sheet, the form of the clerks, the check and the comparison. On
paper nothing is required: nobody can be asked again, and what stands on the sheet is taken as it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consult.consultations.models import Consultation
from consult.consultations.queries import topics_of
from consult.errors import Problem, Rejected
from consult.i18n import LANGUAGES, N_, Localized
from consult.plugins.questions import Choice, Question, QuestionKind, answered
from consult.submissions.content import TEXT_LIMIT, TITLE_LIMIT, TOPIC_LIMIT
from consult.submissions.questionnaires.content import Section
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.tracks import questions_of, track_of

NAME, WITHHELD, TITLE, TOPICS, TEXT, PROPOSALS, LANGUAGE = (
    "sheet_name",
    "sheet_withheld",
    "sheet_title",
    "sheet_topics",
    "sheet_text",
    "sheet_proposals",
    "sheet_language",
)
#: The common boxes, whose answers are no answers to a question of the track.
COMMON = frozenset({NAME, WITHHELD, TITLE, TOPICS, TEXT, PROPOSALS, LANGUAGE})
_WRITTEN = frozenset({QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.LINES})


@dataclass(frozen=True, slots=True)
class Box:
    """A question with its number on the sheet; 0 for what has none: a text to read, the language of the answers."""

    number: int
    question: Question

    @property
    def written(self) -> bool:
        """Tell whether words are written into it."""
        return self.question.kind in _WRITTEN


def boxes_of(
    consultation: Consultation, track: str, questionnaire: uuid.UUID | None, printed: Sequence[str] = ()
) -> list[Box]:
    """Return the boxes of a sheet in order (1 query, 1 more the first time a process needs a form).

    Where a sheet was `printed`, its boxes keep their numbers, whatever the track asks by now: a question that came later has
    no box, and one that is gone leaves its number. A file is not asked for on paper, nor what is asked only of whoever added it.
    """
    of_track = _without_files(questions_of(consultation, track, questionnaire))
    asked = [*_common(consultation, track), *of_track, _language()]
    numbered = printed or [question.key for question in asked if _is_box(question)]
    numbers = {key: number for number, key in enumerate(numbered, start=1)}
    return [
        Box(numbers.get(question.key, 0), replace(question, required=False))
        for question in asked
        if question.key in numbers or not _is_box(question)
    ]


def _without_files(questions: Sequence[Question]) -> list[Question]:
    left: dict[str, Question] = {}
    for question in questions:
        depends = question.shown_if is not None and question.shown_if.question not in left
        if question.kind is not QuestionKind.FILE and not depends:
            left[question.key] = question
    return list(left.values())


def _is_box(question: Question) -> bool:
    return question.kind is not QuestionKind.STATEMENT and question.key != LANGUAGE


def _common(consultation: Consultation, track: str) -> Iterator[Question]:
    yield Question(NAME, QuestionKind.TEXT, N_("Your name"), limit=TITLE_LIMIT)
    known = track_of(consultation, track)
    if known is not None and known.may_withhold_name:
        hidden = Choice("withheld", N_("Do not show my name"))
        hint = N_("Then leave your name out: it is neither entered nor kept.")
        yield Question(WITHHELD, QuestionKind.CHOICES, N_("May your name be shown?"), hint=hint, choices=(hidden,))
    yield Question(TITLE, QuestionKind.TEXT, N_("Title of your position"), limit=TITLE_LIMIT)
    if topics := topics_of(consultation.id):
        choices = tuple(Choice(topic.slug, topic.names) for topic in topics)
        yield Question(TOPICS, QuestionKind.CHOICES, N_("What is it about?"), choices=choices, most=TOPIC_LIMIT)
    yield Question(TEXT, QuestionKind.LONG_TEXT, N_("The situation, and your position"), limit=TEXT_LIMIT)
    yield Question(PROPOSALS, QuestionKind.LONG_TEXT, N_("What you propose"), limit=TEXT_LIMIT)


def _language() -> Question:
    choices = tuple(Choice(code, Localized({code: language.name})) for code, language in LANGUAGES.items())
    return Question(LANGUAGE, QuestionKind.CHOICE, N_("Language that it is written in"), choices=choices)


def section_before(questionnaire: uuid.UUID | None, key: str) -> Section | None:
    """Return the section that begins with a question of the organisers' form, None for any other question."""
    sections = form_of(questionnaire).sections
    return next((one for one in sections if one.questions[:1] and one.questions[0].key == key), None)


def cleaned(boxes: Sequence[Box], given: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return what was entered, checked and cleaned; Rejected with every problem at its field.

    Answers to questions that the others do not show are left out, and so is the name of whoever does not want it shown.
    """
    found = answered([box.question for box in boxes], {LANGUAGE: language, **given})
    answers = dict(found.answers)
    if answers.get(WITHHELD):
        answers.pop(NAME, None)
    problems = list(found.problems)
    if not problems and not set(answers) - {NAME, WITHHELD, LANGUAGE, TITLE, TOPICS}:
        problems.append(Problem(TEXT, N_("No text and no answer was entered. If the sheet is empty, set it aside.")))
    if problems:
        raise Rejected(problems)
    return answers
