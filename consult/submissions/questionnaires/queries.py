"""Reading forms: an opened version never changes, so a process reads it once."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import sqlalchemy as sa

from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import Localized
from consult.plugins.questions import QuestionKind
from consult.submissions.models import Questionnaire, Revision
from consult.submissions.places import places
from consult.submissions.questionnaires.content import FormContent, from_data
from consult.submissions.questionnaires.states import FormState

#: Opened versions that a process keeps: a country's consultation has a handful.
MOST_KEPT = 64
_kept: OrderedDict[uuid.UUID, Mapping[str, Any]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A version as the list shows it; `answers` counts the submissions whose present revision answers it."""

    id: uuid.UUID
    track: str
    version: int
    state: FormState
    published_at: datetime | None
    answers: int


@dataclass(frozen=True, slots=True)
class CopyableForm:
    """A version that may be copied, with whose it is."""

    id: uuid.UUID
    consultation: Localized
    track: str
    version: int


def content_of(row: Questionnaire) -> FormContent:
    """Return what a version asks."""
    return _parsed(row.content)


def _parsed(data: Mapping[str, Any]) -> FormContent:
    kinds = {question["kind"] for section in data.get("sections", ()) for question in section["questions"]}
    return from_data(data, places() if QuestionKind.PLACE in kinds else ())


def form_of(questionnaire: uuid.UUID | None) -> FormContent:
    """Return what an opened version asks, nothing for None (1 query the first time a process needs it)."""
    return FormContent() if questionnaire is None else _parsed(_opened(questionnaire))


def _opened(questionnaire: uuid.UUID) -> Mapping[str, Any]:
    with _lock:
        if (found := _kept.get(questionnaire)) is not None:
            _kept.move_to_end(questionnaire)
            return found
    row = session.execute(
        sa.select(Questionnaire.content, Questionnaire.state).where(Questionnaire.id == questionnaire)
    ).one()
    if row.state != FormState.DRAFT:
        with _lock:
            _kept[questionnaire] = row.content
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    content: Mapping[str, Any] = row.content
    return content


def open_form_of(consultation: uuid.UUID, track: str) -> uuid.UUID | None:
    """Return the version that new drafts of a track answer, None where the organisers ask nothing (1 query)."""
    return session.scalars(
        sa.select(Questionnaire.id).where(
            Questionnaire.consultation_id == consultation,
            Questionnaire.track == track,
            Questionnaire.state == FormState.OPEN,
        )
    ).first()


def forms_of(consultation: uuid.UUID) -> Sequence[ListedForm]:
    """Return every version of every track, the newest first, with how many submissions answer it (1 query)."""
    answers = (
        sa.select(sa.func.count(sa.distinct(Revision.submission_id)))
        .where(Revision.questionnaire_id == Questionnaire.id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Questionnaire.id,
            Questionnaire.track,
            Questionnaire.version,
            Questionnaire.state,
            Questionnaire.published_at,
            answers.label("answers"),
        )
        .where(Questionnaire.consultation_id == consultation)
        .order_by(Questionnaire.track, Questionnaire.version.desc())
    )
    return [
        ListedForm(row.id, row.track, row.version, FormState(row.state), row.published_at, row.answers)
        for row in session.execute(query)
    ]


def opened_forms(consultation: uuid.UUID) -> Sequence[tuple[int, str, FormContent]]:
    """Return number, track and content of every version that may have answers, the oldest first (1 query)."""
    rows = session.execute(
        sa.select(Questionnaire.version, Questionnaire.track, Questionnaire.content)
        .where(Questionnaire.consultation_id == consultation, Questionnaire.state != FormState.DRAFT)
        .order_by(Questionnaire.track, Questionnaire.version)
    )
    return [(row.version, row.track, _parsed(row.content)) for row in rows]


def copyable_forms(consultations: Collection[uuid.UUID]) -> Sequence[CopyableForm]:
    """Return the versions of these consultations, those of one track together, the newest first (1 query)."""
    query = (
        sa.select(Questionnaire.id, Consultation.names, Questionnaire.track, Questionnaire.version)
        .join(Consultation, Consultation.id == Questionnaire.consultation_id)
        .where(Questionnaire.consultation_id.in_(consultations))
        .order_by(Consultation.slug, Questionnaire.track, Questionnaire.version.desc())
        .limit(200)
    )
    return [CopyableForm(*row) for row in session.execute(query)]
