"""Alternates of a seat: who stands in for its holder, in order."""

from __future__ import annotations

import uuid
from typing import Literal

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.consultations.events import AlternateAdded, AlternateMoved
from consult.consultations.models import Alternate, Consultation, Member, Seat
from consult.consultations.seats.holding import hold_seats, holder_refusal, seat_refusal, take_off
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_, Message

#: How many may stand in for one holder.
MOST_ALTERNATES = 5


def add_alternate(seat: Seat, member: Member | None, *, consultation: Consultation, actor: Actor) -> Alternate:
    """Put a member last among the alternates of a seat. Raises Rejected at the field `member`."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        if seat.consultation_id != consultation.id:
            raise NotFound
        if member is None or member.consultation_id != consultation.id:
            raise Rejected(N_("Choose a member."), "member")
        standing = session.scalar(sa.select(sa.func.count()).where(Alternate.seat_id == seat.id)) or 0
        if (refusal := _refusal(seat, member, standing)) is not None:
            raise Rejected(refusal, "member")
        row = Alternate(
            id=new_id(),
            consultation_id=consultation.id,
            seat_id=seat.id,
            member_id=member.id,
            person_id=member.person_id,
            position=standing + 1,
        )
        session.add(row)
        session.flush()
        record(AlternateAdded(seat.id, member.id, row.position), stream=consultation.id, actor=actor.person)
        return row


def _refusal(seat: Seat, member: Member, standing: int) -> Message | None:
    if (refusal := seat_refusal(seat, member)) is not None:
        return refusal
    if holder_refusal(member) is not None:
        return N_("Whoever has a seat of their own does not stand in for another. They can carry a proxy.")
    known = sa.select(Alternate.seat_id).where(
        Alternate.consultation_id == seat.consultation_id, Alternate.person_id == member.person_id
    )
    if (other := session.scalar(known)) is not None:
        return (
            N_("This member is an alternate of this seat already.")
            if other == seat.id
            else N_("This person stands in for another seat. One person stands in for one seat.")
        )
    if standing >= MOST_ALTERNATES:
        return N_("A seat has at most %(most)s alternates.", most=MOST_ALTERNATES)
    return None


def move_alternate(
    alternate: uuid.UUID, direction: Literal["up", "down"], *, seat: Seat, consultation: Consultation, actor: Actor
) -> Alternate:
    """Let an alternate change places with the one before ("up") or after ("down"). At the end of the list a Conflict."""
    with transaction():
        row = _held(alternate, seat, consultation, actor)
        place = row.position - 1 if direction == "up" else row.position + 1
        other = session.scalars(
            sa.select(Alternate).where(Alternate.seat_id == seat.id, Alternate.position == place)
        ).first()
        if other is None:
            raise Conflict(N_("They stand at the end of the list already."))
        row.position, other.position = other.position, row.position
        session.flush()
        record(AlternateMoved(seat.id, row.member_id, row.position), stream=consultation.id, actor=actor.person)
        return row


def remove_alternate(alternate: uuid.UUID, *, seat: Seat, consultation: Consultation, actor: Actor) -> None:
    """Take an alternate off the list of a seat; those after them move up."""
    with transaction():
        take_off(_held(alternate, seat, consultation, actor), actor)


def _held(alternate: uuid.UUID, seat: Seat, consultation: Consultation, actor: Actor) -> Alternate:
    demand(actor, "consultation.organise", consultation)
    hold_seats(consultation.id)
    row = session.get(Alternate, alternate, populate_existing=True)
    if row is None or row.seat_id != seat.id or row.consultation_id != consultation.id:
        raise NotFound
    return row
