"""Reading people, their sign-ins and links, and the register of bodies."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body, Person, SignIn, email_key
from consult.db import session
from consult.folding import fold
from consult.i18n import Localized
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Device:
    """A sign-in that is open: since when, last seen, by what means."""

    id: uuid.UUID
    method: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A body in a list."""

    id: uuid.UUID
    key: str
    kind: str
    names: Localized
    region: str
    district: str


@dataclass(frozen=True, slots=True)
class BodiesPage:
    """A page of the register; `after` begins the next one, None on the last."""

    lines: Sequence[BodyLine]
    after: str | None


def person(person_id: uuid.UUID) -> Person:
    """Return a person; NoResultFound if there is none."""
    return session.get_one(Person, person_id)


def person_by_email(address: str) -> Person | None:
    """Return the person with an e-mail address, however it is spelt."""
    return session.scalars(sa.select(Person).where(Person.email_key == email_key(address))).first()


def open_sign_ins(person_id: uuid.UUID) -> Sequence[Device]:
    """Return the devices on which a person is signed in now, the latest first."""
    now = clock.now()
    idle = now - timedelta(minutes=runtime().settings.session_idle_minutes)
    rows = session.execute(
        sa.select(SignIn.id, SignIn.method, SignIn.created_at, SignIn.seen_at)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.seen_at > idle)
        .order_by(SignIn.created_at.desc())
    )
    return [Device(*row) for row in rows]


def bodies(*, kinds: Sequence[str] = (), text: str = "", after: str = "", limit: int = 50) -> BodiesPage:
    """Return listed bodies by name, of some kinds (all when empty), whose name holds `text` in any spelling.

    Keyset pages: `after` is the last page's `after`.
    """
    query = (
        sa.select(Body.id, Body.key, Body.kind, Body.names, Body.region, Body.district, Body.search_names)
        .where(Body.listed, Body.valid_to.is_(None))
        .order_by(Body.search_names, Body.key)
        .limit(limit + 1)
    )
    if kinds:
        query = query.where(Body.kind.in_(kinds))
    if text.strip():
        query = query.where(Body.search_names.contains(fold(text), autoescape=True))
    if after:
        name, _, key = after.rpartition("\t")
        query = query.where(sa.tuple_(Body.search_names, Body.key) > sa.tuple_(sa.literal(name), sa.literal(key)))
    rows = session.execute(query).all()
    lines = [BodyLine(*row[:6]) for row in rows[:limit]]
    more = len(rows) > limit
    return BodiesPage(lines, f"{rows[limit - 1].search_names}\t{rows[limit - 1].key}" if more else None)


def body_by_key(key: str) -> Body | None:
    """Return the body with a reference code."""
    return session.scalars(sa.select(Body).where(Body.key == key)).first()


def kinds_of_bodies() -> Sequence[str]:
    """Return the kinds of body in the register."""
    return session.scalars(sa.select(Body.kind).distinct().order_by(Body.kind)).all()


def bodies_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, BodyLine]:
    """Return some bodies by id."""
    rows = session.execute(
        sa.select(Body.id, Body.key, Body.kind, Body.names, Body.region, Body.district).where(Body.id.in_(ids))
    )
    return {row.id: BodyLine(*row) for row in rows}
