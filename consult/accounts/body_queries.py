"""Reading what is on record about a body."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.body_models import BodyName, Capacity, Contact, Mandate, MandateTopic
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.db import session
from consult.i18n import Localized


@dataclass(frozen=True, slots=True)
class FormerName:
    """Names that held until a day, and where the change is written."""

    names: Localized
    until: date
    source: str


@dataclass(frozen=True, slots=True)
class MandateRead:
    """A mandate with the topics it covers, as parts of addresses (`gcm-1`); `present` tells whether it holds today."""

    id: uuid.UUID
    texts: Localized
    legal_basis: str
    source: str
    valid_from: date | None
    valid_to: date | None
    topics: tuple[str, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class Relative:
    """Another body: its parent, its successor, or one that went into it."""

    id: uuid.UUID
    key: str
    names: Localized
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """A body with all that is entered about it. `contacts` are those the asker may see."""

    row: Body
    former_names: Sequence[FormerName]
    mandates: Sequence[MandateRead]
    capacities: Sequence[Capacity]
    contacts: Sequence[Contact]
    parent: Relative | None
    successor: Relative | None
    predecessors: Sequence[Relative]


def body_by_id(body: uuid.UUID) -> Body | None:
    """Return a body."""
    return session.get(Body, body)


def record_of(row: Body, actor: Actor) -> BodyRecord:
    """Return what is on record about a body (5 queries): the newest first, present mandates before past ones."""
    names = sa.select(BodyName).where(BodyName.body_id == row.id).order_by(BodyName.until.desc())
    capacities = sa.select(Capacity).where(Capacity.body_id == row.id).order_by(Capacity.as_of.desc(), Capacity.id)
    shown = (Contact.body_id == row.id, permitted(actor, "contact.read"))
    contacts = sa.select(Contact).where(*shown).order_by(Contact.id)
    relatives = _relatives(row)
    return BodyRecord(
        row,
        [FormerName(one.names, one.until, one.source) for one in session.scalars(names)],
        mandates_of(row.id),
        session.scalars(capacities).all(),
        session.scalars(contacts).all(),
        relatives.get(row.parent_key),
        relatives.get(row.successor_key),
        [one for key, one in relatives.items() if key not in (row.parent_key, row.successor_key)],
    )


def mandates_of(body: uuid.UUID) -> Sequence[MandateRead]:
    """Return the mandates of a body (1 query): those that hold today first."""
    rows = session.execute(
        sa.select(Mandate, MandateTopic.topic)
        .outerjoin(MandateTopic, MandateTopic.mandate_id == Mandate.id)
        .where(Mandate.body_id == body)
        .order_by(Mandate.id, MandateTopic.topic)
    ).all()
    topics: dict[uuid.UUID, list[str]] = {}
    for mandate, topic in rows:
        topics.setdefault(mandate.id, []).extend([topic] if topic else [])
    found = {mandate.id: mandate for mandate, _ in rows}
    read = [_as_read(mandate, tuple(topics[identity])) for identity, mandate in found.items()]
    return sorted(read, key=lambda one: not one.present)


def holds_today(mandate: Any = Mandate) -> sa.ColumnElement[bool]:
    """Return, as part of a query of mandates (or of an alias of theirs), that one is in force today."""
    today = clock.now().date()
    begun = sa.or_(mandate.valid_from.is_(None), mandate.valid_from <= today)
    return sa.and_(begun, sa.or_(mandate.valid_to.is_(None), mandate.valid_to > today))


def _as_read(row: Mandate, topics: tuple[str, ...]) -> MandateRead:
    today = clock.now().date()
    begun = row.valid_from is None or row.valid_from <= today
    present = begun and (row.valid_to is None or row.valid_to > today)
    return MandateRead(
        row.id, row.texts, row.legal_basis, row.source, row.valid_from, row.valid_to, topics, present=present
    )


def _relatives(row: Body) -> Mapping[str, Relative]:
    """Return parent, successor and predecessors of a body by key (1 query)."""
    near = [key for key in (row.parent_key, row.successor_key) if key]
    found = session.execute(
        sa.select(Body.id, Body.key, Body.names, Body.valid_to)
        .where(sa.or_(Body.key.in_(near), Body.successor_key == row.key))
        .order_by(Body.valid_to, Body.key)
    )
    return {one.key: Relative(*one) for one in found}
