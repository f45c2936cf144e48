"""Seats of the plenary: made for a track within its quota, one a body where the track says so. Who holds them: `holding`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.bodies.services import BodyDraft, register_body
from consult.accounts.bodies.words import USUAL_LEVEL
from consult.accounts.models import Body
from consult.accounts.queries import body_by_key
from consult.consultations.events import SeatsCreated, TrackSet
from consult.consultations.models import Consultation, ConsultationTrack, Seat
from consult.consultations.numbering import next_number
from consult.consultations.reference import INSTITUTIONS, institutions
from consult.consultations.seats.holding import hold_seats, one_seat_each
from consult.consultations.seats.standing import has_holder
from consult.db import new_id, session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_, Message
from consult.plugins.track import ReferenceBody
from consult.runtime import runtime

#: As many as the largest chambers have.
MOST_SEATS = 2000


@dataclass(frozen=True, slots=True)
class Admitted:
    """What admitting bodies came to: all of them, and how many seats were made."""

    bodies: Sequence[Body]
    seats: int


def create_seats(track: str, count: int, *, consultation: Consultation, actor: Actor) -> Sequence[Seat]:
    """Add free seats to a track. Raises Rejected, also where each body has its own seat: one that is nobody's would be a second vote."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if one_seat_each(track):
            raise Rejected(
                N_("In this track each body has one seat: it is made when you choose the body from the list."), "count"
            )
        if not 1 <= count <= MOST_SEATS:
            raise Rejected(N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_SEATS), field="count")
        return _make(consultation, track, [None] * count, actor, "count")


def create_seats_for(track: str, bodies: Sequence[Body], *, consultation: Consultation, actor: Actor) -> Sequence[Seat]:
    """Add one seat for each body that has none in this track; the seat counts in the body's constituency."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        seated = set(
            session.scalars(sa.select(Seat.body_id).where(Seat.consultation_id == consultation.id, Seat.track == track))
        )
        return _make(consultation, track, [body for body in bodies if body.id not in seated], actor, "bodies")


def set_quota(track: str, seats: int, *, consultation: Consultation, actor: Actor) -> ConsultationTrack:
    """Set how many seats a track may have. Raises Rejected where it has more already."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        row = _track(consultation, track)
        if (problem := quota_problem(consultation.id, track, seats)) is not None:
            raise Rejected(problem, field="quota")
        row.seats = seats
        record(TrackSet(track, row.enabled, seats), stream=consultation.id, actor=actor.person)
        return row


def quota_problem(consultation: uuid.UUID, track: str, seats: int) -> Message | None:
    """Return why a track cannot have this quota."""
    if not 0 <= seats <= MOST_SEATS:
        return N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_SEATS)
    if seats < (made := seats_made(consultation, track)):
        return N_("%(seats)s seats are made in this track: its quota cannot be less.", seats=made)
    return None


def seats_made(consultation: uuid.UUID, track: str) -> int:
    """Return how many seats a track has, held or free."""
    made = sa.select(sa.func.count()).where(Seat.consultation_id == consultation, Seat.track == track)
    return session.scalar(made) or 0


def seat_for_body(track: str, body: Body, consultation: Consultation, actor: Actor) -> None:
    """Make the seat of a body that has none in a track; inside the transaction of a service that has asked for permission.

    Raises Rejected where the quota of the track is used up.
    """
    hold_seats(consultation.id)
    own = (Seat.consultation_id == consultation.id, Seat.track == track, Seat.body_id == body.id)
    if not session.scalar(sa.select(sa.exists().where(*own))):
        _make(consultation, track, [body], actor, "decision")


def _track(consultation: Consultation, track: str) -> ConsultationTrack:
    row = next((t for t in consultation.tracks if t.key == track), None)
    if row is None:
        raise Rejected(N_("This track is not part of the consultation."), field="track")
    return row


def _make(
    consultation: Consultation, track: str, bodies: Sequence[Body | None], actor: Actor, field: str
) -> Sequence[Seat]:
    hold_seats(consultation.id)
    row = _track(consultation, track)
    if bodies and (made := seats_made(consultation.id, track)) + len(bodies) > row.seats:
        words = N_(
            "The quota of this track is %(quota)s seats, and %(seats)s are made. Change the quota first.",
            quota=row.seats,
            seats=made,
        )
        raise Rejected(words, field=field)
    found = runtime().hooks.track(track)
    new = [
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
    if not new:
        return []
    session.add_all(new)
    session.flush()
    record(SeatsCreated(track, len(new)), stream=consultation.id, actor=actor.person)
    return new


def free_seat(consultation: uuid.UUID, track: str, body: uuid.UUID | None) -> Seat | None:
    """Return a free seat of a track for a body's member: the body's own, else, where not each has one, one that is nobody's.

    Free is also one whose holder takes part no more, after those that are empty: it is vacated before it is given.
    """
    free = (
        sa.select(Seat)
        .where(Seat.consultation_id == consultation, Seat.track == track, sa.not_(has_holder()))
        .order_by(Seat.holder_id.is_not(None), Seat.number)
        .limit(1)
    )
    own = session.scalars(free.where(Seat.body_id == body)).first() if body is not None else None
    return own if own or one_seat_each(track) else session.scalars(free.where(Seat.body_id.is_(None))).first()


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
        bodies = [body_by_key(key) or register_body(_as_draft(known[key]), actor=actor) for key in dict.fromkeys(keys)]
        if ended := next((body.key for body in bodies if body.valid_to is not None), None):
            raise Rejected(N_("The body with the code “%(code)s” has ended.", code=ended), field="bodies")
        one_each = one_seat_each(source) and source in consultation.enabled_tracks()
        seats = create_seats_for(source, bodies, consultation=consultation, actor=actor) if one_each else []
        return Admitted(bodies, len(seats))


def _as_draft(body: ReferenceBody) -> BodyDraft:
    return BodyDraft(
        body.key,
        body.kind,
        body.names,
        level=USUAL_LEVEL.get(body.kind, ""),
        region=body.region,
        district=body.district,
        source=body.source,
    )
