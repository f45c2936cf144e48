"""A sheet as PDF: the boxes in the language of the sheet, its number and the square that leads to it on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from consult.consultations.models import Consultation
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.outcomes.renderers.fonts import printable
from consult.outcomes.renderers.seals import qr_svg
from consult.paper.boxes import PROPOSALS, TEXT, TITLE, Box, section_before
from consult.paper.marks import options_of
from consult.paper.models import Sheet
from consult.paper.numbers import printed_number
from consult.plugins.conditions import Relation
from consult.plugins.questions import BETWEEN, Question, QuestionKind
from consult.runtime import runtime
from consult.submissions.tracks import track_label

TEMPLATE = Path(__file__).with_name("sheet.typ")
#: Lines for the long texts; others get one for each so many characters that may be written, within bounds.
LINES: Mapping[str, int] = {TITLE: 1, TEXT: 17, PROPOSALS: 9}
CHARACTERS_A_LINE, FEWEST_LINES, MOST_LINES = 90, 3, 5
#: Signs of direction that no face has; typst finds the direction of a line by itself.
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: Digits for a number without an upper bound.
DIGITS = 9


def sheet_address(sheet: Sheet, consultation: Consultation) -> str:
    """Return what the square of a sheet holds: a short address, whole."""
    return f"{runtime().settings.base_url.rstrip('/')}/p/{consultation.slug}/{sheet.number}"


def as_pdf(sheets: Sequence[Sheet], boxes: Sequence[Box], *, consultation: Consultation) -> bytes:
    """Return sheets of one run as one PDF for A4, each beginning on a page of its own.

    The same sheets give the same bytes. Raises SettingFailed when typst cannot set them.
    """
    from consult.outcomes.renderers.pdf import cleaned, compiled  # late, as for editions: a page never pays for typst

    content = json.dumps(content_of(sheets, boxes, consultation), ensure_ascii=False)
    content = printable(_HIDDEN.sub("", content))
    return cleaned(compiled({"sheet": content}, TEMPLATE, TEMPLATE.parent.parent))


def content_of(sheets: Sequence[Sheet], boxes: Sequence[Box], consultation: Consultation) -> dict[str, Any]:
    """Return what the template reads: words, boxes and numbers, all in the language of the sheets."""
    first = sheets[0]
    say = _Speaker(first.language)
    return {
        "lang": first.language,
        "dir": LANGUAGES[first.language].dir,
        "title": f"{say(track_label(first.track))} {printed_number(first.number)}",
        "printed": [first.printed_at.year, first.printed_at.month, first.printed_at.day],
        "consultation": say(consultation.names),
        "track": say(track_label(first.track)),
        "words": _words(say),
        "parts": list(_parts(boxes, first, say)),
        "sheets": [
            {"number": printed_number(one.number), "qr": qr_svg(sheet_address(one, consultation))} for one in sheets
        ],
    }


class _Speaker:
    """Says labels in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: Message | Localized | str) -> str:
        return text.for_language(self.language) if isinstance(text, Localized) else translate(text, self.language)


def _words(say: _Speaker) -> dict[str, Any]:
    return {
        "sheet": say(N_("Number of the sheet")),
        "code": say(N_("Square that leads to this sheet")),
        "page": say(N_("Page {page} of {pages}")),
        "keep": say(N_("Keep the pages of a sheet together.")),
        "office": say(N_("For the office")),
        "received": say(N_("Received on")),
        "first": say(N_("Entered first by")),
        "second": say(N_("Entered again by")),
        "before": [
            say(
                N_(
                    "Write clearly, in any language. Tick a square with a cross. Leave empty what you do not want to answer."
                )
            ),
            say(
                N_(
                    "What you write is published once it is accepted, with your name unless you leave it out. Two people enter it without seeing each other’s work."
                )
            ),
            say(
                N_(
                    "Ask for a receipt when you hand the sheet in. With its number and code you can read what became of your text, and take it over with an account of your own."
                )
            ),
        ],
    }


