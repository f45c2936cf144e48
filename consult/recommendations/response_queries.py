"""Reading official responses: what is published beside a text, what bodies were asked for, who has not responded."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.access import Actor
from consult.accounts.models import Body
from consult.db import read, session
from consult.i18n import N_, Localized, Message
from consult.recommendations.models import Recommendation
from consult.recommendations.response_kinds import ResponseKind
from consult.recommendations.response_models import OfficialResponse, speaks
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

PAGE = 50


@dataclass(frozen=True, slots=True)
class PublishedResponse:
    """A response as everybody reads it; `letter` is set where the organisers entered it from one.

    `instead_of` is the body that was asked, where it had gone into the one that responded.
    """

    key: str
    body: Localized
    kind: ResponseKind
    text: str
    language: str
    until: date | None
    letter: str
    published_at: datetime
    instead_of: Localized | None

    @property
    def who(self) -> Localized | Message:
        """Return whose response it is."""
        return whose(self.body, self.instead_of)


def whose(body: Localized, instead_of: Localized | None) -> Localized | Message:
    """Return whose response it is: of a body, in the place of another if it is."""
    return body if instead_of is None else N_("%(body)s, in the place of %(name)s", body=body, name=instead_of)


_asked_body = aliased(Body)
_PUBLISHED: tuple[Any, ...] = (
    Body.key,
    Body.names,
    OfficialResponse.kind,
    OfficialResponse.text,
    OfficialResponse.language,
    OfficialResponse.until,
    OfficialResponse.letter,
    OfficialResponse.published_at,
    _asked_body.names,
)


def _published(row: Sequence[Any]) -> PublishedResponse:
    key, names, kind, *rest = row
    return PublishedResponse(key, names, ResponseKind(kind), *rest)


def _said(query: sa.Select[Any]) -> sa.Select[Any]:
    """Join the body that responds, and the one that was asked where it is another."""
    row = OfficialResponse
    in_place = sa.and_(_asked_body.id == row.body_id, row.responder_id.is_not(None))
    return query.select_from(row).join(Body, Body.id == speaks()).outerjoin(_asked_body, in_place)


def responses_to(
    *, recommendation: uuid.UUID | None = None, submission: uuid.UUID | None = None
) -> Sequence[PublishedResponse]:
    """Return the responses in force to a recommendation or a submission, the oldest first (1 query)."""
    row = OfficialResponse
    about = row.recommendation_id == recommendation if recommendation else row.submission_id == submission
    rows = read(
        _said(sa.select(*_PUBLISHED))
        .where(about, row.published_at.is_not(None), row.replaced_at.is_(None))
        .order_by(row.published_at, row.id)
    )
    return [_published(found) for found in rows]


def responses_beside(
    submission: uuid.UUID, recommendations: Collection[uuid.UUID]
) -> Sequence[tuple[int | None, PublishedResponse]]:
    """Return the responses in force to a submission and to recommendations, with the number of the recommendation (1 query)."""
    row = OfficialResponse
    rows = read(
        _said(sa.select(Recommendation.number, *_PUBLISHED))
        .outerjoin(Recommendation, Recommendation.id == row.recommendation_id)
        .where(
            sa.or_(row.submission_id == submission, row.recommendation_id.in_(recommendations)),
            row.published_at.is_not(None),
            row.replaced_at.is_(None),
        )
        .order_by(row.published_at, row.id)
    )
    return [(number, _published(found)) for number, *found in rows]


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A request in a list: which body responds (in the place of which, `instead_of`), about what (a recommendation's number and titles, or a receipt and a title), by when.

    The title is "" once the text is out of sight: the body was asked about what everybody read, and reads no more than that. `ended`:
    the body that responds has ended, and nobody follows it alone.
    """

    id: uuid.UUID
    body: Localized
    number: int | None
    titles: Localized | None
    receipt: str | None
    title: str | None
    language: str | None
    due: date
    kind: str
    published_at: datetime | None
    replaced_at: datetime | None
    version: int
    instead_of: Localized | None
    ended: bool


_COLUMNS: tuple[Any, ...] = (
    OfficialResponse.id,
    Body.names,
    Recommendation.number,
    Recommendation.titles,
    Submission.number,
    sa.case((Submission.state == SubmissionState.ACCEPTED, Submission.title), else_=""),
    Submission.language,
    OfficialResponse.due,
    OfficialResponse.kind,
    OfficialResponse.published_at,
    OfficialResponse.replaced_at,
    OfficialResponse.version,
    _asked_body.names,
    Body.valid_to.is_not(None),
)


def _lines() -> sa.Select[Any]:
    return (
        _said(sa.select(*_COLUMNS))
        .outerjoin(Recommendation, Recommendation.id == OfficialResponse.recommendation_id)
        .outerjoin(Submission, Submission.id == OfficialResponse.submission_id)
    )


def asked_responses(
    consultation: uuid.UUID, *, waiting: bool, after: uuid.UUID | None = None
) -> tuple[Sequence[ResponseLine], uuid.UUID | None]:
    """Return requests, those due first at first, and after which the next page begins (1 query)."""
    row = OfficialResponse
    query = _lines().where(row.consultation_id == consultation)
    query = query.where(row.published_at.is_(None) if waiting else row.published_at.is_not(None))
    query = query.order_by(row.due, row.id).limit(PAGE + 1)
    if after is not None:
        edge = sa.select(row.due).where(row.id == after).scalar_subquery()
        query = query.where(sa.tuple_(row.due, row.id) > sa.tuple_(edge, sa.literal(after, sa.Uuid())))
    rows = [ResponseLine(*found) for found in session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def count_responses(consultation: uuid.UUID, today: date) -> tuple[int, int, int]:
    """Return how many responses bodies were asked for, how many were given, how many are overdue (1 query)."""
    row = OfficialResponse
    asked, given, overdue = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(row.published_at),
            sa.func.count().filter(row.published_at.is_(None), row.due < today),
        ).where(row.consultation_id == consultation)
    ).one()
    return asked, given, overdue


def response_line(response: uuid.UUID) -> ResponseLine:
    """Return one request as a line (1 query)."""
    return ResponseLine(*session.execute(_lines().where(OfficialResponse.id == response)).one())


def responses_asked_of(actor: Actor, consultation: uuid.UUID) -> Sequence[ResponseLine]:
    """Return what somebody's bodies were asked to respond to, the nearest deadline first, at most 100 (1 query)."""
    bodies = [m.body for m in actor.memberships_in(consultation) if m.body is not None]
    query = _lines().where(
        OfficialResponse.consultation_id == consultation,
        speaks().in_(bodies),
        OfficialResponse.replaced_at.is_(None),
    )
    return [
        ResponseLine(*row)
        for row in session.execute(query.order_by(OfficialResponse.due, OfficialResponse.id).limit(100))
    ]


def overdue_responses(consultation: uuid.UUID, today: date) -> sa.Select[uuid.UUID]:
    """Return, as a query, the requests whose last day is over and that have no response."""
    row = OfficialResponse
    return sa.select(row.id).where(row.consultation_id == consultation, row.published_at.is_(None), row.due < today)
