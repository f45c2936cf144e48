"""An end that was a mistake: the seats and members that it reached come back, unless something took their place meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.models import ERASED_NAME, Person
from consult.accounts.taking_part import is_taking_part
from consult.consultations.events import BodyUnsettled, SeatGiven
from consult.consultations.members import come_back
from consult.consultations.models import Consultation, Member, Seat
from consult.consultations.seats.holding import hold_seats, holder_refusal, seat_member
from consult.consultations.winding.models import SettledPart, Settlement
from consult.consultations.winding.winding_up import ELSEWHERE, Fate, may_decide, settlements_of
from consult.db import session
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing an end does in one track: each member and seat that it reached, with why it does not come back (None where it does).

    `noted` is false of an end from before that was written down: nothing comes back then.
    """

    settlement: Settlement
    consultation: Consultation
    members: Sequence[tuple[Member, Message | None]]
    seats: Sequence[tuple[SettledPart, Seat | None, Message | None]]
    noted: bool

    @property
    def back(self) -> Mapping[uuid.UUID, Member]:
        """Return the members who come back, by id."""
        return {member.id: member for member, refusal in self.members if refusal is None}


def undoings(body: uuid.UUID) -> Sequence[Undoing]:
    """Return what undoing the end of a body does in each track of a consultation in which it had a part."""
    return [_undoing(settlement, consultation) for settlement, consultation in settlements_of(body)]


def _undoing(settlement: Settlement, consultation: Consultation) -> Undoing:
    query = sa.select(SettledPart).where(SettledPart.settlement_id == settlement.id).order_by(SettledPart.part_id)
    parts = session.scalars(query).all()
    reached = [part.part_id for part in parts if part.kind == "member"]
    people = sa.select(Member, Person.name).join(Person, Person.id == Member.person_id)
    now = people.where(Member.id.in_(reached)).order_by(Member.number).execution_options(populate_existing=True)
    rows = session.execute(now).all()
    members = [(member, _member_refusal(member, name, settlement)) for member, name in rows]
    back = {member.id: member for member, refusal in members if refusal is None}
    seats = []
    for part in parts:
        if part.kind == "seat" and (part.holder_id is not None or settlement.fate == Fate.MOVE):
            seat = session.get(Seat, part.part_id, populate_existing=True)
            seats.append((part, seat, _seat_refusal(part, seat, settlement, back)))
    return Undoing(settlement, consultation, members, seats, bool(parts) or settlement.fate == Fate.KEEP)


def _member_refusal(member: Member, name: str, settlement: Settlement) -> Message | None:
    if name == ERASED_NAME:
        return N_("This person was erased.")
    if member.invited_at > settlement.decided_at:
        return N_("This member was invited anew since.")
    if settlement.fate == Fate.LEAVE:
        if is_taking_part(member, clock.now()):
            return N_("This member takes part again already.")
        over = member.until is not None and member.until <= clock.now()
        return N_("The accreditation of this member ran out meanwhile.") if over else None
    if member.own_body_id != settlement.successor_id:
        return N_("This member takes part for another body now.")
    return None if is_taking_part(member, clock.now()) else N_("This member no longer takes part.")


def _seat_refusal(
    part: SettledPart, seat: Seat | None, settlement: Settlement, back: Mapping[uuid.UUID, Member]
) -> Message | None:
    moved = settlement.fate == Fate.MOVE
    if seat is None:
        return N_("This seat is no longer there.")
    if part.own and seat.body_id != (settlement.successor_id if moved else settlement.body_id):
        return N_("This seat belongs to another body.")
    if seat.holder_id != (part.holder_id if moved else None):
        return N_("This seat has another holder now.") if seat.holder_id else N_("This seat was given back since.")
    if part.holder_id is None:
        return None
    if part.holder_id not in back:
        return N_("Its holder of then does not come back.")
    return None if moved else holder_refusal(back[part.holder_id])


def unsettle(*, body: uuid.UUID, actor: Actor) -> Sequence[Undoing]:
    """Give back what an end took, as far as nothing took its place; inside the transaction in which the end is undone.

    Alternates, proxies and accreditations that it closed stay closed. Raises Conflict where the body had a part in a
    consultation that the actor does not organise.
    """
    settled = settlements_of(body)
    if not all(may_decide(consultation, actor) for _, consultation in settled):
        raise Conflict(ELSEWHERE)
    for consultation in sorted({consultation.id for _, consultation in settled}):
        hold_seats(consultation)
    return [_unsettle(settlement, consultation, actor) for settlement, consultation in settlements_of(body)]


def _unsettle(settlement: Settlement, consultation: Consultation, actor: Actor) -> Undoing:
    found = _undoing(settlement, consultation)
    for member in found.back.values():
        if settlement.fate == Fate.LEAVE:
            come_back(member, actor)
        else:
            member.own_body_id = settlement.body_id
    session.flush()
    back = [(part, seat) for part, seat, refusal in found.seats if seat is not None and refusal is None]
    for part, seat in back:
        _give_back(part, seat, settlement, found, actor)
    settlement.undone_at = clock.now()
    session.flush()
    undone = BodyUnsettled(settlement.body_id, settlement.track, len(back), len(found.back))
    record(undone, stream=consultation.id, actor=actor.person)
    return found


def _give_back(part: SettledPart, seat: Seat, settlement: Settlement, found: Undoing, actor: Actor) -> None:
    if settlement.fate == Fate.MOVE:
        seat.body_id = settlement.body_id if part.own else seat.body_id
    elif part.holder_id is not None:
        seat_member(seat, found.back[part.holder_id], actor)
        record(SeatGiven(seat.id, part.holder_id), stream=found.consultation.id, actor=actor.person)
    seat.constituency = part.constituency
