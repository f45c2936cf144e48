"""A body that ends has seats and members here: what becomes of them is decided before it ends, track by track, with a reason.

A body and the one it went into never both vote: seats go to a successor that has none in the track, or fall empty; they stay
with a body only where it ended without a successor. Rolls that were frozen stay as they are.
Members who withhold their names are left as they are, and stand nowhere here: whatever was asked or done about them would
tell for which body they take part.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, allowed
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.consultations.events import BodySettled
from consult.consultations.holding import REASON_LIMIT, hold_seats, take_off, vacate
from consult.consultations.members import leave
from consult.consultations.models import Alternate, Consultation, Member, Seat
from consult.consultations.winding_models import Settlement
from consult.db import new_id, session
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Message
from consult.runtime import runtime


class Fate(StrEnum):
    """What becomes of seats and members in a track."""

    MOVE = "move"
    JOIN = "join"
    LEAVE = "leave"
    KEEP = "keep"


FATE_LABELS: Mapping[Fate, Message] = {
    Fate.MOVE: N_("Seats and members go to the other body"),
    Fate.JOIN: N_("The members take part for the other body; the seats fall empty"),
    Fate.LEAVE: N_("Their part ends; the seats fall empty"),
    Fate.KEEP: N_("They stay as they are"),
}


@dataclass(frozen=True, slots=True)
class Stake:
    """What a body has in a track of a consultation: its seats, with those that its members hold, and its members."""

    consultation: Consultation
    track: str
    seats: Sequence[Seat]
    members: Sequence[Member]

    @property
    def key(self) -> str:
        """Return its name in a form."""
        return f"fate_{self.consultation.id.hex}_{self.track}"


@dataclass(frozen=True, slots=True)
class WindingUp:
    """What is decided: a fate for each stake by its key, and why, in whose language."""

    fates: Mapping[str, str]
    reason: str = ""
    language: str = ""


def stakes_of(body: uuid.UUID) -> Sequence[Stake]:
    """Return what a body has in each consultation, the newest first, as far as it is known under its name (3 queries)."""
    holder = aliased(Member)
    shown = sa.or_(holder.id.is_(None), holder.withheld.is_(False))
    seats = sa.select(Seat).outerjoin(holder, holder.id == Seat.holder_id).where(shown)
    seats = seats.where(sa.or_(Seat.body_id == body, sa.and_(Seat.body_id.is_(None), holder.body_id == body)))
    members = sa.select(Member).where(Member.body_id == body, Member.withheld.is_(False))
    found: dict[tuple[uuid.UUID, str], tuple[list[Seat], list[Member]]] = {}
    for seat in session.scalars(seats.order_by(Seat.number)):
        found.setdefault((seat.consultation_id, seat.track), ([], []))[0].append(seat)
    for member in session.scalars(members.where(takes_part(Member, clock.now())).order_by(Member.number)):
        found.setdefault((member.consultation_id, member.track), ([], []))[1].append(member)
    where = sa.select(Consultation).where(Consultation.id.in_({here for here, _ in found}))
    consultations = session.scalars(where.order_by(Consultation.created_at.desc(), Consultation.id)).all()
    return [
        Stake(one, track, *found[here, track])
        for one in consultations
        for here, track in sorted(found)
        if here == one.id
    ]


def may_settle(stake: Stake, actor: Actor) -> bool:
    """Tell whether somebody may decide on seats and members of a consultation: who organises it, and administrators."""
    return allowed(actor, "consultation.organise", stake.consultation) or allowed(actor, "instance.administer")


def fates_for(stake: Stake, successor: Body | None) -> Sequence[Fate]:
    """Return what may become of a stake: nothing by which a body and its successor would both vote (1 query)."""
    if successor is None:
        return [Fate.LEAVE, Fate.KEEP]
    track = runtime().hooks.track(stake.track)
    if track is None or (track.body_kinds and successor.kind not in track.body_kinds):
        return [Fate.LEAVE]
    holder = aliased(Member)
    own = sa.select(Seat.id).outerjoin(holder, holder.id == Seat.holder_id)
    own = own.where(Seat.consultation_id == stake.consultation.id, Seat.track == stake.track)
    votes = session.scalar(own.where(sa.or_(Seat.body_id == successor.id, holder.body_id == successor.id)).limit(1))
    return [
        *([Fate.MOVE] if votes is None else []),
        *([Fate.JOIN] if stake.members and (votes is not None or stake.seats) else []),
        Fate.LEAVE,
    ]


def settle(decided: WindingUp, *, body: Body, successor: Body | None, actor: Actor) -> Sequence[Settlement]:
    """Carry out what is decided about every seat and member of a body; inside the transaction in which it ends.

    Raises Conflict where it has a part in a consultation that the actor does not organise, and Rejected at the key of a stake.
    """
    for consultation in sorted({stake.consultation.id for stake in stakes_of(body.id)}):
        hold_seats(consultation)
    stakes = stakes_of(body.id)
    if not all(may_settle(stake, actor) for stake in stakes):
        raise Conflict(ELSEWHERE)
    if problems := list(_problems(decided, stakes, successor)):
        raise Rejected(problems)
    return [_settle(stake, Fate(decided.fates[stake.key]), decided, body, successor, actor) for stake in stakes]


ELSEWHERE = N_(
    "This body takes part in a consultation that you do not organise. Its organisers, or an administrator, end the body."
)


def _problems(decided: WindingUp, stakes: Sequence[Stake], successor: Body | None) -> Iterator[Problem]:
    for stake in stakes:
        if decided.fates.get(stake.key) not in fates_for(stake, successor):
            yield Problem(stake.key, N_("Say what becomes of these seats and members."))
    if not stakes:
        return
    if not decided.reason.strip():
        yield Problem("reason", N_("Say why: it stands in the history of the seats."))
    if len(decided.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
    if decided.language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))


def _settle(
    stake: Stake, fate: Fate, decided: WindingUp, body: Body, successor: Body | None, actor: Actor
) -> Settlement:
    reason = (decided.reason.strip(), decided.language)
    if fate == Fate.LEAVE:
        for member in stake.members:
            leave(member, actor, *reason)
    if fate in (Fate.LEAVE, Fate.JOIN):
        for seat in stake.seats:
            vacate(seat, actor, *reason)
        for standing in session.scalars(_standing_in(stake, body)).all():
            take_off(standing, actor)
    if successor is not None and fate in (Fate.MOVE, Fate.JOIN):
        for member in stake.members:
            member.body_id = successor.id
    if successor is not None and fate == Fate.MOVE:
        _move(stake, successor)
    row = Settlement(
        id=new_id(),
        body_id=body.id,
        consultation_id=stake.consultation.id,
        track=stake.track,
        fate=fate,
        successor_id=successor.id if successor is not None and fate in (Fate.MOVE, Fate.JOIN) else None,
        reason=reason[0],
        language=reason[1],
        decided_by=actor.person,
        decided_at=clock.now(),
    )
    session.add(row)
    session.flush()
    settled = BodySettled(body.id, stake.track, fate, len(stake.seats), len(stake.members))
    record(settled, stream=stake.consultation.id, actor=actor.person)
    return row


def _standing_in(stake: Stake, body: Body) -> sa.Select[Alternate]:
    """Return the alternates who would vote for a seat that falls empty: on the body's own seats, or of its members."""
    own = [seat.id for seat in stake.seats if seat.body_id == body.id]
    members = [member.id for member in stake.members]
    here = sa.or_(Alternate.seat_id.in_(own), Alternate.member_id.in_(members))
    return sa.select(Alternate).where(here).order_by(Alternate.seat_id, Alternate.position.desc())


def _move(stake: Stake, successor: Body) -> None:
    track = runtime().hooks.track(stake.track)
    for seat in stake.seats:
        if seat.body_id is not None:
            seat.body_id = successor.id
        seat.constituency = track.constituency_of(successor) if track else seat.constituency


def settlements_of(body: uuid.UUID) -> Sequence[tuple[Settlement, Consultation]]:
    """Return what became of the seats and members of a body that ended (1 query)."""
    rows = session.execute(
        sa.select(Settlement, Consultation)
        .join(Consultation, Consultation.id == Settlement.consultation_id)
        .where(Settlement.body_id == body)
        .order_by(Settlement.decided_at, Settlement.id)
    )
    return [(row, consultation) for row, consultation in rows]
