"""What the plugin keeps, counts and checks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.sdk import (
    N_,
    NN_,
    Alternate,
    Body,
    Consultation,
    ExportColumn,
    Localized,
    Member,
    Message,
    Problem,
    Recorded,
    ReportSection,
    ReportTable,
    Seat,
    Submission,
    SubmissionDraft,
    SubmissionState,
    clock,
    session,
)
from consult_municipal.models import MunicipalAnswer
from consult_municipal.track import REGIONS, STILL_TO_COME, MunicipalTrack

#: The label of municipalities whose region is not known.
NO_REGION = N_("Region not known")


@dataclass(frozen=True, slots=True)
class Answer:
    """A municipality with a seat, and whether it has answered."""

    body: uuid.UUID
    names: Localized
    region: str
    answered: bool


def endorsement_problems(submission: SubmissionDraft) -> Iterable[Problem]:
    """Yield what is wrong with the endorsement: its day may not be to come on the consultation's own clock."""
    if submission.track != MunicipalTrack.key or not (day := submission.answers.get("council_date")):
        return
    consultation = session.get_one(Consultation, session.get_one(Member, submission.member).consultation_id)
    today = clock.now().astimezone(ZoneInfo(consultation.timezone)).date()
    if date.fromisoformat(day) > today:
        yield Problem("council_date", STILL_TO_COME)


def eligibility_problems(member: Member) -> Iterable[Problem]:
    """Yield why a member may not vote: a municipality has one seat; its holder votes for it, or an alternate of it (1 query).

    That is the municipality's own seat where there is one, else the first free seat that one of its members was given.
    """
    if member.track != MunicipalTrack.key or member.own_body_id is None:
        return
    holder = aliased(Member)
    stands_in = sa.exists().where(Alternate.seat_id == Seat.id, Alternate.member_id == member.id)
    voting = session.execute(
        sa.select(Seat.holder_id, stands_in)
        .outerjoin(holder, holder.id == Seat.holder_id)
        .where(
            Seat.consultation_id == member.consultation_id,
            Seat.track == MunicipalTrack.key,
            sa.or_(
                Seat.body_id == member.own_body_id,
                sa.and_(Seat.body_id.is_(None), holder.own_body_id == member.own_body_id),
            ),
        )
        .order_by(Seat.body_id.is_(None), Seat.number)
        .limit(1)
    ).first()
    if voting is None or not (voting[0] == member.id or voting[1]):
        yield Problem("", N_("Only the holder of the municipality’s own seat votes for it."))


def note_answer(event: Recorded) -> None:
    """Keep the first submission of a municipality that was not withdrawn; the same event again changes nothing."""
    submission = session.get(Submission, uuid.UUID(event.facts["submission"]))
    if submission is None or submission.track != MunicipalTrack.key or submission.body_id is None:
        return
    first = session.execute(
        sa.select(Submission.id, Submission.received_at)
        .where(
            Submission.consultation_id == event.stream,
            Submission.body_id == submission.body_id,
            Submission.track == MunicipalTrack.key,
            Submission.state != SubmissionState.WITHDRAWN,
        )
        .order_by(Submission.received_at, Submission.id)
        .limit(1)
    ).first()
    answer = session.get(MunicipalAnswer, (event.stream, submission.body_id))
    if first is None:
        if answer is not None:
            session.delete(answer)
        return
    if answer is None:
        answer = MunicipalAnswer(consultation_id=event.stream, body_id=submission.body_id)
        session.add(answer)
    answer.submission_id, answer.answered_at = first


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


def by_region(found: Iterable[Answer]) -> Mapping[Message, Sequence[Answer]]:
    """Return answers under the label of their region: every region, and NO_REGION where it is needed."""
    groups: dict[Message, list[Answer]] = {label: [] for label in REGIONS.values()}
    for answer in found:
        groups.setdefault(REGIONS.get(answer.region, NO_REGION), []).append(answer)
    return groups


def report_section(consultation: Consultation) -> ReportSection:
    """Return the section of the outcome document: seats and answers by region."""
    found = answers(consultation.id)
    return ReportSection(
        track=MunicipalTrack.key,
        key="municipalities",
        title=N_("Municipalities that took part"),
        paragraphs=(
            NN_(
                "%(count)s municipality of %(seats)s with a seat handed in a position.",
                "%(count)s municipalities of %(seats)s with a seat handed in a position.",
                sum(answer.answered for answer in found),
                seats=len(found),
            ),
        ),
        table=ReportTable(
            caption=N_("Seats and answers by region"),
            headings=(N_("Region"), N_("Seats"), N_("Municipalities that answered")),
            rows=tuple(
                (label, len(group), sum(a.answered for a in group)) for label, group in by_region(found).items()
            ),
        ),
    )


def place_columns(submissions: Sequence[uuid.UUID]) -> Iterable[ExportColumn]:
    """Return region and district of the municipalities that handed in these submissions (one query)."""
    places = session.execute(
        sa.select(Submission.id, Body.region, Body.district)
        .join(Body, Body.id == Submission.body_id)
        .where(Submission.id.in_(submissions), Submission.track == MunicipalTrack.key)
    ).all()
    return [
        ExportColumn("municipal_region", {row.id: row.region for row in places}),
        ExportColumn("municipal_district", {row.id: row.district for row in places}),
    ]
