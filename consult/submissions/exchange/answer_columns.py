"""The public answers to the organisers' forms as columns of a table: one a question, one a row of a matrix."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.plugins.questions import Question, QuestionKind
from consult.submissions.models import Submission
from consult.submissions.questionnaires.content import NOT_IN_TABLES
from consult.submissions.questionnaires.queries import opened_forms


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column: `name` is `form.track.question`, and `.row` of a matrix behind it."""

    name: str
    track: str
    question: str
    row: str = ""

    def cell(self, submission: Submission) -> str:
        """Return the answer of a submission: keys of choices, numbers, yes or no; "" where it was not asked or answered."""
        if submission.track != self.track or submission.questionnaire_id is None:
            return ""
        return _cell(submission.answers.get(self.question), self.row)


def answer_columns(consultation: uuid.UUID) -> Sequence[AnswerColumn]:
    """Return the columns of every version that was opened, in the order of the forms; nothing that is private (1 query)."""
    found: dict[str, AnswerColumn] = {}
    for _, track, content in opened_forms(consultation):
        for question in content.questions:
            if not question.private and question.kind not in NOT_IN_TABLES:
                found |= {column.name: column for column in _columns(track, question)}
    return tuple(found.values())


def _columns(track: str, question: Question) -> Sequence[AnswerColumn]:
    name = f"form.{track}.{question.key}"
    if question.kind is not QuestionKind.MATRIX:
        return (AnswerColumn(name, track, question.key),)
    return tuple(AnswerColumn(f"{name}.{row.key}", track, question.key, row.key) for row in question.rows)


def _cell(answer: Any, row: str) -> str:
    if row:
        answer = answer.get(row) if isinstance(answer, Mapping) else None
    if answer is None:
        return ""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
