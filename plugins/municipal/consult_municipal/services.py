"""What the plugin keeps and counts."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.sdk import (
    N_,
    NN_,
    Body,
    Consultation,
    Localized,
    Recorded,
    ReportSection,
    ReportTable,
    Seat,
    Submission,
    session,
    transaction,
)
from consult_municipal.models import MunicipalAnswer
from consult_municipal.track import REGIONS, MunicipalTrack


@dataclass(frozen=True, slots=True)
class Answer:
    """A municipality with a seat, and whether it has answered."""

    body: uuid.UUID
    names: Localized
    region: str
    answered: bool


def note_answer(event: Recorded) -> None:
    """Remember the first submission of a municipality; a second one, or the same event again, changes nothing."""
    with transaction():
        submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
        if submission is None or submission.track != MunicipalTrack.key or submission.body_id is None:
            return
        if session.get(MunicipalAnswer, (event.stream, submission.body_id)) is None:
            session.add(
                MunicipalAnswer(
                    consultation_id=event.stream,
                    body_id=submission.body_id,
                    submission_id=submission.id,
                    answered_at=event.at,
                )
            )


def answers(consultation: uuid.UUID) -> Sequence[Answer]:
    """Return the municipalities that hold seats, with their answers (one query)."""
    rows = session.execute(
        sa.select(Body.id, Body.names, Body.region, MunicipalAnswer.answered_at.is_not(None))
        .join(
            Seat,
            sa.and_(Seat.body_id == Body.id, Seat.consultation_id == consultation, Seat.track == MunicipalTrack.key),
        )
        .outerjoin(
            MunicipalAnswer,
            sa.and_(MunicipalAnswer.body_id == Body.id, MunicipalAnswer.consultation_id == consultation),
        )
        .order_by(Body.region, Body.key)
    )
    return [Answer(body, names, region, bool(answered)) for body, names, region, answered in rows]


def report_section(consultation: Consultation) -> ReportSection:
    """Return the section of the outcome document: seats and answers by region."""
    found = answers(consultation.id)
    seats, answered = Counter(a.region for a in found), Counter(a.region for a in found if a.answered)
    return ReportSection(
        track=MunicipalTrack.key,
        key="municipalities",
        title=N_("Municipalities that took part"),
        paragraphs=(
            NN_(
                "%(count)s municipality of %(seats)s with a seat handed in a position.",
                "%(count)s municipalities of %(seats)s with a seat handed in a position.",
                sum(answered.values()),
                seats=len(found),
            ),
        ),
        table=ReportTable(
            caption=N_("Seats and answers by region"),
            headings=(N_("Region"), N_("Seats"), N_("Municipalities that answered")),
            rows=tuple((label, seats[region], answered[region]) for region, label in REGIONS.items()),
        ),
    )
