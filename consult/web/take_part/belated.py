"""What a page of writing sends too late: its text was handed in from another page, or its section is asked no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import Field, Form, HiddenField, StringField

from consult.plugins.questions import Question
from consult.submissions.drafting.drafts import answers_of
from consult.submissions.drafting.steps import Step, asked_on
from consult.submissions.models import Submission
from consult.submissions.questionnaires.content import Section
from consult.submissions.questionnaires.queries import form_of, opened_forms
from consult.submissions.tracks import questions_of
from consult.web.question_fields import question_form
from consult.web.submissions import as_typed
from consult.web.take_part.desk import FORMS, Desk
from consult.web.visitor import consultation

#: The label of a field, and the words that were written there.
Written = tuple[str, str]


def former_section(desk: Desk, step: str) -> Section | None:
    """Return a section that another version of the track's form has and the draft's own has not; None for any other step."""
    if step in set(Step) or desk.content.section(step) is not None:
        return None
    opened = opened_forms(desk.draft.consultation_id)
    return next((one for _, of, form in opened if of == desk.member.track and (one := form.section(step))), None)


def written_besides(row: Submission, step: str) -> list[Written]:
    """Return what was sent for a step in words that the text, as it was handed in, does not say there."""
    kept, content = answers_of(row), form_of(row.questionnaire_id)
    own = questions_of(consultation(), row.track)
    asked = [one for one in (*own, *content.questions) if one.key in asked_on(step, own, content)]
    if asked:
        return written_in(asked, {one.key: as_typed(one, kept["track"].get(one.key)) for one in asked})
    return _written(FORMS[Step(step)](), kept) if step in set(Step) - {Step.TRACK} else []


def written_in(questions: Sequence[Question], kept: dict[str, Any] | None = None) -> list[Written]:
    """Return what was sent in words for these questions, but for what is kept."""
    return _written(question_form(questions)(), kept or {})


def _written(form: Form, kept: dict[str, Any]) -> list[Written]:
    return [
        (one.label.text, one.data)
        for one in form
        if _in_words(one) and one.data and one.data.split() != str(kept.get(one.name) or "").split()
    ]


def _in_words(field: Field) -> bool:
    return isinstance(field, StringField) and not isinstance(field, HiddenField)
