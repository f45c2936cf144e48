"""Reading the outbox, and what of the event log has not reached its readers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.db import session
from consult.events.models import Delivery, EventRow
from consult.notifications.models import FailingAddress, Mail


@dataclass(frozen=True, slots=True)
class MailLine:
    """A letter in the outbox: to whom (the address half hidden), what about, and how it stands."""

    id: uuid.UUID
    recipient: str
    language: str
    subject: str
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str
    refused_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery that has failed at least once and is not done."""

    event: uuid.UUID
    type: str
    reader: str
    attempts: int
    last_error: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: deliveries not done, those among them that failed, letters not sent, those that failed."""

    deliveries: int
    failed_deliveries: int
    letters: int
    failed_letters: int


def outbox(*, before: datetime | None = None, limit: int = 50) -> Sequence[MailLine]:
    """Return letters, the newest first, older than a moment."""
    query = (
        sa.select(
            Mail.id,
            Mail.address,
            Mail.language,
            Mail.subject,
            Mail.created_at,
            Mail.sent_at,
            Mail.attempts,
            Mail.last_error,
            Mail.refused_at,
        )
        .order_by(Mail.created_at.desc(), Mail.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Mail.created_at < before)
    return [MailLine(row[0], half_hidden(row[1]), *row[2:]) for row in session.execute(query)]


def letter(mail: uuid.UUID) -> Mail | None:
    """Return one letter."""
    return session.get(Mail, mail)


def half_hidden(address: str) -> str:
    """Return an address of which only the first letter and the domain are told: an address may be a name."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def failed_deliveries(limit: int = 100) -> Sequence[DeliveryLine]:
    """Return deliveries that failed and wait for another attempt, the most tried first."""
    rows = session.execute(
        sa.select(EventRow.id, EventRow.type, Delivery.reader, Delivery.attempts, Delivery.last_error, Delivery.due_at)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.done_at.is_(None), Delivery.attempts > 0)
        .order_by(Delivery.attempts.desc(), Delivery.due_at, Delivery.reader)
        .limit(limit)
    )
    return [DeliveryLine(*row) for row in rows]


def backlog() -> Backlog:
    """Count what waits (2 queries)."""
    failed = sa.func.coalesce(sa.func.sum(sa.case((Delivery.attempts > 0, 1), else_=0)), 0)
    deliveries = session.execute(sa.select(sa.func.count(), failed).where(Delivery.done_at.is_(None))).one()
    stuck = sa.func.coalesce(sa.func.sum(sa.case((Mail.last_error != "", 1), else_=0)), 0)
    letters = session.execute(
        sa.select(sa.func.count(), stuck).where(Mail.sent_at.is_(None), Mail.refused_at.is_(None))
    ).one()
    return Backlog(*deliveries, *letters)


@dataclass(frozen=True, slots=True)
class Failing:
    """An address that a server refused for good: half hidden for others, how often, the code, since when nothing goes there."""

    address: str
    refusals: int
    code: str
    last_at: datetime
    stopped_at: datetime | None


def failing_address(person: uuid.UUID) -> Failing | None:
    """Return what is wrong with somebody's present address, whole; None where nothing is (1 query)."""
    row = session.execute(_failing().where(Person.id == person)).first()
    return None if row is None else Failing(*row)


def failing_addresses(limit: int = 50) -> Sequence[Failing]:
    """Return addresses that are refused for good, half hidden, the newest first (1 query)."""
    rows = session.execute(_failing().order_by(FailingAddress.last_at.desc(), Person.id).limit(limit))
    return [Failing(half_hidden(row[0]), *row[1:]) for row in rows]


def _failing() -> sa.Select[str, int, str, datetime, datetime | None]:
    columns = (FailingAddress.refusals, FailingAddress.code, FailingAddress.last_at, FailingAddress.stopped_at)
    present = sa.and_(Person.id == FailingAddress.person_id, Person.email == FailingAddress.address)
    return sa.select(FailingAddress.address, *columns).join(Person, present)
