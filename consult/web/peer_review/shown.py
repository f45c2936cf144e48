"""What reviewers found, as the desks of reviewers and of those who decide show it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from consult import clock
from consult.db import session
from consult.errors import NotFound
from consult.peer_review.criteria import criteria_of
from consult.peer_review.results import found_of, means_of, notes_of
from consult.peer_review.scores import spread_of
from consult.peer_review.states import HIGH, LOW, RECOMMENDATION_LABELS
from consult.submissions.documents.attached import submission_with
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Submission
from consult.submissions.reading import WholeSubmission, whole_submission
from consult.submissions.tracks import questions_of, track_label
from consult.web.documents import served, shown_documents
from consult.web.submissions import language_name, shown_answers
from consult.web.visitor import consultation

#: How a recommendation is shown besides by its word.
RECOMMENDATION_TAGS = {"accept": "ok", "return": "ret", "decline": "no"}


def today() -> date:
    """Return the day it is in the consultation."""
    return clock.now().astimezone(ZoneInfo(consultation().timezone)).date()


def text_shown(row: Submission, address: Callable[[uuid.UUID], str]) -> dict[str, Any]:
    """Return what a page needs to show a text to those who judge it: never whom it is from, whatever its track says.

    `address` gives the address of a document.
    """
    whole = whole_submission(row.consultation_id, row.number)
    if whole is None:
        raise NotFound
    return {
        "row": row,
        "whole": whole,
        "track": track_label(row.track),
        "language_name": language_name(row.language),
        "answers": _answers(whole, address),
        "documents": [
            {**shown, "href": address(one.id)}
            for one, shown in zip(whole.documents, shown_documents(whole.documents, nameless=True), strict=True)
        ],
    }


def _answers(whole: WholeSubmission, address: Callable[[uuid.UUID], str]) -> Sequence[Any]:
    """Return the answers to questions that do not tell who wrote."""
    row = whole.row
    questions = questions_of(consultation(), row.track, row.questionnaire_id)
    telling = {one.key for one in questions if one.identifies}
    kept = {key: answer for key, answer in row.answers.items() if key not in telling}
    return shown_answers(questions, kept, row.language, address)


def results_shown(row: Submission) -> dict[str, Any]:
    """Return what a page needs to show what the reviewers of a text found, and their discussion (4 queries)."""
    criteria, found = criteria_of(row.consultation_id, row.track), found_of(row.id, row.revision)
    done = [one for one in found if one.handed_in_at is not None]
    means = means_of(found, criteria)
    by_criterion = [
        (one, [found_one.scores.get(one.key) for found_one in done], _spread(one.key, done)) for one in criteria
    ]
    return {
        "found": found,
        "done": done,
        "means": means,
        "spread": spread_of(list(means.values())),
        "by_criterion": by_criterion,
        "shares": sum(one.weight for one in criteria),
        "notes": notes_of(row.id, row.revision),
        "recommendations": RECOMMENDATION_LABELS,
        "recommendation_tags": RECOMMENDATION_TAGS,
        "low": LOW,
        "high": HIGH,
    }


def _spread(key: str, done: Sequence[Any]) -> Any:
    return spread_of([Fraction(one.scores[key]) for one in done if key in one.scores])


def served_document(row: Submission, document: uuid.UUID) -> Any:
    """Give a file of a text to those who judge it, under a name that tells nobody's."""
    file, found = session.get(Attachment, document), submission_with(document)
    if file is None or found is None or found[0].id != row.id or found[2]:
        raise NotFound
    return served(file, found[1], nameless=True)
