"""Reading one seat: whom it has, whom it had, and whom it could have; and the seats and proxies of somebody."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Alternate, Consultation, Member, Proxy, Seat, SeatTerm
from consult.consultations.queries import empty_seats, found_by
from consult.consultations.seats.holding import last_holder, tells_body
from consult.consultations.seats.proxies import proxy_of
from consult.consultations.seats.standing import has_holder
from consult.db import session
from consult.i18n import Localized

#: More members than this are not offered in one list.
MOST_OFFERED = 500
PAGE = 50


@dataclass(frozen=True, slots=True)
class StandIn:
    """An alternate of a seat."""

    id: uuid.UUID
    member: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class Term:
    """Who held a seat from when to when; `until` is None for who holds it now."""

    member: uuid.UUID
    since: datetime
    until: datetime | None
    reason: str
    language: str


@dataclass(frozen=True, slots=True)
class SeatNow:
    """A seat with its body's names, alternates in order, terms (the newest first) and the proxy it has given."""

    row: Seat
    body: Localized | None
    alternates: Sequence[StandIn]
    terms: Sequence[Term]
    proxy: Proxy | None

    def members(self) -> set[uuid.UUID]:
        """Return everybody whose name its page shows."""
        found = {one.member for one in self.alternates} | {term.member for term in self.terms}
        found |= {self.proxy.bearer_id, self.proxy.giver_id} if self.proxy else set()
        return found | ({self.row.holder_id} if self.row.holder_id else set())


