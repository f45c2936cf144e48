"""Reading reservations: one's own on record, and what one's body has not signed off yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, Membership
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.consultations.models import Member
from consult.consultations.winding.models import SettledPart, Settlement
from consult.db import session
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.reservation_models import Reservation, UnsignedReservation

#: What is listed of a body at most.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class WaitingReservation:
    """What a body has not signed off yet, and about which recommendation."""

    row: UnsignedReservation
    number: int
    titles: Localized


def offices_of(memberships: Sequence[Membership]) -> Sequence[tuple[uuid.UUID, str]]:
    """Return the bodies and tracks for which somebody's reservations stand (1 query, 0 for no body).

    Whoever's name is withheld speaks for themselves: what they say stands under no body.
    """
    ours = [m.member for m in memberships if m.body is not None]
    if not ours:
        return ()
    named = sa.select(Member.body_id, Member.track).where(Member.id.in_(ours))
    return [(body, track) for body, track in session.execute(named) if body is not None]


def own_reservation(recommendation: uuid.UUID, memberships: Sequence[Membership]) -> Reservation | None:
    """Return the reservation that stands of somebody, or of a body they take part for (at most 2 queries, 0 for nobody).

    Of a body it is also the one that a member put on record for it alone, before bodies signed off.
    """
    if not memberships:
        return None
    made = Reservation
    own: list[sa.ColumnElement[bool]] = [made.member_id.in_([m.member for m in memberships])]
    for body, track in offices_of(memberships):
        entered = sa.and_(Member.body_id == body, Member.track == track)
        own += [sa.and_(made.body_id == body, made.track == track), entered]
    of_one = (made.recommendation_id == recommendation, made.withdrawn_at.is_(None))
    query = sa.select(made).outerjoin(Member, Member.id == made.member_id).where(*of_one, sa.or_(*own))
    return session.scalars(query.order_by(made.at, made.id).limit(1)).first()


def inherited_reservations(
    recommendation: uuid.UUID, memberships: Sequence[Membership]
) -> Sequence[tuple[Reservation, Localized]]:
    """Return the reservations that stand of bodies which went into one that somebody takes part for, with their names, the earliest first (1 query, 0 for none)."""
    made = Reservation
    of = [sa.and_(made.body_id.in_(m.former), made.track == m.track) for m in memberships if m.former]
    if not of:
        return ()
    query = sa.select(made, Body.names).join(Body, Body.id == made.body_id)
    query = query.where(made.recommendation_id == recommendation, made.withdrawn_at.is_(None), sa.or_(*of))
    return [(one, names) for one, names in session.execute(query.order_by(made.at, made.id))]


def unsigned_of(recommendation: uuid.UUID, memberships: Sequence[Membership]) -> UnsignedReservation | None:
    """Return what a body for which somebody speaks is going to say of a recommendation (2 queries, 0 for no body).

    It is in nobody's way whose name is withheld: they speak for themselves, and sign off what colleagues wrote as anybody else does.
    """
    offices = offices_of(memberships)
    if not offices:
        return None
    row = UnsignedReservation
    of = sa.or_(*(sa.and_(row.body_id == body, row.track == track) for body, track in offices))
    return session.scalars(sa.select(row).where(row.recommendation_id == recommendation, of).limit(1)).first()


def waiting_reservations(actor: Actor, consultation: uuid.UUID) -> Sequence[WaitingReservation]:
    """Return what somebody's bodies have not signed off yet, by recommendation (1 query)."""
    row = UnsignedReservation
    rows = session.execute(
        sa.select(row, Recommendation.number, Recommendation.titles)
        .join(Recommendation, Recommendation.id == row.recommendation_id)
        .where(row.consultation_id == consultation, permitted(actor, "reservation.sign", consultation))
        .order_by(Recommendation.number, row.id)
        .limit(MOST_SHOWN)
    )
    return [WaitingReservation(*found) for found in rows]


@dataclass(frozen=True, slots=True)
class LeftReservation:
    """What a body had not signed off when it went into another: the body, its words, and about which recommendation."""

    body: Localized
    row: UnsignedReservation
    number: int
    titles: Localized


def left_reservations(actor: Actor, consultation: uuid.UUID) -> Sequence[LeftReservation]:
    """Return what bodies had not signed off when somebody went with them into another, by recommendation (1 query, 0 for whoever did not).

    It is nobody's to say any more. Those who worked on it read it; the other members of the body they went into never do.
    """
    came = [m.member for m in actor.memberships_in(consultation) if m.former]
    if not came:
        return ()
    row = UnsignedReservation
    went = (
        sa.exists()
        .where(Settlement.body_id == row.body_id, Settlement.track == row.track)
        .where(Settlement.consultation_id == row.consultation_id, Settlement.undone_at.is_(None))
        .where(Settlement.successor_id.is_not(None), SettledPart.settlement_id == Settlement.id)
        .where(SettledPart.kind == "member", SettledPart.part_id.in_(came))
    )
    rows = session.execute(
        sa.select(Body.names, row, Recommendation.number, Recommendation.titles)
        .join(Body, Body.id == row.body_id)
        .join(Recommendation, Recommendation.id == row.recommendation_id)
        .where(row.consultation_id == consultation, went)
        .order_by(Recommendation.number, row.id)
        .limit(MOST_SHOWN)
    )
    return [LeftReservation(*found) for found in rows]
