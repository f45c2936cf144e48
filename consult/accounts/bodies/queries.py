"""Reading what is on record about a body."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.bodies.models import BodyEnd, BodyState, BodySuccessor, Capacity, Contact, Mandate, MandateTopic
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.db import session
from consult.i18n import Localized


@dataclass(frozen=True, slots=True)
class Relative:
    """Another body: its parent, one that followed it, or one that it followed."""

    id: uuid.UUID
    key: str
    names: Localized
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class FormerState:
    """What a body was from a day (None for one not known) until a day, and where the change that followed is written.

    `parent` is the body above it then, as it is called today. Where it was not kept it is None, and the district is "".
    """

    names: Localized
    kind: str
    level: str
    region: str
    district: str
    parent: Relative | None
    since: date | None
    until: date
    source: str


@dataclass(frozen=True, slots=True)
class MandateRead:
    """A mandate with the topics it covers, as parts of addresses (`gcm-1`); `present` tells whether it holds today, `former` whether it did once."""

    id: uuid.UUID
    texts: Localized
    legal_basis: str
    source: str
    valid_from: date | None
    valid_to: date | None
    topics: tuple[str, ...]
    present: bool
    former: bool


@dataclass(frozen=True, slots=True)
class BodyRecord:
    """A body with all that is entered about it. `contacts` are those the asker may see; `undone` are ends that were mistakes."""

    row: Body
    former: Sequence[FormerState]
    mandates: Sequence[MandateRead]
    capacities: Sequence[Capacity]
    contacts: Sequence[Contact]
    parent: Relative | None
    successors: Sequence[Relative]
    predecessors: Sequence[Relative]
    end: BodyEnd | None
    undone: Sequence[BodyEnd]

    @property
    def in_force(self) -> Sequence[MandateRead]:
        """Return the mandates that hold today, and those that are to come."""
        return [one for one in self.mandates if not one.former]

    @property
    def mandates_before(self) -> Sequence[MandateRead]:
        """Return the mandates that held once."""
        return [one for one in self.mandates if one.former]


def body_by_id(body: uuid.UUID) -> Body | None:
    """Return a body."""
    return session.get(Body, body)


def record_of(row: Body, actor: Actor) -> BodyRecord:
    """Return what is on record about a body (6 queries): the newest first, present mandates before past ones."""
    capacities = sa.select(Capacity).where(Capacity.body_id == row.id).order_by(Capacity.as_of.desc(), Capacity.id)
    shown = (Contact.body_id == row.id, permitted(actor, "contact.read"))
    contacts = sa.select(Contact).where(*shown).order_by(Contact.id)
    relatives = _relatives(row)
    ends = session.scalars(sa.select(BodyEnd).where(BodyEnd.body_id == row.id).order_by(BodyEnd.id)).all()
    return BodyRecord(
        row,
        former_states(row),
        mandates_of(row.id),
        session.scalars(capacities).all(),
        session.scalars(contacts).all(),
        next(iter(relatives["parent"]), None),
        relatives["after"],
        relatives["before"],
        next((one for one in ends if one.undone_at is None), None),
        [one for one in ends if one.undone_at is not None],
    )


def former_states(row: Body) -> Sequence[FormerState]:
    """Return what a body was before, the newest first (1 query): each state began on the day on which the one before it ended."""
    above = aliased(Body)
    query = (
        sa.select(BodyState, above.id, above.key, above.names, above.valid_to)
        .outerjoin(above, above.key == BodyState.parent_key)
        .where(BodyState.body_id == row.id)
        .order_by(BodyState.until)
    )
    since, found = row.valid_from.date(), list[FormerState]()
    for one, identity, key, names, ended in session.execute(query):
        begun = since if since <= one.until else None
        parent = Relative(identity, key, names, ended) if key else None
        was = (one.names, one.kind, one.level, one.region, one.district or "", parent)
        found.append(FormerState(*was, begun, one.until, one.source))
        since = one.until
    return found[::-1]


def mandates_of(body: uuid.UUID) -> Sequence[MandateRead]:
    """Return the mandates of a body (1 query): those that hold today first, then those to come, then former ones."""
    rows = session.execute(
        sa.select(Mandate, MandateTopic.topic, holds_today(), has_ended())
        .outerjoin(MandateTopic, MandateTopic.mandate_id == Mandate.id)
        .where(Mandate.body_id == body)
        .order_by(Mandate.id, MandateTopic.topic)
    ).all()
    topics: dict[uuid.UUID, list[str]] = {}
    for mandate, topic, *_ in rows:
        topics.setdefault(mandate.id, []).extend([topic] if topic else [])
    found = {mandate.id: (mandate, bool(present), bool(former)) for mandate, _, present, former in rows}
    read = [_as_read(mandate, tuple(topics[identity]), *when) for identity, (mandate, *when) in found.items()]
    return sorted(read, key=lambda one: (one.former, not one.present))


def holds_today(mandate: Any = Mandate) -> sa.ColumnElement[bool]:
    """Return, as part of a query of mandates (or of an alias of theirs), that one is in force today."""
    begun = sa.or_(mandate.valid_from.is_(None), mandate.valid_from <= clock.now().date())
    return sa.and_(begun, sa.not_(has_ended(mandate)))


def has_ended(mandate: Any = Mandate) -> sa.ColumnElement[bool]:
    """Return, as part of a query of mandates (or of an alias of theirs), that one was in force and is not any more."""
    return sa.and_(mandate.valid_to.is_not(None), mandate.valid_to <= clock.now().date())


def _as_read(row: Mandate, topics: tuple[str, ...], present: bool, former: bool) -> MandateRead:
    about = (row.id, row.texts, row.legal_basis, row.source, row.valid_from, row.valid_to, topics)
    return MandateRead(*about, present=present, former=former)


def _relatives(row: Body) -> Mapping[str, Sequence[Relative]]:
    """Return the parent of a body, those that followed it and those that it followed (1 query), those that ended first first."""

    def near(which: str, condition: sa.ColumnElement[bool]) -> sa.Select[str, uuid.UUID]:
        return sa.select(sa.literal(which).label("which"), Body.id).where(condition)

    after = sa.select(BodySuccessor.successor_id).where(BodySuccessor.body_id == row.id)
    before = sa.select(BodySuccessor.body_id).where(BodySuccessor.successor_id == row.id)
    found = sa.union_all(
        near("parent", sa.and_(Body.key == row.parent_key, Body.key != "")),
        near("after", Body.id.in_(after)),
        near("before", Body.id.in_(before)),
    ).subquery()
    rows = session.execute(
        sa.select(found.c.which, Body.id, Body.key, Body.names, Body.valid_to)
        .join(Body, Body.id == found.c.id)
        .order_by(Body.valid_to, Body.key)
    )
    read: dict[str, list[Relative]] = {"parent": [], "after": [], "before": []}
    for which, *about in rows:
        read[which].append(Relative(*about))
    return read


def successors_of(
    bodies: Collection[uuid.UUID], which: sa.ColumnElement[bool]
) -> Mapping[uuid.UUID, Sequence[Relative]]:
    """Return which bodies followed each of these (1 query, none for none), of those that `which` takes."""
    found: dict[uuid.UUID, list[Relative]] = {}
    if bodies:
        rows = session.execute(
            sa.select(BodySuccessor.body_id, Body.id, Body.key, Body.names, Body.valid_to)
            .join(Body, Body.id == BodySuccessor.successor_id)
            .where(BodySuccessor.body_id.in_(bodies), which)
            .order_by(Body.key)
        )
        for body, identity, key, names, ended in rows:
            found.setdefault(body, []).append(Relative(identity, key, names, ended))
    return found


def line_before(body: uuid.UUID) -> Sequence[Relative]:
    """Return all that a body followed, directly or through others (1 query)."""
    line = (
        sa.select(BodySuccessor.body_id.label("id"))
        .where(BodySuccessor.successor_id == body)
        .cte("line_before", recursive=True)
    )
    line = line.union(sa.select(BodySuccessor.body_id).join(line, BodySuccessor.successor_id == line.c.id))
    rows = session.execute(
        sa.select(Body.id, Body.key, Body.names, Body.valid_to)
        .where(Body.id.in_(sa.select(line.c.id)))
        .order_by(Body.valid_to, Body.key)
    )
    return [Relative(*one) for one in rows]
