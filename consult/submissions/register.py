"""The public register of submissions: narrowed, searched, and read page by page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult import search
from consult.accounts.models import Body
from consult.consultations.models import Member
from consult.db import session
from consult.i18n import Localized
from consult.submissions.models import ReviewDecision, Submission, SubmissionTopic
from consult.submissions.paging import COUNTED, PAGE, Page, edge_at, page_of
from consult.submissions.queries import latest_decision
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What the register is narrowed to; hidden submissions are narrowed by track alone, so that nothing tells of them."""

    state: SubmissionState = SubmissionState.ACCEPTED
    track: str = ""
    topic: uuid.UUID | None = None
    body: uuid.UUID | None = None
    language: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A submission as the register shows it; `topics` are ids as 32 hexadecimal digits.

    Of a hidden one, title, language, author, body and topics are empty, and `ground` tells why.
    """

    number: str
    title: str
    language: str
    track: str
    received_at: datetime
    author: str
    withheld: bool
    body: Localized | None
    topics: Sequence[str]
    ground: str = ""


def register(
    consultation: uuid.UUID, wanted: RegisterFilter, *, before: str = "", after: str = "", few: bool = False
) -> Page[Listed]:
    """Return a page of the register: the newest, those older than `before`, or those newer than `after` (1 query).

    `few` is what counting said.
    """
    hits = _hits(consultation, wanted, few=few)
    query = _narrowed(sa.select(*_listed_columns(wanted.state)), consultation, wanted, hits)
    key = hits.c.place if hits is not None else sa.tuple_(Submission.received_at, Submission.id)
    if mark := after or before:
        edge = edge_at(consultation, mark, by_place=hits is not None)
        query = query.where(key > edge if after else key < edge)
    order = [hits.c.place] if hits is not None else [Submission.received_at, Submission.id]
    query = query.order_by(*(column.asc() if after else column.desc() for column in order)).limit(PAGE + 1)
    return page_of([_listed(row) for row in session.execute(query)], lambda row: row.number, before, after)


@dataclass(frozen=True, slots=True)
class Count:
    """How many submissions a filter leaves: at most COUNTED + 1, None where counting would cost more than it tells.

    `few` says that a search finds no more than COUNTED.
    """

    total: int | None
    few: bool = False


def count_register(consultation: uuid.UUID, wanted: RegisterFilter) -> Count:
    """Count what a filter leaves (1 query; none for the beginning of a word that stands for very many)."""
    hits = _hits(consultation, wanted, few=False)
    if hits is None:
        query = _narrowed(sa.select(sa.literal(1)), consultation, wanted, None, counting=True)
        return Count(_up_to_the_limit(query))
    if not search.is_narrow(wanted.words):
        return Count(None)
    found = _up_to_the_limit(sa.select(hits.c.place))
    alone = not (wanted.track or wanted.topic or wanted.body or wanted.language)
    return Count(found if alone else None, few=found <= COUNTED)


def _up_to_the_limit(query: sa.Select[Any]) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(query.limit(COUNTED + 1).subquery())).scalar_one()


def _hits(consultation: uuid.UUID, wanted: RegisterFilter, *, few: bool = False) -> sa.FromClause | None:
    hidden = wanted.state is SubmissionState.HIDDEN
    return None if hidden or not wanted.words else search.search(consultation, wanted.words, few=few)


def _narrowed(
    query: sa.Select[Any],
    consultation: uuid.UUID,
    wanted: RegisterFilter,
    hits: sa.FromClause | None,
    *,
    counting: bool = False,
) -> sa.Select[Any]:
    start = sa.inspect(Submission).selectable
    query = query.select_from(start if hits is None else hits.join(start, hits.c.submission_id == Submission.id))
    query = query.where(Submission.consultation_id == consultation, Submission.state == wanted.state)
    if wanted.track:
        query = query.where(Submission.track == wanted.track)
    if wanted.state is SubmissionState.HIDDEN:
        return query
    if wanted.body:
        query = query.where(Submission.body_id == wanted.body)
    if wanted.language:
        query = query.where(Submission.language == wanted.language)
    if wanted.topic and counting:  # from the topic's side: the limit is reached without walking the whole register
        query = query.join(SubmissionTopic, SubmissionTopic.submission_id == Submission.id)
        query = query.where(SubmissionTopic.topic_id == wanted.topic)
    elif wanted.topic:
        query = query.where(
            sa.exists().where(SubmissionTopic.submission_id == Submission.id, SubmissionTopic.topic_id == wanted.topic)
        )
    return query


def _listed_columns(state: SubmissionState) -> Sequence[Any]:
    topics = (
        sa.select(sa.func.aggregate_strings(sa.cast(SubmissionTopic.topic_id, sa.String()), ","))
        .where(SubmissionTopic.submission_id == Submission.id)
        .scalar_subquery()
    )
    body = sa.select(Body.names).where(Body.id == Submission.body_id).scalar_subquery()
    ground = latest_decision(ReviewDecision.ground) if state is SubmissionState.HIDDEN else sa.literal("")
    shown: Sequence[Any] = (
        Submission.title,
        Submission.language,
        Submission.author,
        Submission.withheld,
        body,
        topics,
    )
    if state is SubmissionState.HIDDEN:
        shown = (sa.literal(""), sa.literal(""), sa.literal(""), sa.false(), sa.null(), sa.null())
    return (Submission.number, Submission.track, Submission.received_at, *shown, ground)


def _listed(row: Any) -> Listed:
    number, track, received_at, title, language, author, withheld, body, topics, ground = row
    ids = topics.replace("-", "").split(",") if topics else ()
    return Listed(number, title, language, track, received_at, author, bool(withheld), body, ids, ground or "")


@dataclass(frozen=True, slots=True)
class FilterBody:
    """A body the register can be narrowed to."""

    id: uuid.UUID
    key: str
    names: Localized


def bodies_of_register(consultation: uuid.UUID) -> Sequence[FilterBody]:
    """Return the bodies that take part under their own name, by key (1 query)."""
    rows = session.execute(
        sa.select(Body.id, Body.key, Body.names)
        .where(
            sa.exists().where(
                Member.body_id == Body.id, Member.consultation_id == consultation, Member.withheld.is_(False)
            )
        )
        .order_by(Body.key)
    )
    return [FilterBody(*row) for row in rows]
