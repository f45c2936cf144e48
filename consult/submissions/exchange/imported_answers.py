"""Answers that come in by a table, held against the form they answer: cleaned as at a hand-in, or refused at their cell."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Problem
from consult.folding import fold
from consult.i18n import N_, Localized, Message
from consult.plugins.questions import Choice, Question, QuestionKind, answered
from consult.submissions.exchange.mapping import ImportedDraft
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.content import NOT_IN_TABLES
from consult.submissions.questionnaires.queries import form_of, open_form_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.tracks import questions_of
from consult.typed_numbers import as_number

#: How our own tables call a question's column: its track, its key.
_COLUMN = re.compile(r"form\.([^.]+)\.(.+)")


def questions_in_tables(consultation: Consultation) -> Mapping[str, tuple[str, Message | Localized]]:
    """Return what a table may answer in a consultation: the name of each question's column, its track and its words."""
    found: dict[str, tuple[str, Message | Localized]] = {}
    for track in sorted(consultation.enabled_tracks()):
        for question in questions_of(consultation, track, open_form_of(consultation.id, track)):
            name = f"form.{track}.{question.key}"
            if question.kind is QuestionKind.MATRIX:
                rows = {f"{name}.{row.key}": _of_row(question.label, row.label) for row in question.rows}
                found |= {one: (track, label) for one, label in rows.items()}
            elif question.kind not in NOT_IN_TABLES:
                found[name] = (track, question.label)
    return found


def _of_row(question: Message | Localized, row: Message | Localized) -> Message:
    return N_("%(question)s: %(row)s", question=question, row=row)


@dataclass(frozen=True, slots=True)
class _Form:
    """What a track asks in a version of its form: that version, all questions, the keys of those that are the organisers'."""

    questionnaire: uuid.UUID | None
    questions: Sequence[Question]
    own_keys: frozenset[str]


@dataclass(slots=True)
class Forms:
    """The forms of a consultation that rows may answer, each read once."""

    consultation: Consultation
    _known: dict[tuple[str, str], _Form | None] = field(default_factory=dict)

    def checked(self, draft: ImportedDraft) -> tuple[ImportedDraft, list[Problem]]:
        """Return a row with its answers cleaned, the private ones apart, and what is wrong, each under its question's key.

        A row answers the version it names (`form`), else the open one of its track, if it has an answer to that. What is
        required may stay open: not everything that came on paper is complete. Answers to other questions stay as they are.
        """
        form = self._form(draft.track, draft.form)
        if form is None:
            return draft, [
                Problem("form", N_("This track has no form with the number “%(number)s”.", number=draft.form))
            ]
        elsewhere = [name for name in draft.answers if (of := _COLUMN.fullmatch(name)) and of[1] != draft.track]
        asked = {key: one for key, one in draft.answers.items() if key not in elsewhere}
        given, origin, read = _by_question(asked, {question.key: question for question in form.questions})
        files = [
            question.key for question in form.questions if question.kind is QuestionKind.FILE and question.key in given
        ]
        given = {key: one for key, one in given.items() if key not in files}
        found = answered([_freed(one, form.questions, given) for one in form.questions], given)
        problems = [Problem(origin.get(one.field, one.field), one.message) for one in found.problems]
        problems += [Problem(name, _OF_ANOTHER) for name in elsewhere]
        problems += [Problem(origin[key], _NOT_ASKED) for key in found.left_out]
        problems += [Problem(origin[key], _NO_FILES) for key in files]
        private = {question.key for question in form.questions if question.private}
        others = {key: one for key, one in draft.answers.items() if key not in read}
        ours = {key: one for key, one in found.answers.items() if key not in private}
        return replace(
            draft,
            answers={**others, **ours},
            private_answers={key: one for key, one in found.answers.items() if key in private},
            questionnaire=form.questionnaire if draft.form or form.own_keys & set(given) else None,
        ), problems

    def _form(self, track: str, number: str) -> _Form | None:
        if (track, number) not in self._known:
            self._known[track, number] = self._read(track, number)
        return self._known[track, number]

    def _read(self, track: str, number: str) -> _Form | None:
        here = self.consultation.id
        if not track:
            return None if number else _Form(None, (), frozenset())
        found = self._version(track, number) if number else open_form_of(here, track)
        if number and found is None:
            return None
        own = frozenset(question.key for question in form_of(found).questions)
        return _Form(found, questions_of(self.consultation, track, found), own)

    def _version(self, track: str, number: str) -> uuid.UUID | None:
        if (version := as_number(number, None)) is None:
            return None
        return session.scalars(
            sa.select(Questionnaire.id).where(
                Questionnaire.consultation_id == self.consultation.id,
                Questionnaire.track == track,
                Questionnaire.version == version,
                Questionnaire.state != FormState.DRAFT,
            )
        ).first()


