"""The seats of a consultation with whom they have now: holders, alternates in order, bearers of proxies."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Alternate, Member, Proxy, Seat
from consult.consultations.seats.acting import Standing
from consult.db import read


@dataclass(frozen=True, slots=True)
class PlenarySeat:
    """A seat as it is now: where it counts, and who may act for it."""

    number: int
    track: str
    constituency: str
    standing: Standing
    proxy: uuid.UUID | None


def plenary(consultation: uuid.UUID, *, session: uuid.UUID | None = None, kind: str = "") -> Sequence[PlenarySeat]:
    """Return every seat by track and number (3 queries).

    Proxies are those in force for everything, for this session and for this kind of ballot. Who left, or whose accreditation has ended, is not among them.
    """
    alternates, proxies = _alternates(consultation), _proxies(consultation, session, kind)
    rows = read(
        sa.select(Seat.id, Seat.number, Seat.track, Seat.constituency, Member.id)
        .outerjoin(Member, sa.and_(Member.id == Seat.holder_id, takes_part(Member, clock.now())))
        .where(Seat.consultation_id == consultation)
        .order_by(Seat.track, Seat.number)
    )
    found = []
    for seat, number, track, constituency, holder in rows:
        proxy, giver, bearer = proxies.get(seat, (None, None, None))
        carrier = bearer if holder is not None and giver == holder else None
        standing = Standing(seat, holder, alternates.get(seat, ()), carrier)
        found.append(PlenarySeat(number, track, constituency, standing, proxy if carrier else None))
    return found


def has_holder() -> sa.ColumnElement[bool]:
    """Return, as part of a query of seats, that somebody who takes part holds one."""
    holder = sa.orm.aliased(Member)
    return sa.exists().where(holder.id == Seat.holder_id, takes_part(holder, clock.now()))


def _alternates(consultation: uuid.UUID) -> Mapping[uuid.UUID, Sequence[uuid.UUID]]:
    found: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for seat, member in read(
        sa.select(Alternate.seat_id, Alternate.member_id)
        .join(Member, Member.id == Alternate.member_id)
        .where(Alternate.consultation_id == consultation, takes_part(Member, clock.now()))
        .order_by(Alternate.seat_id, Alternate.position)
    ):
        found[seat].append(member)
    return found


def _proxies(
    consultation: uuid.UUID, session: uuid.UUID | None, kind: str
) -> Mapping[uuid.UUID, tuple[uuid.UUID, uuid.UUID, uuid.UUID]]:
    rows = read(
        sa.select(Proxy.seat_id, Proxy.id, Proxy.giver_id, Proxy.bearer_id).where(
            Proxy.consultation_id == consultation,
            Proxy.ended_at.is_(None),
            Proxy.until > clock.now(),
            sa.or_(Proxy.session_id.is_(None), Proxy.session_id == session),
            sa.or_(Proxy.ballot_kind == "", Proxy.ballot_kind == kind),
        )
    )
    return {seat: (proxy, giver, bearer) for seat, proxy, giver, bearer in rows}
