"""Offering: an organiser switches confidential testimony on and off, and names its readers."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.queries import has_second_factor, person_by_email
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime
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


def name_reader(address: str, *, consultation: Consultation, actor: Actor) -> TestimonyReader:
    """Name somebody, by the address of their account, to read the testimonies. Raises Rejected at `address`."""
    with transaction():
        demand(actor, "testimony.organise", consultation)
        _lock(consultation)
        person = person_by_email(address)
        if person is None or person.closed_at is not None:
            raise Rejected(N_("Nobody has an account with this address. Invite them first."), "address")
        if runtime().settings.second_factor_for_roles and not has_second_factor(person.id):
            raise Rejected(N_("This person has no second step yet. They set one up first, then name them."), "address")
        if session.scalar(sa.select(sa.exists().where(*_now(consultation.id), TestimonyReader.person_id == person.id))):
            raise Rejected(N_("This person is a reader already."), "address")
        if _count_readers(consultation.id) >= MOST_READERS:
            raise Rejected(
                N_("There are %(most)s readers already, and more would be too many.", most=MOST_READERS), "address"
            )
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
