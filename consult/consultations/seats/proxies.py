"""Proxies: the holder of a seat lets another holder vote for it, for a session or a kind of ballot, until a date."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.events import ProxiesLimited, ProxyGiven
from consult.consultations.models import Consultation, Proxy, Seat
from consult.consultations.seats.holding import end_proxy, hold_seats
from consult.consultations.seats.standing import has_holder
from consult.consultations.states import ProxyEnd
from consult.consultations.templates import RULED_KINDS
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_

#: How long a proxy may hold: whoever is away for longer hands the seat over.
LONGEST = timedelta(days=366)
#: How many proxies a consultation may let one member carry.
MOST_PROXIES = 5
SHOWN_LIMIT = 300

#: Sessions are rows of a room above; their id and consultation are enough to check a proxy's link to one.
_sitting = sa.table("session", sa.column("id", sa.Uuid()), sa.column("consultation_id", sa.Uuid()))


@dataclass(frozen=True, slots=True)
class ProxyDraft:
    """A proxy as somebody wants it: who carries it (the holder of another seat), for which votes, until when.

    Without a session and a kind of ballot it is for every vote. `shown` says which paper an organiser was shown.
    """

    bearer: uuid.UUID | None
    until: datetime | None
    session: uuid.UUID | None = None
    ballot_kind: str = ""
    shown: str = ""


def give_proxy(draft: ProxyDraft, *, seat: Seat, consultation: Consultation, actor: Actor) -> Proxy:
    """Let another holder vote for a seat: given by its holder, or entered by an organiser with the paper that was shown.

    A proxy that the seat has given already ends. Raises Rejected, each problem at its field, and Conflict for a seat
    without a holder.
    """
    with transaction():
        demand(actor, "proxy.give", seat)
        hold_seats(consultation.id)
        session.refresh(seat)
        if seat.consultation_id != consultation.id:
            raise NotFound
        if seat.holder_id is None:
            raise Conflict(N_("This seat has no holder."))
        own = actor.is_member(seat.holder_id)
        if problems := [*_problems(draft, seat, consultation), *_paper_problems(draft, own=own)]:
            raise Rejected(problems)
        if (former := proxy_of(seat.id)) is not None:
            end_proxy(former, ProxyEnd.REPLACED, actor)
        row = _entered(draft, seat, actor, own=own)
        given = ProxyGiven(
            row.id, seat.id, row.giver_id, row.bearer_id, row.session_id, row.ballot_kind, row.until, own
        )
        record(given, stream=consultation.id, actor=actor.person)
        return row


def _entered(draft: ProxyDraft, seat: Seat, actor: Actor, *, own: bool) -> Proxy:
    row = Proxy(
        id=new_id(),
        consultation_id=seat.consultation_id,
        seat_id=seat.id,
        giver_id=seat.holder_id,
        bearer_id=draft.bearer,
        session_id=draft.session,
        ballot_kind=draft.ballot_kind,
        until=draft.until,
        shown="" if own else draft.shown.strip(),
        given_at=clock.now(),
        given_by=actor.person,
    )
    session.add(row)
    session.flush()
    return row


def _problems(draft: ProxyDraft, seat: Seat, consultation: Consultation) -> Iterator[Problem]:
    bearer = session.scalars(
        sa.select(Seat).where(Seat.holder_id == draft.bearer, Seat.consultation_id == consultation.id, has_holder())
    ).first()
    if consultation.proxies_each == 0:
        yield Problem("bearer", N_("In this consultation nobody votes by proxy."))
    elif draft.bearer is None or bearer is None:
        yield Problem("bearer", N_("Choose somebody who holds a seat."))
    elif bearer.id == seat.id:
        yield Problem("bearer", N_("Choose somebody else."))
    elif carried_by(draft.bearer, but=seat.id) >= consultation.proxies_each:
        yield Problem("bearer", N_("This member carries as many proxies as one member may."))
    now = clock.now()
    if draft.until is None or not now < draft.until <= now + LONGEST:
        yield Problem("until", N_("Choose a day from today, at most a year ahead."))
    if draft.ballot_kind and draft.ballot_kind not in RULED_KINDS:
        yield Problem("votes", N_("Choose for which votes."))
    if draft.session is not None:
        here = sa.exists().where(_sitting.c.id == draft.session, _sitting.c.consultation_id == consultation.id)
        if not session.scalar(sa.select(here)):
            yield Problem("votes", N_("Choose for which votes."))


def _paper_problems(draft: ProxyDraft, *, own: bool) -> Iterator[Problem]:
    if not own and not draft.shown.strip():
        yield Problem("shown", N_("Say which paper you were shown: a proxy is the holder’s own act."))
    if len(draft.shown) > SHOWN_LIMIT:
        yield Problem("shown", N_("Write at most %(limit)s characters.", limit=SHOWN_LIMIT))


def proxy_of(seat: uuid.UUID) -> Proxy | None:
    """Return the proxy that a seat has given and that has not ended; its date may have passed (1 query)."""
    return session.scalars(sa.select(Proxy).where(Proxy.seat_id == seat, Proxy.ended_at.is_(None))).first()


def carried_by(bearer: uuid.UUID, *, but: uuid.UUID | None = None) -> int:
    """Return how many proxies a member carries now, without that of the seat `but` (1 query)."""
    query = sa.select(sa.func.count()).where(
        Proxy.bearer_id == bearer, Proxy.ended_at.is_(None), Proxy.until > clock.now()
    )
    return session.scalar(query if but is None else query.where(Proxy.seat_id != but)) or 0


def revoke_proxy(seat: Seat, *, consultation: Consultation, actor: Actor) -> Proxy:
    """Take back the proxy of a seat, at any moment; a roll that was frozen before keeps its bearer. Raises Conflict."""
    with transaction():
        demand(actor, "proxy.give", seat)
        hold_seats(consultation.id)
        found = proxy_of(seat.id)
        if found is None or found.consultation_id != consultation.id:
            raise Conflict(N_("This seat has given no proxy."))
        end_proxy(found, ProxyEnd.REVOKED, actor)
        return found


def end_overtaken(proxies: Collection[uuid.UUID], *, actor: Actor) -> None:
    """End proxies of seats for which somebody is there in person; inside of the transaction that opens a ballot."""
    if not proxies:
        return
    query = sa.select(Proxy).where(Proxy.id.in_(proxies), Proxy.ended_at.is_(None)).order_by(Proxy.id)
    for proxy in session.scalars(query).all():
        end_proxy(proxy, ProxyEnd.OVERTAKEN, actor)


def limit_proxies(each: int, *, consultation: Consultation, actor: Actor) -> Consultation:
    """Set how many proxies one member may carry; 0 for none. Those given before act within it. Raises Rejected."""
    with transaction():
        demand(actor, "consultation.organise", consultation)
        hold_seats(consultation.id)
        if not 0 <= each <= MOST_PROXIES:
            raise Rejected(N_("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_PROXIES), "each")
        consultation.proxies_each = each
        record(ProxiesLimited(each), stream=consultation.id, actor=actor.person)
        return consultation
