"""Reading what stands beside the text of a recommendation: where it comes from, reservations, and who is to carry it out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Body
from consult.consultations.names import public_names
from consult.db import LocalizedText, Utc, padded, prepared, read
from consult.i18n import Localized, Message
from consult.recommendations.models import Source
from consult.recommendations.reservation_models import Reservation
from consult.submissions.authors import public_author
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState
from consult.testimony.models import Quote


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A passage that was drafted from; where the submission is no longer public `text` is empty and `author` names nobody."""

    passage: uuid.UUID
    submission: str
    passage_number: int
    text: str
    language: str
    author: Localized | Message | str
    public: bool


@dataclass(frozen=True, slots=True)
class QuoteRead:
    """A quote of a confidential testimony that was drafted from, by its number; `text` is empty once it was taken back."""

    number: int
    text: str
    language: str
    public: bool


@dataclass(frozen=True, slots=True)
class ReservationRead:
    """A reservation with whose words it is; `instead` is the body that took it back in that one's place."""

    text: str
    language: str
    by: Localized | Message
    at: datetime
    withdrawn_at: datetime | None
    instead: Localized | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands beside the text: passages and quotes it comes from, reservations, and who is to carry it out."""

    sources: tuple[SourceRead, ...]
    quotes: tuple[QuoteRead, ...]
    reservations: tuple[ReservationRead, ...]
    responsible: tuple[Localized, ...]


def read_surroundings(recommendation: uuid.UUID, responsible: Sequence[str] = ()) -> Surroundings:
    """Return what stands beside the text (1 query for four small lists; with reservations a second one for
    whose words they are)."""
    rows = read(*_surroundings(recommendation, list(responsible))).all()
    names = public_names({row.member for row in rows if row.member is not None})
    bodies = {row.number: row.names for row in rows if row.kind == "body"}
    return Surroundings(
        tuple(_source(row) for row in rows if row.kind == "source"),
        tuple(QuoteRead(row.place, row.text, row.language, not row.withheld) for row in rows if row.kind == "quote"),
        tuple(
            ReservationRead(
                row.text,
                row.language,
                row.names or names[row.member].official,
                row.at,
                row.ended,
                row.instead or None,
            )
            for row in rows
            if row.kind == "reservation"
        ),
        tuple(bodies[key] for key in responsible if key in bodies),
    )


@prepared
def _surroundings(recommendation: uuid.UUID, responsible: Sequence[str]) -> sa.CompoundSelect[Any]:
    lists = (
        _sources_of(recommendation),
        _quotes_of(recommendation),
        _reservations_of(recommendation),
        _bodies(responsible),
    )
    return sa.union_all(*lists).order_by("at", "number", "place")


def _source(row: Any) -> SourceRead:
    """Return a source as everybody may read it: of a text that was taken out of sight since, the number alone."""
    public = row.state == SubmissionState.ACCEPTED
    author = public_author(row.state, withheld=row.withheld, body=row.names, author=row.author)
    return SourceRead(row.id, row.number, row.place, row.text if public else "", row.language, author, public)


#: The columns of the four lists, empty.
_EMPTY: Mapping[str, sa.ColumnElement[Any]] = {
    "id": sa.cast(sa.null(), sa.Uuid()),
    "number": sa.literal(""),
    "place": sa.literal(0),
    "text": sa.literal(""),
    "language": sa.literal(""),
    "state": sa.literal(""),
    "author": sa.literal(""),
    "withheld": sa.false(),
    "member": sa.cast(sa.null(), sa.Uuid()),
    "names": sa.type_coerce(sa.cast(sa.null(), sa.JSON()), LocalizedText()),
    "at": sa.cast(sa.null(), Utc()),
    "ended": sa.cast(sa.null(), Utc()),
    "instead": sa.type_coerce(sa.cast(sa.null(), sa.JSON()), LocalizedText()),
}


def _columns(kind: str, **given: Any) -> list[sa.ColumnElement[Any]]:
    return padded(kind, _EMPTY, given)


def _sources_of(recommendation: uuid.UUID) -> sa.Select[Any]:
    return (
        sa.select(
            *_columns(
                "source",
                id=Passage.id,
                number=Submission.number,
                place=Passage.number,
                text=Passage.text,
                language=Submission.language,
                state=Submission.state,
                author=Submission.author,
                withheld=Submission.withheld,
                names=Body.names,
                at=Source.added_at,
            )
        )
        .select_from(Source)
        .join(Passage, Passage.id == Source.passage_id)
        .join(Submission, Submission.id == Source.submission_id)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(Source.recommendation_id == recommendation)
    )


def _quotes_of(recommendation: uuid.UUID) -> sa.Select[Any]:
    columns = _columns(
        "quote",
        id=Quote.id,
        place=Quote.number,
        text=Quote.words,
        language=Quote.language,
        withheld=Quote.withdrawn,
        at=Source.added_at,
    )
    of_one = Source.recommendation_id == recommendation
    return sa.select(*columns).select_from(Source).join(Quote, Quote.id == Source.quote_id).where(of_one)


def _reservations_of(recommendation: uuid.UUID) -> sa.Select[Any]:
    acted = aliased(Body)
    columns = _columns(
        "reservation",
        id=Reservation.id,
        text=Reservation.text,
        language=Reservation.language,
        member=Reservation.member_id,
        names=Body.names,
        at=Reservation.at,
        ended=Reservation.withdrawn_at,
        instead=acted.names,
    )
    bodies = sa.select(*columns).select_from(Reservation).outerjoin(Body, Body.id == Reservation.body_id)
    bodies = bodies.outerjoin(acted, acted.id == Reservation.withdrawn_by_id)
    return bodies.where(Reservation.recommendation_id == recommendation)


def _bodies(keys: Sequence[str]) -> sa.Select[Any]:
    return sa.select(*_columns("body", id=Body.id, number=Body.key, names=Body.names)).where(Body.key.in_(keys))
