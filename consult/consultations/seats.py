"""Seats of the plenary: made for a track, one a body where the track says so, given to members and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies import BodyDraft, enter_body
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key
from consult.consultations.events import SeatGiven, SeatsCreated, SeatVacated
from consult.consultations.frame import MOST_SEATS
from consult.consultations.models import Consultation, Member, Seat
from consult.consultations.numbering import next_number
from consult.consultations.reference import INSTITUTIONS, institutions
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_, Message
from consult.plugins.track import ReferenceBody
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Admitted:
    """What admitting bodies came to: all of them, and how many seats were made."""

    bodies: Sequence[Body]
    seats: int


def create_seats(track: str, count: int, *, consultation: Consultation, actor: Actor) -> Sequence[Seat]:
    """Add free seats to a track. Raises Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if not 1 <= count <= MOST_SEATS:
            raise Rejected(N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_SEATS), field="count")
        return _make(consultation, track, [None] * count, actor)


def create_seats_for(track: str, bodies: Sequence[Body], *, consultation: Consultation, actor: Actor) -> Sequence[Seat]:
    """Add one seat for each body that has none in this track; the seat counts in the body's constituency."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        seated = set(
            session.scalars(sa.select(Seat.body_id).where(Seat.consultation_id == consultation.id, Seat.track == track))
        )
        return _make(consultation, track, [body for body in bodies if body.id not in seated], actor)


def seat_for_body(track: str, body: Body, consultation: Consultation, actor: Actor) -> None:
    """Make the seat of a body that has none in a track; inside the transaction of a service that has asked for permission."""
    own = (Seat.consultation_id == consultation.id, Seat.track == track, Seat.body_id == body.id)
    if not session.scalar(sa.select(sa.exists().where(*own))):
        _make(consultation, track, [body], actor)


def _make(consultation: Consultation, track: str, bodies: Sequence[Body | None], actor: Actor) -> Sequence[Seat]:
    row = next((t for t in consultation.tracks if t.key == track), None)
    if row is None:
        raise Rejected(N_("This track is not part of the consultation."), field="track")
    found = runtime().hooks.track(track)
    made = [
        Seat(
            id=new_id(),
            consultation_id=consultation.id,
            track=track,
            number=next_number(consultation.id, "seat"),
            body_id=body.id if body else None,
            constituency=found.constituency_of(body) if found else "",
        )
        for body in bodies
    ]
    if not made:
        return []
    session.add_all(made)
    session.flush()
    seats = sa.select(sa.func.count()).where(Seat.consultation_id == consultation.id, Seat.track == track)
    row.seats = max(row.seats, session.scalar(seats) or 0)
    record(SeatsCreated(track, len(made)), stream=consultation.id, actor=actor.person)
    return made


def give_seat(seat: Seat, member: Member, *, consultation: Consultation, actor: Actor) -> Seat:
    """Give a free seat to a member of the same track (and body, where the seat is a body's). Raises Conflict."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        refusal = _refusal(seat, member, consultation)
        if refusal is not None:
            raise Conflict(refusal)
        seat.holder_id = member.id
        if seat.body_id is None and member.body_id is not None:
            track, body = runtime().hooks.track(seat.track), session.get_one(Body, member.body_id)
            seat.constituency = track.constituency_of(body) if track else seat.constituency
        record(SeatGiven(seat.id, member.id), stream=consultation.id, actor=actor.person)
        return seat


def _refusal(seat: Seat, member: Member, consultation: Consultation) -> Message | None:
    if {seat.consultation_id, member.consultation_id} != {consultation.id}:
        return N_("Seat and member belong to another consultation.")
    if seat.holder_id is not None:
        return N_("This seat is taken.")
    if member.ended_at is not None:
        return N_("This member no longer takes part.")
    if seat.track != member.track:
        return N_("Seat and member belong to different tracks.")
    if seat.body_id is not None and seat.body_id != member.body_id:
        return N_("This seat belongs to another body.")
    if session.scalar(sa.select(sa.exists().where(Seat.holder_id == member.id))):
        return N_("This member has a seat already.")
    return None


def vacate_seat(seat: Seat, *, consultation: Consultation, actor: Actor) -> Seat:
    """Take a seat back from its holder. Raises Conflict if it is free."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if seat.consultation_id != consultation.id or seat.holder_id is None:
            raise Conflict(N_("This seat has no holder."))
        vacate(seat, actor)
        return seat


def vacate(seat: Seat, actor: Actor) -> None:
    """Write that a seat is free again; inside the transaction of a service that has asked for permission."""
    holder = seat.holder_id
    if holder is not None:
        seat.holder_id = None
        record(SeatVacated(seat.id, holder), stream=seat.consultation_id, actor=actor.person)


def free_seat(consultation: uuid.UUID, track: str, body: uuid.UUID | None) -> Seat | None:
    """Return a free seat of a track for a body's member: the body's own, else one that is nobody's."""
    free = (
        sa.select(Seat)
        .where(Seat.consultation_id == consultation, Seat.track == track, Seat.holder_id.is_(None))
        .order_by(Seat.number)
        .limit(1)
    )
    own = session.scalars(free.where(Seat.body_id == body)).first() if body is not None else None
    return own or session.scalars(free.where(Seat.body_id.is_(None))).first()


def reference_bodies(source: str) -> Sequence[ReferenceBody]:
    """Return the bodies of a reference file: a track's, or the institutions; empty where the plugin brings none."""
    if source == INSTITUTIONS:
        return institutions()
    track = runtime().hooks.track(source)
    return track.reference_bodies() if track else ()


def admit_bodies(source: str, keys: Sequence[str], *, consultation: Consultation, actor: Actor) -> Admitted:
    """Enter chosen bodies of a reference file in the register, and make their seats where each body has one.

    Again changes nothing: what stands in the register stays as it is. Raises Rejected for a code that is not in the file.
    """
    with transaction():
        demand(actor, "member.invite", consultation)
        known = {body.key: body for body in reference_bodies(source)}
        if unknown := [key for key in keys if key not in known]:
            raise Rejected(N_("There is no body with the code “%(code)s”.", code=unknown[0]), field="bodies")
        bodies = [body_by_key(key) or enter_body(_as_draft(known[key]), actor=actor)[0] for key in dict.fromkeys(keys)]
        if ended := next((body.key for body in bodies if body.valid_to is not None), None):
            raise Rejected(N_("The body with the code “%(code)s” has ended.", code=ended), field="bodies")
        track = runtime().hooks.track(source)
        one_each = track is not None and track.one_seat_a_body and source in consultation.enabled_tracks()
        seats = create_seats_for(source, bodies, consultation=consultation, actor=actor) if one_each else []
        return Admitted(bodies, len(seats))


def _as_draft(body: ReferenceBody) -> BodyDraft:
    return BodyDraft(body.key, body.kind, body.names, region=body.region, district=body.district, source=body.source)
