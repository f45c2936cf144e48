"""How submissions are shown, wherever they are: by whom, in what language, with which answers, what became of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urljoin

from babel import Locale, UnknownLocaleError
from flask import url_for
from markupsafe import Markup, escape

from consult.consultations.names import NAME_WITHHELD
from consult.i18n import LANGUAGES, N_, NN_, Localized, Message
from consult.outcomes.trace import Step
from consult.plugins.questions import Question, QuestionKind, clean_answer, files_in
from consult.submissions.cosigning.services import signed_by
from consult.submissions.models import Submission
from consult.submissions.queries import submission_by_number
from consult.submissions.review.grounds import ground_label as label_of_ground
from consult.submissions.states import SubmissionState
from consult.web.context import local, present_formats
from consult.web.formats import paragraphs
from consult.web.forms import say
from consult.web.guards import visible
from consult.web.question_fields import point_label
from consult.web.visitor import consultation, settings

#: A question and its answer, as a page shows them.
Pair = tuple[Markup | str, Markup | str]
FileAddress = Callable[[uuid.UUID], str]
STATE_TAGS: Mapping[str, str] = {
    SubmissionState.RECEIVED: "wait",
    SubmissionState.ACCEPTED: "ok",
    SubmissionState.RETURNED: "ret",
    SubmissionState.HIDDEN: "no",
    SubmissionState.WITHDRAWN: "shut",
}


def submission_here(number: str, permission: str) -> Submission:
    """Return a submission of the consultation of the address that the visitor may do something with; NotFound otherwise."""
    row: Submission = visible(permission, submission_by_number(consultation().id, number))
    return row


def short_address(number: str | int, what: str = "submission") -> str:
    """Return the address that stays of a submission, a `recommendation` or an `edition`, whole, to be printed."""
    return urljoin(settings().base_url, url_for(f"short.{what}", number=number))


def signature(author: str, withheld: bool, body: Localized | None) -> Markup | str:
    """Return whom a text is from, as everybody may know it: the body, else the person, "" where nobody was named."""
    if withheld:
        return local(NAME_WITHHELD)
    return local(body) if body else author


def shown_cosigners(submission: uuid.UUID) -> Sequence[tuple[Localized, str, int, bool]]:
    """Return who co-signed: names and key of the body, the revision it signed, whether the signature still stands."""
    return [(names, key, one.revision, one.stands) for one, names, key in signed_by(submission)]


def cosigners_in_words(number: int) -> list[Markup | str]:
    """Return how many bodies stand behind a text; nothing where none does."""
    return [local(NN_("co-signed by %(count)s body", "co-signed by %(count)s bodies", number))] if number else []


def ground_label(key: str) -> Message | Localized | str:
    """Return the label of a ground as the consultation of the address words it."""
    return label_of_ground(key, consultation())


#: What speakers of languages of the country call them that Unicode's list does not know by these codes.
_OWN_NAMES = {"ber": "Tamaziɣt", "tmh": "Tamahaq", "tuq": "Tedaga"}


@cache
def language_name(code: str) -> str:
    """Return the name of a language in that language, the code itself where nobody knows it."""
    if code in LANGUAGES:
        return LANGUAGES[code].name
    if code in _OWN_NAMES:
        return _OWN_NAMES[code]
    try:
        locale = Locale.parse(code.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return code
    return (locale.get_display_name(code.replace("-", "_")) or code).capitalize()


def _public_file(file: uuid.UUID) -> str:
    return url_for("public.document", document=file)


def shown_answers(
    questions: Iterable[Question], answers: Mapping[str, Any], language: str, file_address: FileAddress = _public_file
) -> list[Pair]:
    """Return answers as pairs of question and answer, as `answers_by_key` does."""
    return list(answers_by_key(questions, answers, language, file_address).values())


def answers_by_key(
    questions: Iterable[Question], answers: Mapping[str, Any], language: str, file_address: FileAddress = _public_file
) -> dict[str, Pair]:
    """Return answers as pairs of question and answer; of a question that is no longer asked, key and answer as they are.

    `file_address` gives the address of a file that answers a question.
    """
    known = {question.key: question for question in questions if question.kind is not QuestionKind.STATEMENT}
    order = [key for key in known if key in answers] + [key for key in answers if key not in known]
    return {
        key: (
            local(known[key].label) if key in known else key,
            shown_answer(known.get(key), answers[key], language, file_address),
        )
        for key in order
    }


def shown_answer(
    question: Question | None, answer: Any, language: str, file_address: FileAddress = _public_file
) -> Markup | str:
    """Return one answer in words; of a question that is not known, as it is."""
    if question is not None and question.kind is QuestionKind.FILE:
        links = [file_link(one, file_address) for one in files_in(answer)]
        return links[0] if len(links) == 1 else _bare_list(links)
    if isinstance(answer, bool):
        return local(N_("Yes") if answer else N_("No"))
    if isinstance(answer, dict):
        rows = [(_row_label(question, key), _item(question, point, language)) for key, point in answer.items()]
        return _bare_list(Markup("%s: %s") % row for row in rows)
    if isinstance(answer, list):
        return _bare_list(_item(question, item, language) for item in answer)
    return _item(question, answer, language)


def _bare_list(items: Iterable[Markup | str]) -> Markup:
    return Markup('<ul class="bare">%s</ul>') % Markup("").join(Markup("<li>%s</li>") % item for item in items)


def _row_label(question: Question | None, key: str) -> Markup | str:
    label = next((row.label for row in question.rows if row.key == key), key) if question else key
    return Markup("<bdi>%s</bdi>") % (local(label) if not isinstance(label, str) else label)


def _item(question: Question | None, answer: Any, language: str) -> Markup | str:
    kind = question.kind if question else QuestionKind.LONG_TEXT
    if question and kind in (QuestionKind.CHOICE, QuestionKind.CHOICES, QuestionKind.PLACE):
        label = question.label_of(str(answer))
        return local(label) if not isinstance(label, str) else Markup("<bdi>%s</bdi>") % label
    if question and kind in (QuestionKind.SCALE, QuestionKind.MATRIX):
        return local(point_label(question, str(answer)))
    if kind is QuestionKind.DATE and (day := _day(answer)):
        return present_formats().day(day)
    if question and kind is QuestionKind.NUMBER:
        number, wrong = clean_answer(question, answer)  # a draft has it as it was typed
        if number is not None and wrong is None:
            return present_formats().number(number if isinstance(number, int) else float(number))
    if isinstance(answer, int):
        return present_formats().number(answer)
    if kind is QuestionKind.LONG_TEXT:
        return Markup('<div lang="%s" dir="auto">%s</div>') % (language, paragraphs(str(answer)))
    return Markup("<bdi>%s</bdi>") % escape(answer)


def file_link(answer: Any, file_address: FileAddress = _public_file) -> Markup | str:
    """Return the way to a file; "" for what is none: it was chosen on a page and not kept."""
    try:
        address = file_address(uuid.UUID(str(answer)))
    except ValueError:
        return ""
    return Markup('<a href="%s">%s</a>') % (address, say(N_("Open the file")))


def _day(answer: Any) -> date | None:
    """Return a day, None for what was typed wrong: the check page shows that too."""
    try:
        return date.fromisoformat(str(answer))
    except ValueError:
        return None


def as_typed(question: Question, answer: Any) -> Any:
    """Return a kept answer as its form field wants it: what was typed, or what a cleaned answer would have been typed as."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if question.kind is QuestionKind.LINES and isinstance(answer, list):
        return "\n".join(answer)
    if question.kind is QuestionKind.CHOICES:
        return answer if isinstance(answer, list) else []
    if question.kind is QuestionKind.MATRIX:
        return {row: str(point) for row, point in answer.items()} if isinstance(answer, dict) else {}
    if question.kind is QuestionKind.PLACE and answer:
        return say(question.label_of(str(answer)))
    return "" if answer is None else str(answer)


def trace_steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Return the steps of a trace as the component draws them, with addresses under the consultation's own."""
    home = url_for("public.consultation")
    return [
        {
            "title": local(step.title),
            "href": (step.path if step.path.startswith("#") else home + step.path) if step.path else None,
            "note": local(step.note) if step.note else None,
            "state": step.state.value,
        }
        for step in steps
    ]
