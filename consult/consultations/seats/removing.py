"""Removing a seat that nobody ever held, with a reason that stays: one made by mistake, or from before each body had its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.events import SeatRemoved
from consult.consultations.models import Alternate, Consultation, Proxy, RemovedSeat, Seat, SeatTerm
from consult.consultations.seats.holding import REASON_LIMIT, hold_seats
from consult.db import session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Message

HELD = N_("Somebody held this seat: it stays, with its history.")


def removal_refusal(seat: Seat) -> Message | None:
    """Return why a seat is not removed, None where it may be (3 queries)."""
    if seat.holder_id is not None or _any(SeatTerm, seat) or _any(Proxy, seat):
        return HELD
    if _any(Alternate, seat):
        return N_("Somebody stands in for this seat. Take them off first.")
    return None


def _any(model: type[SeatTerm | Proxy | Alternate], seat: Seat) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(model.seat_id == seat.id))))


def remove_seat(seat: Seat, reason: str, language: str, *, consultation: Consultation, actor: Actor) -> None:
    """Remove a seat that nobody ever held; its number is given to no other. Raises Rejected, Conflict."""
    reason = clean_text(reason)
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        row = session.get(Seat, seat.id, populate_existing=True)
        if row is None or row.consultation_id != consultation.id:
            raise Conflict(N_("This seat is no longer there."))
        if (refusal := removal_refusal(row)) is not None:
            raise Conflict(refusal)
        if problems := list(_problems(reason, language)):
            raise Rejected(problems)
        kept = {name: getattr(row, name) for name in ("id", "consultation_id", "track", "number", "body_id")}
        session.add(RemovedSeat(**kept, reason=reason, language=language, removed_at=clock.now()))
        session.delete(row)
        try:
            session.flush()
        except sa.exc.IntegrityError as standing:  # an alternate voted for it: it stands on a roll
            raise Conflict(HELD) from standing
        record(SeatRemoved(kept["id"], kept["track"], kept["number"]), stream=consultation.id, actor=actor.person)


def _problems(reason: str, language: str) -> Iterator[Problem]:
    if not reason:
        yield Problem("reason", N_("Say why the seat is removed: it stays on the page of seats."))
    if len(reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
    if language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))


def removed_seats(consultation: uuid.UUID, track: str) -> Sequence[RemovedSeat]:
    """Return the seats of a track that were removed, by number (1 query)."""
    here = sa.select(RemovedSeat).where(RemovedSeat.consultation_id == consultation, RemovedSeat.track == track)
    return session.scalars(here.order_by(RemovedSeat.number)).all()
