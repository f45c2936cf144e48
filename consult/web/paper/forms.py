"""The form of a sheet: one line or text for each box, with the numbers of the sheet, to be filled in without a mouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import Field
from wtforms.validators import Optional

from consult.errors import Problem
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.paper.boxes import LANGUAGE, WITHHELD, Box
from consult.paper.marks import MARKED, decoded, options_of, typed_as
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.web.context import local
from consult.web.forms import (
    BooleanField,
    DayText,
    Form,
    LazyLabel,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.question_fields import point_label


@dataclass(frozen=True, slots=True)
class ShownBox:
    """A box as the page shows it: its field, the hint with its squares, how wide, the names it offers, its language."""

    key: str
    hint: Markup
    width: str
    places: Sequence[Choice]
    written: bool


def box_label(box: Box) -> Message | Localized:
    """Return the label of a box with the number that stands on the sheet."""
    if not box.number:
        return box.question.label
    return N_("%(number)s. %(question)s", number=box.number, question=box.question.label)


def box_form(boxes: Sequence[Box], base: type[Form] = Form) -> type[Form]:
    """Return a form class with a field for each box."""
    asked = [box for box in boxes if box.question.kind is not QuestionKind.STATEMENT]
    return type("BoxForm", (base,), {box.question.key: box_field(box) for box in asked})


def box_field(box: Box) -> Field:
    """Return the field of a box; what its squares mean is typed by number."""
    label, kind = LazyLabel(box_label(box)), box.question.kind
    settings: dict[str, Any] = {"validators": [Optional()]}
    if box.question.key == LANGUAGE:
        names = {code: language.name for code, language in LANGUAGES.items()}
        return SelectField(label, choices=names, validate_choice=False, **settings)
    if box.question.key == WITHHELD:
        return BooleanField(LazyLabel(N_("%(number)s. Do not show my name", number=box.number)))
    if kind in (QuestionKind.LONG_TEXT, QuestionKind.LINES):
        return TextAreaField(label, filters=[clean_text], render_kw={"autocomplete": "off"}, **settings)
    if kind is QuestionKind.DATE:
        return DayText(label, **settings)
    keywords = {"autocomplete": "off"}
    if kind is QuestionKind.PLACE:
        keywords["list"] = f"{box.question.key}-places"
    return StringField(label, filters=[clean_line], render_kw=keywords, **settings)


def given_in(form: Form, boxes: Sequence[Box]) -> tuple[dict[str, Any], list[Problem]]:
    """Return what was typed as answers, and what no square says, each at its box."""
    answers: dict[str, Any] = {}
    problems = []
    for box in boxes:
        key = box.question.key
        if key not in form:
            continue
        answer, wrong = _read(box, form[key].data)
        if wrong is not None:
            problems.append(Problem(key, wrong))
        elif answer is not None:
            answers[key] = answer
    return answers, problems


def _read(box: Box, typed: Any) -> tuple[Any, Message | None]:
    """Return the answer in a field; the two fields that are no squares on the sheet hold it as it is."""
    if box.question.key == WITHHELD:
        return ["withheld"] if typed else None, None
    if box.question.key == LANGUAGE:
        return typed or None, None
    return decoded(box.question, typed or "")


def typed_for(box: Box, answer: Any) -> Any:
    """Return what the field of a box holds for a kept answer."""
    if box.question.key == WITHHELD:
        return bool(answer)
    return answer if box.question.key == LANGUAGE else typed_as(box.question, answer)


def shown_boxes(boxes: Sequence[Box]) -> Iterator[ShownBox]:
    """Yield the boxes that are typed, in order."""
    for box in boxes:
        question = box.question
        if question.kind is QuestionKind.STATEMENT:
            continue
        narrow = question.kind in MARKED or question.kind is QuestionKind.NUMBER
        places = question.choices if question.kind is QuestionKind.PLACE else ()
        yield ShownBox(question.key, squares(question), "w2" if narrow else "", places, box.written)


def squares(question: Question) -> Markup:
    """Return what the numbers beside the squares mean, in one line: `1 Health  2 Schools`."""
    if question.key in (LANGUAGE, WITHHELD) or question.kind not in MARKED:
        return Markup("")
    if question.kind in (QuestionKind.SCALE, QuestionKind.MATRIX):
        ends = [(str(p), say(point_label(question, str(p)))) for p in (question.points[0], question.points[-1])]
        comma = Markup("%s") % say(N_(", "))
        rows = comma.join(Markup("<bdi>%s</bdi>") % local(row.label) for row in question.rows)
        order = local(N_("One number a row, - for none, in this order:")) if rows else Markup("")
        points = comma.join(Markup("<bdi>%s</bdi>") % said for _, said in ends)
        return Markup("\u2003").join(part for part in (points, order + Markup(" ") + rows if rows else "") if part)
    labels: Mapping[str, Any] = {choice.key: choice.label for choice in question.choices}
    yes_no = {"yes": N_("Yes"), "no": N_("No")}
    each = [(n, local((labels or yes_no)[key])) for n, key in enumerate(options_of(question), start=1)]
    return Markup("\u2003").join(Markup("<b>%s</b>\u00a0<bdi>%s</bdi>") % pair for pair in each)
