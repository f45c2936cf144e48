"""Who holds a seat: given, taken back, handed over with a reason; each term is kept, and what was done in it stays whose it is.

Whatever changes seats, alternates or proxies of a consultation holds them first, so that one after the other decides on what
is there: `hold_seats`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.consultations.events import AlternateRemoved, ProxyEnded, SeatGiven, SeatHandedOver, SeatVacated
from consult.consultations.models import Alternate, Consultation, Member, Proxy, Seat, SeatTerm
from consult.consultations.seats.standing import has_holder
from consult.consultations.states import ProxyEnd
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Message
from consult.runtime import runtime

REASON_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class HandOver:
    """A seat as it goes to its next holder: to which member, and why, in the words and the language of whoever says it."""

    member: uuid.UUID | None
    reason: str
    language: str = "ar"


def hold_seats(consultation: uuid.UUID) -> None:
    """Keep other acts on the seats of a consultation waiting until this transaction ends."""
    session.execute(sa.select(Consultation.id).where(Consultation.id == consultation).with_for_update(key_share=True))


def give_seat(seat: Seat, member: Member, *, consultation: Consultation, actor: Actor) -> Seat:
    """Give a free seat to a member of the same track (and body, where the seat is a body's). Raises Conflict."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        session.refresh(seat)
        if session.scalar(sa.select(Seat.id).where(Seat.id == seat.id, has_holder())):
            raise Conflict(N_("This seat is taken."))
        if (refusal := seat_refusal(seat, member) or holder_refusal(member)) is not None:
            raise Conflict(refusal)
        vacate(seat, actor)
        seat_member(seat, member, actor)
        record(SeatGiven(seat.id, member.id), stream=consultation.id, actor=actor.person)
        return seat


def seat_refusal(seat: Seat, member: Member) -> Message | None:
    """Return why a member has nothing to do with a seat: neither as its holder nor as an alternate."""
    if seat.consultation_id != member.consultation_id:
        return N_("Seat and member belong to another consultation.")
    if not session.scalar(sa.select(sa.exists().where(Member.id == member.id, takes_part(Member, clock.now())))):
        return N_("This member no longer takes part.")
    if seat.track != member.track:
        return N_("Seat and member belong to different tracks.")
    if seat.body_id is not None and (seat.body_id != member.own_body_id or tells_body(seat, member)):
        return N_(
            "This member cannot have this seat: it belongs to another body, or one name is withheld where the other is not."
        )
    return _second_vote(seat, member)


def last_holder(seat: Seat) -> Member | None:
    """Return who holds a seat or, where it is free, held it last; None for one that nobody had (at most 2 queries)."""
    terms = sa.select(SeatTerm.member_id).where(SeatTerm.seat_id == seat.id).order_by(SeatTerm.since.desc()).limit(1)
    last = seat.holder_id or session.scalar(terms)
    return None if last is None else session.get_one(Member, last)


def tells_body(seat: Seat, member: Member) -> bool:
    """Tell whether a seat of a body, given to this member, would put a name that is withheld beside one that is not."""
    last = last_holder(seat)
    return last is not None and last.withheld is not member.withheld


def _second_vote(seat: Seat, member: Member) -> Message | None:
    """Return why a seat would give a body another vote where each has one: by a seat that is nobody's, or beside a colleague's."""
    if not one_seat_each(seat.track):
        return None
    if seat.body_id is None:
        return N_("In this track each body has one seat, and this one belongs to no body.")
    colleague = sa.exists().where(
        Seat.consultation_id == seat.consultation_id,
        Seat.track == seat.track,
        Seat.id != seat.id,
        Seat.holder_id == Member.id,
        Member.own_body_id == seat.body_id,
        takes_part(Member, clock.now()),
    )
    return N_("Somebody else has a seat for this body already.") if session.scalar(sa.select(colleague)) else None


def one_seat_each(track: str) -> bool:
    """Tell whether each body of a track has exactly one seat."""
    found = runtime().hooks.track(track)
    return found is not None and found.one_seat_a_body


def holder_refusal(member: Member) -> Message | None:
    """Return why somebody cannot hold another seat: a person holds one in a consultation, in whatever track."""
    if session.scalar(sa.select(sa.exists().where(Seat.holder_id == member.id))):
        return N_("This member has a seat already.")
    if _seated_elsewhere(member):
        return N_("This person has a seat already, in another track.")
    return None


def _seated_elsewhere(member: Member) -> bool:
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Seat.holder_id == Member.id,
                    Member.person_id == member.person_id,
                    Member.consultation_id == member.consultation_id,
                )
            )
        )
    )


