"""The fields of what organisers and tracks ask: one for each kind of question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask_wtf.file import FileField
from wtforms import Field, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.utils import unset_value
from wtforms.validators import Optional

from consult.i18n import LANGUAGES, N_, Localized, Message, grouped
from consult.plugins.questions import Question, QuestionKind
from consult.web.forms import DayText, Form, LazyLabel, clean_line, clean_text, latin_digits, say


def question_fields(questions: Iterable[Question]) -> Mapping[str, Field]:
    """Return the WTForms field of each question, by key; the same checks run in `clean_answers`, so none are here."""
    return {question.key: _field(question) for question in questions if question.kind is not QuestionKind.STATEMENT}


def question_form(questions: Iterable[Question], base: type[Form] = Form) -> type[Form]:
    """Return a form class that asks these questions, to be validated with `clean_answers`."""
    return type("QuestionForm", (base,), dict(question_fields(questions)))


def _field(question: Question) -> Field:
    label = LazyLabel(question.label)
    settings: dict[str, Any] = {
        "description": LazyLabel(question.hint) if question.hint else "",
        "validators": [Optional()],
    }
    choices = {choice.key: say(choice.label) for choice in question.choices}
    match question.kind:
        case QuestionKind.LONG_TEXT | QuestionKind.LINES:
            return TextAreaField(label, filters=[clean_text], **settings)
        case QuestionKind.CHOICE if len(choices) > 6:
            return SelectField(label, choices={"": "", **choices}, validate_choice=False, **settings)
        case QuestionKind.CHOICE:
            return RadioField(label, choices=choices, validate_choice=False, **settings)
        case QuestionKind.CHOICES:
            return SelectMultipleField(label, choices=choices, validate_choice=False, **settings)
        case QuestionKind.YES_NO:
            answers = {"yes": say(N_("Yes")), "no": say(N_("No"))}
            return RadioField(label, choices=answers, validate_choice=False, **settings)
        case QuestionKind.DATE:
            bounds = {name: day for name, day in (("min", question.earliest), ("max", question.latest)) if day}
            return DayText(label, render_kw=bounds, **settings)
        case QuestionKind.NUMBER:
            mode = "decimal" if question.decimals else "numeric"
            return StringField(label, filters=[latin_digits], render_kw={"inputmode": mode}, **settings)
        case QuestionKind.FILE:
            return cast("Field", FileField(label, **settings))
        case QuestionKind.SCALE | QuestionKind.MATRIX | QuestionKind.PLACE:
            return _further_field(question, label, settings)
        case _:
            return StringField(label, filters=[clean_line], **settings)


def _further_field(question: Question, label: LazyLabel, settings: dict[str, Any]) -> Field:
    match question.kind:
        case QuestionKind.SCALE:
            return RadioField(label, choices=_points(question), validate_choice=False, **settings)
        case QuestionKind.MATRIX:
            rows = {row.key: LazyLabel(row.label) for row in question.rows}
            return MatrixField(label, rows=rows, points=_points(question), **settings)
        case _:
            listed = {"list": f"{question.key}-places", "autocomplete": "off"}
            return StringField(label, filters=[clean_line], render_kw=listed, **settings)


def _points(question: Question) -> dict[str, str]:
    return {str(point): say(point_label(question, str(point))) for point in question.points}


def point_label(question: Question, point: str) -> Message | Localized | str:
    """Return a point of a scale as it is shown: the number, at the ends with their words."""
    ends = {str(question.points[0]): question.ends[0], str(question.points[-1]): question.ends[1]}
    end, below = ends.get(point), re.fullmatch("-[0-9]+", point)
    number = Localized({code: grouped(int(point), code) for code in LANGUAGES}) if below else point
    return N_("%(point)s: %(end)s", point=number, end=end) if end else number


class MatrixField(Field):
    """Rows answered on one scale: `data` is the key of each answered row with the point that was chosen."""

    def __init__(
        self,
        label: str | None = None,
        validators: Any = None,
        *,
        rows: Mapping[str, LazyLabel],
        points: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.rows, self.points = rows, points

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take each row's answer from a field of its own, `name-row`."""
        self.process_errors = []
        self.object_data = {} if data is unset_value or not isinstance(data, dict) else dict(data)
        self.data = self.object_data
        if formdata is not None:
            sent = {row: formdata.get(f"{self.name}-{row}") for row in self.rows}
            self.data = {row: point[:20] for row, point in sent.items() if point}


def said(field: Field) -> str:
    """Return what a field holds in words, for a page that compares: labels of choices, rows with their answers."""
    if isinstance(field, MatrixField):
        return "\n".join(f"{field.rows[row]}: {field.points.get(p, p)}" for row, p in field.data.items())
    chosen = field.data if isinstance(field.data, list) else [field.data]
    labels = (
        {str(value): str(text) for value, text, *_ in field.iter_choices()} if hasattr(field, "iter_choices") else {}
    )
    if isinstance(field.data, bool):
        return say(N_("Yes") if field.data else N_("No"))
    return "\n".join(labels.get(str(one), str(one)) for one in chosen if one)