@dataclass(frozen=True, slots=True)
class ProxyLine:
    """A proxy in a list, with the number of the seat it is for."""

    proxy: Proxy
    seat: int

    @property
    def holds(self) -> bool:
        """Tell whether it is in force."""
        return self.proxy.ended_at is None and self.proxy.until > clock.now()


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A seat in the list of a track: its body and its holder, where it has them, and how many stand in."""

    id: uuid.UUID
    number: int
    body: Localized | None
    holder: uuid.UUID | None
    alternates: int


@dataclass(frozen=True, slots=True)
class SeatsPage:
    """A page of seats by number; `after` begins the next one, None on the last."""

    lines: Sequence[SeatLine]
    after: int | None


def seat_by_number(consultation: uuid.UUID, track: str, number: int) -> Seat | None:
    """Return a seat of a track by its number."""
    return session.scalars(
        sa.select(Seat).where(Seat.consultation_id == consultation, Seat.track == track, Seat.number == number)
    ).first()


def seat_now(row: Seat) -> SeatNow:
    """Return a seat with whom it has and had (4 queries)."""
    body = session.scalar(sa.select(Body.names).where(Body.id == row.body_id)) if row.body_id else None
    alternates = session.execute(
        sa.select(Alternate.id, Alternate.member_id, Alternate.position)
        .where(Alternate.seat_id == row.id)
        .order_by(Alternate.position)
    )
    terms = session.execute(
        sa.select(SeatTerm.member_id, SeatTerm.since, SeatTerm.until, SeatTerm.reason, SeatTerm.language)
        .where(SeatTerm.seat_id == row.id)
        .order_by(SeatTerm.since.desc(), SeatTerm.id.desc())
        .limit(PAGE)
    )
    return SeatNow(row, body, [StandIn(*one) for one in alternates], [Term(*one) for one in terms], proxy_of(row.id))


def seats_page(consultation: uuid.UUID, track: str, *, after: int = 0, limit: int = PAGE) -> SeatsPage:
    """Return the seats of a track by number (1 query)."""
    standing = sa.select(sa.func.count()).where(Alternate.seat_id == Seat.id).correlate(Seat).scalar_subquery()
    rows = session.execute(
        sa.select(Seat.id, Seat.number, Body.names, Seat.holder_id, standing)
        .outerjoin(Body, Body.id == Seat.body_id)
        .where(Seat.consultation_id == consultation, Seat.track == track, Seat.number > after)
        .order_by(Seat.number)
        .limit(limit + 1)
    ).all()
    lines = [SeatLine(*row) for row in rows[:limit]]
    return SeatsPage(lines, lines[-1].number if len(rows) > limit else None)


def free_for(member: Member) -> Sequence[tuple[Seat, Localized | None]]:
    """Return the free seats a member could have: those of nobody and those of their body, unless one would tell the body."""
    return [
        (seat, names)
        for seat, names in empty_seats(member.consultation_id, member.track)
        if seat.body_id is None or (seat.body_id == member.own_body_id and not tells_body(seat, member))
    ]


def could_hold(seat: Seat, text: str = "", *conditions: sa.ColumnElement[bool]) -> Sequence[uuid.UUID]:
    """Return the members who could hold a seat or stand in for its holder, by number: of its track and body, without a seat.

    With a text, those found by number, name or body; at most MOST_OFFERED. Among those of one body nobody whose name is withheld
    stands beside somebody whose name is not: that would tell the body.
    """
    of_person = sa.orm.aliased(Member)
    seated = sa.exists().where(
        Seat.holder_id == of_person.id,
        of_person.person_id == Member.person_id,
        of_person.consultation_id == seat.consultation_id,
    )
    query = sa.select(Member.id).where(
        Member.consultation_id == seat.consultation_id,
        Member.track == seat.track,
        takes_part(Member, clock.now()),
        sa.not_(seated),
        *conditions,
        *_called(text, seat),
    )
    if seat.body_id is not None:
        last = last_holder(seat)
        withheld = last is not None and last.withheld
        query = query.where(Member.own_body_id == seat.body_id, Member.withheld.is_(withheld))
    return session.scalars(query.order_by(Member.number).limit(MOST_OFFERED)).all()


def _called(text: str, seat: Seat) -> Sequence[sa.ColumnElement[bool]]:
    if not text:
        return ()
    found = found_by(text, seat.consultation_id)
    return (sa.false(),) if found is None else (found,)


def could_stand_in(seat: Seat, text: str = "") -> Sequence[uuid.UUID]:
    """Return the members who could be put among the alternates of a seat: those who stand in for nobody yet."""
    known = sa.exists().where(Alternate.member_id == Member.id, Alternate.consultation_id == seat.consultation_id)
    return could_hold(seat, text, sa.not_(known))


def could_carry(seat: Seat, text: str = "") -> Sequence[tuple[uuid.UUID, int]]:
    """Return the holders of other seats of the consultation who may carry one more proxy, with the numbers of their seats."""
    carried = (
        sa.select(sa.func.count())
        .where(
            Proxy.bearer_id == Seat.holder_id,
            Proxy.ended_at.is_(None),
            Proxy.until > clock.now(),
            Proxy.seat_id != seat.id,
        )
        .correlate(Seat)
        .scalar_subquery()
    )
    each = sa.select(Consultation.proxies_each).where(Consultation.id == seat.consultation_id).scalar_subquery()
    rows = session.execute(
        sa.select(Seat.holder_id, Seat.number)
        .join(Member, Member.id == Seat.holder_id)
        .where(
            Seat.consultation_id == seat.consultation_id,
            has_holder(),
            Seat.id != seat.id,
            carried < each,
            *_called(text, seat),
        )
        .order_by(Seat.number)
        .limit(MOST_OFFERED)
    )
    return [(holder, number) for holder, number in rows if holder is not None]


def proxies_page(
    consultation: uuid.UUID, *, before: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[Sequence[ProxyLine], uuid.UUID | None]:
    """Return the proxies of a consultation, the newest first, and where the next page begins (1 query)."""
    query = _lines().where(Proxy.consultation_id == consultation)
    if before is not None:
        query = query.where(Proxy.id < before)
    rows = session.execute(query.order_by(Proxy.id.desc()).limit(limit + 1)).all()
    lines = [ProxyLine(*row) for row in rows[:limit]]
    return lines, lines[-1].proxy.id if len(rows) > limit else None


def proxies_carried(members: Collection[uuid.UUID]) -> Sequence[ProxyLine]:
    """Return the proxies in force that these members carry (1 query)."""
    held = (Proxy.bearer_id.in_(members), Proxy.ended_at.is_(None), Proxy.until > clock.now())
    return [ProxyLine(*row) for row in session.execute(_lines().where(*held).order_by(Seat.number))]


def _lines() -> sa.Select[Proxy, int]:
    return sa.select(Proxy, Seat.number).join(Seat, Seat.id == Proxy.seat_id)


def seats_of(members: Collection[uuid.UUID]) -> Sequence[Seat]:
    """Return the seats that these members hold (1 query)."""
    return session.scalars(sa.select(Seat).where(Seat.holder_id.in_(members)).order_by(Seat.number)).all()


def stood_in_for(members: Collection[uuid.UUID]) -> Sequence[tuple[Seat, int]]:
    """Return the seats that these members stand in for, and at which place (1 query)."""
    rows = session.execute(
        sa.select(Seat, Alternate.position)
        .join(Alternate, Alternate.seat_id == Seat.id)
        .where(Alternate.member_id.in_(members))
        .order_by(Seat.number)
    )
    return [(seat, position) for seat, position in rows]


def seats_held_before(members: Collection[uuid.UUID]) -> Sequence[tuple[int, Term]]:
    """Return the terms of these members that have ended, with the numbers of the seats, the newest first (1 query)."""
    rows = session.execute(
        sa.select(Seat.number, SeatTerm.member_id, SeatTerm.since, SeatTerm.until, SeatTerm.reason, SeatTerm.language)
        .join(Seat, Seat.id == SeatTerm.seat_id)
        .where(SeatTerm.member_id.in_(members), SeatTerm.until.is_not(None))
        .order_by(SeatTerm.until.desc())
        .limit(PAGE)
    )
    return [(row[0], Term(*row[1:])) for row in rows]
