"""A body that ends has seats and members here: what becomes of them is decided before it ends, track by track, with a reason.

A body and one that follows it never both vote: seats go to a successor that has none in the track, or fall empty; they stay
with a body only where it ended without a successor. Where several follow, nothing goes to one of them unless that is chosen.
Rolls that were frozen stay as they are.
Members who withhold their names are left as they are, and stand nowhere here: whatever was asked or done about them would
tell for which body they take part.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, allowed
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.consultations.events import BodySettled
from consult.consultations.members import leave
from consult.consultations.models import Alternate, Consultation, Member, Seat
from consult.consultations.seats.holding import REASON_LIMIT, hold_seats, take_off, vacate
from consult.consultations.winding.models import SettledPart, Settlement
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
class Way:
    """What may become of a stake: a fate, and the body to which seats or members go."""

    fate: Fate
    successor: Body | None = None

    @property
    def key(self) -> str:
        """Return how a form names it: `leave`, or `move:LY010102`."""
        return f"{self.fate}:{self.successor.key}" if self.successor is not None else self.fate.value

    @property
    def label(self) -> Message:
        """Return it in words, with the name of the other body where there is one."""
        match self.fate, self.successor:
            case Fate.MOVE, Body() as other:
                return N_("Seats and members go to: %(name)s", name=other.names)
            case Fate.JOIN, Body() as other:
                return N_("The members take part for: %(name)s; the seats fall empty", name=other.names)
            case fate, _:
                return FATE_LABELS[fate]


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
    """What is decided: the key of a way for each stake by its key, and why, in whose language."""

    ways: Mapping[str, str]
    reason: str = ""
    language: str = ""


def stakes_of(body: uuid.UUID) -> Sequence[Stake]:
    """Return what a body has in each consultation, the newest first, as far as it is known under its name (3 queries)."""
    holder = aliased(Member)
    shown = sa.or_(holder.id.is_(None), holder.withheld.is_(False))
    seats = sa.select(Seat).outerjoin(holder, holder.id == Seat.holder_id).where(shown)
    seats = seats.where(sa.or_(Seat.body_id == body, sa.and_(Seat.body_id.is_(None), holder.body_id == body)))
    members = sa.select(Member).where(Member.body_id == body)
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
    """Tell whether somebody may decide what becomes of a stake."""
    return may_decide(stake.consultation, actor)


def may_decide(consultation: Consultation, actor: Actor) -> bool:
    """Tell whether somebody may decide on seats and members of a consultation: who organises it, and administrators."""
    return allowed(actor, "consultation.organise", consultation) or allowed(actor, "instance.administer")


def ways_for(stake: Stake, successors: Sequence[Body]) -> Sequence[Way]:
    """Return what may become of a stake: nothing by which a body and one that follows it would both vote (1 query)."""
    if not successors:
        return [Way(Fate.LEAVE), Way(Fate.KEEP)]
    track = runtime().hooks.track(stake.track)
    may = [
        one
        for one in successors
        if track is not None and one.valid_to is None and (not track.body_kinds or one.kind in track.body_kinds)
    ]
    voting = _voting(stake, may)
    ways = []
    for one in may:
        if one.id not in voting:
            ways.append(Way(Fate.MOVE, one))
        if stake.members and (one.id in voting or stake.seats):
            ways.append(Way(Fate.JOIN, one))
    return [*ways, Way(Fate.LEAVE)]


def _voting(stake: Stake, bodies: Sequence[Body]) -> frozenset[uuid.UUID]:
    """Return which of these bodies have a seat in the track of a stake (1 query)."""
    holder, ids = aliased(Member), [one.id for one in bodies]
    here = (Seat.consultation_id == stake.consultation.id, Seat.track == stake.track)
    rows = session.execute(
        sa.select(Seat.body_id, holder.body_id)
        .outerjoin(holder, holder.id == Seat.holder_id)
        .where(*here, sa.or_(Seat.body_id.in_(ids), holder.body_id.in_(ids)))
    )
    return frozenset(one for row in rows for one in row if one is not None)


def settle(decided: WindingUp, *, body: Body, successors: Sequence[Body], actor: Actor) -> Sequence[Settlement]:
    """Carry out what is decided about every seat and member of a body; inside the transaction in which it ends.

    Raises Conflict where it has a part in a consultation that the actor does not organise, and Rejected at the key of a stake.
    """
    for consultation in sorted({stake.consultation.id for stake in stakes_of(body.id)}):
        hold_seats(consultation)
    stakes = stakes_of(body.id)
    if not all(may_settle(stake, actor) for stake in stakes):
        raise Conflict(ELSEWHERE)
    ways = {stake.key: {way.key: way for way in ways_for(stake, successors)} for stake in stakes}
    if problems := list(_problems(decided, stakes, ways)):
        raise Rejected(problems)
    return [_settle(stake, ways[stake.key][decided.ways[stake.key]], decided, body, actor) for stake in stakes]


ELSEWHERE = N_(
    "This body takes part in a consultation that you do not organise. Its organisers, or an administrator, end the body."
)


def _problems(decided: WindingUp, stakes: Sequence[Stake], ways: Mapping[str, Mapping[str, Way]]) -> Iterator[Problem]:
    for stake in stakes:
        if decided.ways.get(stake.key) not in ways[stake.key]:
            yield Problem(stake.key, N_("Say what becomes of these seats and members."))
    if not stakes:
        return
    if not decided.reason.strip():
        yield Problem("reason", N_("Say why: it stands in the history of the seats."))
    if len(decided.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
    if decided.language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))


def _settle(stake: Stake, way: Way, decided: WindingUp, body: Body, actor: Actor) -> Settlement:
    reason, fate, successor = (decided.reason.strip(), decided.language), way.fate, way.successor
    parts = _as_it_was(stake, body)
    if fate == Fate.LEAVE:
        for member in stake.members:
            leave(member, actor, *reason)
    if fate in (Fate.LEAVE, Fate.JOIN):
        for seat in stake.seats:
            vacate(seat, actor, *reason)
        for standing in session.scalars(_standing_in(stake, body)).all():
            take_off(standing, actor)
    if successor is not None:
        for member in stake.members:
            member.own_body_id = successor.id
    if successor is not None and fate == Fate.MOVE:
        _move(stake, successor)
    row = Settlement(
        id=new_id(),
        body_id=body.id,
        consultation_id=stake.consultation.id,
        track=stake.track,
        fate=fate,
        successor_id=successor.id if successor is not None else None,
        reason=reason[0],
        language=reason[1],
        decided_by=actor.person,
        decided_at=clock.now(),
    )
    session.add(row)
    session.flush()
    if fate != Fate.KEEP:
        session.add_all(SettledPart(settlement_id=row.id, **part) for part in parts)
    settled = BodySettled(body.id, stake.track, fate, len(stake.seats), len(stake.members))
    record(settled, stream=stake.consultation.id, actor=actor.person)
    return row


def _as_it_was(stake: Stake, body: Body) -> Sequence[Mapping[str, Any]]:
    """Return the seats and members of a stake as they are, for the day on which the end turns out to be a mistake."""
    seats = [
        {
            "kind": "seat",
            "part_id": seat.id,
            "holder_id": seat.holder_id,
            "own": seat.body_id == body.id,
            "constituency": seat.constituency,
        }
        for seat in stake.seats
    ]
    return [*seats, *({"kind": "member", "part_id": member.id} for member in stake.members)]


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
    """Return what became of the seats and members of a body that ended; ends that were undone are left out (1 query)."""
    rows = session.execute(
        sa.select(Settlement, Consultation)
        .join(Consultation, Consultation.id == Settlement.consultation_id)
        .where(Settlement.body_id == body, Settlement.undone_at.is_(None))
        .order_by(Settlement.decided_at, Settlement.id)
    )
    return [(row, consultation) for row, consultation in rows]
