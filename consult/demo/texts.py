"""Submissions of the sample: handed in, reviewed, corrected."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from consult.attachments.brought import BroughtDocument
from consult.consultations.models import Member
from consult.db import session
from consult.demo.forms import answers_to_form
from consult.demo.people import Cast
from consult.demo.sample_files import LANGUAGES, Timeline
from consult.submissions.documents.attached import ids_in
from consult.submissions.documents.attaching import attach
from consult.submissions.drafting.drafts import start_correction, start_draft
from consult.submissions.models import Submission
from consult.submissions.services import (
    Review,
    SubmissionDraft,
    accept,
    correct,
    hide,
    return_for_correction,
    submit,
)

#: The ground that stands in the register where the file names none.
USUAL_GROUNDS = {"accepted": "in_order", "returned": "unclear", "hidden": "names_person"}


def add_submissions(cast: Cast, timeline: Timeline) -> None:
    """Put every submission and everything that happened to it on the timeline."""
    for language in LANGUAGES:
        for entry in cast.sample.read(f"submissions.{language}")["submission"]:
            timeline.at(cast.sample.moment(entry["day"]), _hand_in(cast, entry, language))
            _add_review(cast, timeline, entry, entry.get("review"))
            correction = entry.get("correction")
            if correction:
                timeline.at(cast.sample.moment(correction["day"]), _correct(cast, entry, correction, language))
                _add_review(cast, timeline, entry, entry.get("review2") or correction.get("review2"))


def _draft(cast: Cast, entry: dict[str, Any], text: dict[str, Any], language: str, **more: Any) -> SubmissionDraft:
    member = session.get_one(Member, cast.members[entry["author"]])
    form, answers = answers_to_form(cast, entry["key"], member.track)
    return SubmissionDraft(
        member=member.id,
        title=text["title"],
        language=language,
        text=text["text"].strip(),
        proposals="\n\n".join(text.get("proposals", entry.get("proposals", []))),
        topics=tuple(topic.replace(":", "-") for topic in entry["topics"]),
        answers={**text.get("answers", entry.get("answers", {})), **answers},
        questionnaire=form,
        **more,
    )


def _hand_in(cast: Cast, entry: dict[str, Any], language: str) -> Callable[[], None]:
    def act() -> None:
        more = _with_document(cast, entry)
        draft = _draft(cast, entry, entry, language, **more)
        received = submit(draft, consultation=cast.consultation, actor=cast.actor(entry["author"]))
        cast.submissions[entry["key"]] = received.id

    return act


def _with_document(cast: Cast, entry: dict[str, Any]) -> dict[str, Any]:
    """Begin a draft and add the workbook that an author hands in with a text; nothing where there is none."""
    if "document" not in entry:
        return {}
    actor, given = cast.actor(entry["author"]), entry["document"]
    draft = start_draft(cast.members[entry["author"]], consultation=cast.consultation, actor=actor)
    brought = BroughtDocument(given["name"], workbook(given["rows"]))
    made = attach(draft, brought, consultation=cast.consultation, actor=actor)
    return {"id": draft.id, "attachments": (made.id,)}


def workbook(rows: list[list[str | int]]) -> BytesIO:
    """Return a workbook with these rows, from right to left."""
    from openpyxl import Workbook  # late: a library of two hundred modules

    book, file = Workbook(), BytesIO()
    sheet = book.worksheets[0]
    sheet.sheet_view.rightToLeft = True
    for row in rows:
        sheet.append(row)
    book.save(file)
    file.seek(0)
    return file


def _correct(cast: Cast, entry: dict[str, Any], correction: dict[str, Any], language: str) -> Callable[[], None]:
    def act() -> None:
        actor = cast.actor(entry["author"])
        row = session.get_one(Submission, cast.submissions[entry["key"]])
        started = start_correction(row, actor=actor)
        files = ids_in(started.answers)
        draft = _draft(cast, entry, correction, language, corrects=row.id, id=started.id, attachments=files)
        correct(draft, consultation=cast.consultation, actor=actor)

    return act


def _add_review(cast: Cast, timeline: Timeline, entry: dict[str, Any], review: dict[str, Any] | None) -> None:
    if not review or not review.get("decision"):
        return
    verbs = {"accepted": accept, "returned": return_for_correction, "hidden": hide}

    def act() -> None:
        row = session.get_one(Submission, cast.submissions[entry["key"]])
        ground = review.get("ground") or USUAL_GROUNDS[review["decision"]]
        verbs[review["decision"]](row, Review(ground, review.get("reason", "")), actor=cast.actor(review["by"]))

    timeline.at(cast.sample.moment(review["day"]), act)