def seat_member(seat: Seat, member: Member, actor: Actor) -> None:
    """Write that a member holds a seat from now on, and stands in for nobody any more; inside of a service's transaction."""
    for standing in session.scalars(
        sa.select(Alternate).where(
            Alternate.consultation_id == seat.consultation_id, Alternate.person_id == member.person_id
        )
    ).all():
        take_off(standing, actor)
    seat.holder_id = member.id
    if seat.body_id is None and member.body_id is not None:
        track, body = runtime().hooks.track(seat.track), session.get_one(Body, member.body_id)
        seat.constituency = track.constituency_of(body) if track else seat.constituency
    session.add(SeatTerm(id=new_id(), seat_id=seat.id, member_id=member.id, since=clock.now(), given_by=actor.person))
    session.flush()


def take_off(standing: Alternate, actor: Actor) -> None:
    """Take somebody off the alternates of a seat; those after them move up."""
    gone = standing.seat_id, standing.member_id
    session.execute(
        sa.update(Alternate)
        .where(Alternate.seat_id == standing.seat_id, Alternate.position > standing.position)
        .values(position=Alternate.position - 1)
        .execution_options(synchronize_session="fetch")
    )
    stream = standing.consultation_id
    session.delete(standing)
    session.flush()
    record(AlternateRemoved(*gone), stream=stream, actor=actor.person)


def vacate_seat(seat: Seat, *, consultation: Consultation, actor: Actor) -> Seat:
    """Take a seat back from its holder. Raises Conflict if it is free."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        session.refresh(seat)
        if seat.consultation_id != consultation.id or seat.holder_id is None:
            raise Conflict(N_("This seat has no holder."))
        vacate(seat, actor)
        return seat


def vacate(seat: Seat, actor: Actor, reason: str = "", language: str = "") -> None:
    """Write that a seat is free again, and why; inside the transaction of a service that has asked for permission."""
    if (holder := _unseat(seat, actor, reason, language)) is not None:
        record(SeatVacated(seat.id, holder), stream=seat.consultation_id, actor=actor.person)


def _unseat(seat: Seat, actor: Actor, reason: str = "", language: str = "") -> uuid.UUID | None:
    """End the term of a seat's holder, and the proxies that they gave or carry."""
    holder = seat.holder_id
    if holder is None:
        return None
    seat.holder_id = None
    term = session.scalars(sa.select(SeatTerm).where(SeatTerm.seat_id == seat.id, SeatTerm.until.is_(None))).first()
    if term is None:  # seated past the services: since when is not on record, but they were invited before
        term = SeatTerm(seat_id=seat.id, member_id=holder, since=session.get_one(Member, holder).invited_at)
        session.add(term)
    term.until, term.reason, term.language, term.ended_by = clock.now(), reason, language, actor.person
    for proxy in session.scalars(
        sa.select(Proxy).where(
            sa.or_(Proxy.giver_id == holder, Proxy.bearer_id == holder, Proxy.seat_id == seat.id),
            Proxy.ended_at.is_(None),
        )
    ).all():
        end_proxy(proxy, ProxyEnd.SEAT_LEFT, actor)
    session.flush()
    return holder


def end_proxy(proxy: Proxy, because: ProxyEnd, actor: Actor) -> None:
    """Write that a proxy holds no longer; inside of a service's transaction. Rolls that were frozen stay as they are."""
    proxy.ended_at, proxy.ended_because, proxy.ended_by = clock.now(), because, actor.person
    session.flush()
    record(
        ProxyEnded(proxy.id, proxy.seat_id, proxy.giver_id, proxy.bearer_id, because),
        stream=proxy.consultation_id,
        actor=actor.person,
    )


def hand_over(seat: Seat, draft: HandOver, *, consultation: Consultation, actor: Actor) -> Seat:
    """Give a held seat to another member, with a reason that stands in the seat's history.

    Votes, speeches and attendance stay under the name of who did it; a roll that was frozen keeps the former holder.
    Raises Rejected, each problem at its field, and Conflict for a seat without a holder.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        session.refresh(seat)
        if seat.consultation_id != consultation.id or seat.holder_id is None:
            raise Conflict(N_("This seat has no holder."))
        member = session.get(Member, draft.member) if draft.member else None
        if problems := list(_hand_over_problems(seat, member, draft)):
            raise Rejected(problems)
        assert member is not None  # noqa: S101 (said to be there by the problems above)
        former = _unseat(seat, actor, draft.reason.strip(), draft.language)
        assert former is not None  # noqa: S101
        seat_member(seat, member, actor)
        record(SeatHandedOver(seat.id, former, member.id), stream=consultation.id, actor=actor.person)
        return seat


def _hand_over_problems(seat: Seat, member: Member | None, draft: HandOver) -> Iterator[Problem]:
    if member is None or member.consultation_id != seat.consultation_id:
        yield Problem("member", N_("Choose a member."))
    elif (refusal := seat_refusal(seat, member) or holder_refusal(member)) is not None:
        yield Problem("member", refusal)
    if not draft.reason.strip():
        yield Problem("reason", N_("Say why the seat is handed over: it stands in the history of the seat."))
    if len(draft.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
    if draft.language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))