def _parts(boxes: Sequence[Box], sheet: Sheet, say: _Speaker) -> Iterator[dict[str, Any]]:
    numbers = {box.question.key: box for box in boxes}
    for box in boxes:
        question = box.question
        if (section := section_before(sheet.questionnaire_id, question.key)) is not None:
            yield {"kind": "section", "title": say(section.titles), "intro": say(section.intros)}
        if question.kind is QuestionKind.STATEMENT:
            yield {"kind": "statement", "text": say(question.label)}
        elif box.number:
            yield {
                "kind": "box",
                "number": box.number,
                "label": say(question.label),
                "notes": list(_notes(question, numbers, say)),
                "answer": _answer(question, say),
            }


def _notes(question: Question, boxes: Mapping[str, Box], say: _Speaker) -> Iterator[str]:
    """Yield what stands small under a question: when it is asked, its hint, how many, who reads the answer."""
    condition = question.shown_if
    earlier = boxes.get(condition.question) if condition is not None else None
    if condition is not None and earlier is not None:
        if condition.relation is Relation.ANSWERED:
            yield say(N_("Only if you answered number %(number)s.", number=earlier.number))
        else:
            yield say(
                N_(
                    "Only if your answer to number %(number)s is: %(answers)s.",
                    number=earlier.number,
                    answers=_condition_answers(earlier.question, condition.relation, condition.values, say),
                )
            )
    if question.hint:
        yield say(question.hint)
    if question.most and question.key not in LINES:
        yield say(N_("Tick at most %(count)s.", count=question.most))
    if question.private:
        yield say(N_("This answer is not published."))
    if question.counted:
        yield say(N_("How many gave each answer is published, small numbers never."))
    if question.identifies:
        yield say(N_("Others read this answer only where they can read whom the text is from."))


def _condition_answers(question: Question, relation: Relation, values: Sequence[str], say: _Speaker) -> str:
    if relation is Relation.GREATER:
        return say(N_("more than %(number)s", number=values[0]))
    yes_no = {"yes": say(N_("Yes")), "no": say(N_("No"))}
    known = yes_no if question.kind is QuestionKind.YES_NO else {c.key: say(c.label) for c in question.choices}
    return say(BETWEEN).join(known.get(value, value) for value in values)


def _answer(question: Question, say: _Speaker) -> dict[str, Any]:
    """Return the room for an answer."""
    match question.kind:
        case QuestionKind.CHOICE | QuestionKind.CHOICES | QuestionKind.YES_NO:
            labels = {choice.key: say(choice.label) for choice in question.choices} or {
                "yes": say(N_("Yes")),
                "no": say(N_("No")),
            }
            keys = options_of(question)
            return {
                "kind": "ticks",
                "options": [{"number": n, "label": labels[key]} for n, key in enumerate(keys, start=1)],
            }
        case QuestionKind.SCALE | QuestionKind.MATRIX:
            return {
                "kind": question.kind.value,
                "points": [str(point) for point in question.points],
                "ends": [say(end) if end else "" for end in question.ends],
                "rows": [say(row.label) for row in question.rows],
            }
        case QuestionKind.DATE:
            return {"kind": "date", "captions": [say(N_("day")), say(N_("month")), say(N_("year"))]}
        case QuestionKind.NUMBER if not question.decimals and (question.low or 0) >= 0 and (question.high or 0) >= 0:
            return {"kind": "digits", "count": len(str(question.high)) if question.high is not None else DIGITS}
        case QuestionKind.LONG_TEXT | QuestionKind.LINES:
            lines = max(FEWEST_LINES, min(MOST_LINES, question.limit // CHARACTERS_A_LINE))
            return {"kind": "lines", "lines": LINES.get(question.key, lines)}
        case _:
            return {"kind": "lines", "lines": 1}