_NOT_ASKED = N_("Nothing asks for this answer, because of what the row answers elsewhere.")
_OF_ANOTHER = N_("This question is asked in another track than that of the row.")
_NO_FILES = N_("A file does not come in with a table. Leave the cell empty.")


def _freed(question: Question, questions: Sequence[Question], given: Mapping[str, Any]) -> Question:
    """Return a question as a table answers it: not required, and without a condition on an answer that no table tells.

    Exports leave out private and identifying answers and files: where such an answer is absent, what depends on it stands.
    """
    condition = question.shown_if
    untold = condition is not None and condition.question not in given and _is_untold(condition.question, questions)
    return replace(question, required=False, shown_if=None if untold else condition)


def _is_untold(key: str, questions: Sequence[Question]) -> bool:
    asked = next((one for one in questions if one.key == key), None)
    return asked is not None and (asked.private or asked.identifies or asked.kind is QuestionKind.FILE)


def _by_question(
    answers: Mapping[str, Any], questions: Mapping[str, Question]
) -> tuple[dict[str, Any], dict[str, str], set[str]]:
    """Return the answers to known questions by key, as their cleaners take them, the name each came under, all names read.

    `q7`, our own `form.academic.q7`, and for a row of a matrix `q7.r8` are read.
    """
    given: dict[str, Any] = {}
    origin: dict[str, str] = {}
    read: set[str] = set()
    for name, answer in answers.items():
        found = _COLUMN.fullmatch(name)
        key, _, row = (found[2] if found else name).partition(".")
        question = questions.get(key)
        if question is None or bool(row) != (question.kind is QuestionKind.MATRIX and not isinstance(answer, Mapping)):
            continue
        origin.setdefault(key, name)
        read.add(name)
        given[key] = {**given.get(key, {}), row: answer} if row else _as_meant(question, answer)
    return given, origin, read


def _as_meant(question: Question, answer: Any) -> Any:
    """Return the keys of choices that a table gives by their words in any language, several parted by commas or semicolons."""
    if question.kind is QuestionKind.CHOICE:
        return _key_of(question.choices, str(answer))
    if question.kind is QuestionKind.CHOICES:
        several = answer if isinstance(answer, list) else _parted(question, str(answer))
        return [_key_of(question.choices, str(one)) for one in several]
    return answer


def _parted(question: Question, cell: str) -> list[str]:
    """Return the choices of a cell; one whose own words hold a comma is one choice."""
    if _key_of(question.choices, cell) != cell:
        return [cell]
    return [part.strip() for part in re.split(r"[,;،؛\n]", cell) if part.strip()]


def _key_of(choices: Sequence[Choice], words: str) -> str:
    wanted = fold(words).strip()
    for choice in choices:
        names = choice.label.values() if isinstance(choice.label, Localized) else (str(choice.label),)
        if words != choice.key and wanted and wanted in {fold(name).strip() for name in names}:
            return choice.key
    return words
