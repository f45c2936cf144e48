"""Offering: an organiser switches confidential testimony on and off; readers are named by two people.

A new reader opens every testimony that came before them. So whoever names somebody, themself included, opens nothing: another
organiser or administrator confirms it, never the person who is named.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Role, demand
from consult.accounts.four_eyes import GONE, Kind, ask_second, confirm_second, digest_of, waiting_acts, withdraw_second
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import Person
from consult.accounts.queries import has_second_factor, person_by_email
from consult.accounts.roles import open_holders
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.testimony.events import ReaderEnded, ReaderNamed, TestimonyClosed, TestimonyOffered
from consult.testimony.keys import ring
from consult.testimony.models import TestimonyOffer, TestimonyReader

#: Few enough that each can be known by name; at least two, because a quote needs a second one.
MOST_READERS, LEAST_READERS = 5, 2


def offer_testimony(*, consultation: Consultation, actor: Actor) -> None:
    """Begin to hear testimonies. Raises NoKey without a key, Conflict with fewer than two readers or if it is on already."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        ring()
        row = locked_offer(consultation.id)
        if row is not None and row.open:
            raise Conflict
        if _count_readers(consultation.id) < LEAST_READERS:
            raise Conflict(N_("Name at least two readers first: whoever proposes a quote does not check it."))
        if row is None:
            session.add(TestimonyOffer(consultation_id=consultation.id, open=True))
        else:
            row.open = True
        record(TestimonyOffered(consultation.id), stream=consultation.id, actor=actor.person)


def close_testimony(*, consultation: Consultation, actor: Actor) -> None:
    """Take no new testimonies; authors of those that came can still come back. Raises Conflict if it is off already."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        row = locked_offer(consultation.id)
        if row is None or not row.open:
            raise Conflict
        row.open = False
        record(TestimonyClosed(consultation.id), stream=consultation.id, actor=actor.person)


def ask_reader(address: str, *, consultation: Consultation, actor: Actor) -> GraveAct:
    """Ask that somebody, by the address of their account, reads the testimonies; another confirms it. Raises Rejected at `address`."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        _lock(consultation)
        person = person_by_email(address)
        if person is None or person.closed_at is not None:
            raise Rejected(N_("Nobody has an account with this address. Invite them first."), "address")
        _check(person, consultation)
        if not can_confirm(consultation.id, {person.id, actor.person}):
            raise Rejected(
                N_("Nobody else could confirm this: another organiser or administrator is needed, who is not named."),
                "address",
            )
        return ask_second(
            Kind.READER,
            uuid.uuid5(consultation.id, str(person.id)),
            _digest(person, consultation),
            consultation=consultation.id,
            details={"person": str(person.id)},
            actor=actor,
        )


def confirm_reader(act: uuid.UUID, *, consultation: Consultation, actor: Actor) -> TestimonyReader:
    """Let the person read for whom another organiser or administrator asked. Raises Conflict, Forbidden for whoever asked or is named."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        _lock(consultation)
        asked = next((one for one in waiting_acts(consultation.id, Kind.READER) if one.id == act), None)
        named = named_in(asked.details) if asked else None
        person = session.get(Person, named) if named else None
        if person is None or person.closed_at is not None:
            raise Conflict(GONE)
        if person.id == actor.person:
            raise Forbidden
        confirm_second(act, Kind.READER, _digest(person, consultation), consultation=consultation.id, actor=actor)
        _check(person, consultation)
        row = TestimonyReader(
            id=new_id(),
            consultation_id=consultation.id,
            person_id=person.id,
            named_at=clock.now(),
            named_by=actor.person,
        )
        session.add(row)
        record(ReaderNamed(row.id, person.id), stream=consultation.id, actor=actor.person)
        return row


def withdraw_reader(act: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Withdraw what one asked for, or refuse what another did. Raises Conflict if it no longer waits."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        withdraw_second(act, Kind.READER, consultation=consultation.id, actor=actor)


def named_in(details: Mapping[str, Any]) -> uuid.UUID | None:
    """Return who is to read, from the details of what was asked for; None once that person was erased."""
    return uuid.UUID(details["person"]) if "person" in details else None


def can_confirm(consultation: uuid.UUID, besides: Collection[uuid.UUID | None]) -> frozenset[uuid.UUID]:
    """Return who may confirm a reader: the organisers of a consultation and the administrators, without some people (2 queries)."""
    holders = open_holders(Role.ORGANISER, consultation) | open_holders(Role.ADMINISTRATOR, None)
    return frozenset(holders) - frozenset(besides)


def _check(person: Person, consultation: Consultation) -> None:
    """Raise Rejected at `address` unless a person may become a reader; the consultation is locked."""
    if not has_second_factor(person.id):
        raise Rejected(N_("This person has no second step yet. They set one up first, then name them."), "address")
    if session.scalar(sa.select(sa.exists().where(*_now(consultation.id), TestimonyReader.person_id == person.id))):
        raise Rejected(N_("This person is a reader already."), "address")
    if _count_readers(consultation.id) >= MOST_READERS:
        raise Rejected(
            N_("There are %(most)s readers already, and more would be too many.", most=MOST_READERS), "address"
        )


def _digest(person: Person, consultation: Consultation) -> str:
    """Return a hash of what will happen: who reads where, and under which address they are known."""
    facts = {"kind": Kind.READER, "consultation": str(consultation.id), "person": str(person.id), "email": person.email}
    return digest_of(facts)


def end_reader(reader: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """End that somebody reads. Raises Conflict if they do not any more, or if two must remain while it is offered."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        offer = _lock(consultation)
        row = session.get(TestimonyReader, reader, populate_existing=True)
        if row is None or row.consultation_id != consultation.id:
            raise NotFound
        if row.ended_at is not None:
            raise Conflict
        if offer is not None and offer.open and _count_readers(consultation.id) <= LEAST_READERS:
            raise Conflict(N_("Two readers must remain while testimonies are taken. Name another one first."))
        row.ended_at, row.ended_by = clock.now(), actor.person
        record(ReaderEnded(row.id, row.person_id), stream=consultation.id, actor=actor.person)


def _lock(consultation: Consultation) -> TestimonyOffer | None:
    """Keep others who name readers of this consultation waiting, whether or not it was ever offered."""
    session.execute(sa.select(Consultation.id).where(Consultation.id == consultation.id).with_for_update())
    return locked_offer(consultation.id)


def locked_offer(consultation: uuid.UUID) -> TestimonyOffer | None:
    """Return the offer of a consultation, locked until the transaction ends; whoever changes its testimonies queues for it."""
    return session.get(TestimonyOffer, consultation, with_for_update=True, populate_existing=True)


def _now(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return TestimonyReader.consultation_id == consultation, TestimonyReader.ended_at.is_(None)


def _count_readers(consultation: uuid.UUID) -> int:
    session.flush()
    return session.scalar(sa.select(sa.func.count()).select_from(TestimonyReader).where(*_now(consultation))) or 0
