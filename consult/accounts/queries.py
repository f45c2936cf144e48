"""Reading people, their sign-ins and links, and the register of bodies."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.bodies.models import BodyState
from consult.accounts.models import (
    AuthenticatorApp,
    Body,
    Passkey,
    Person,
    RecoveryCode,
    SignIn,
    SignInLink,
    email_key,
)
from consult.db import session
from consult.folding import fold
from consult.i18n import Localized
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Device:
    """A sign-in that is open: by what means and with which second factor, since when, last seen, on what kind of device."""

    id: uuid.UUID
    method: str
    factor: str
    kind: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class HandedLink:
    """A sign-in link that somebody made for a person, to be handed over: who, when, for which consultation, used when."""

    purpose: str
    made_at: datetime
    by: str
    consultation: uuid.UUID | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A body in a list."""

    id: uuid.UUID
    key: str
    kind: str
    names: Localized
    region: str
    district: str
    level: str = ""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class BodiesPage:
    """A page of the register; `after` begins the next one, None on the last."""

    lines: Sequence[BodyLine]
    after: str | None


def person(person_id: uuid.UUID) -> Person:
    """Return a person; NoResultFound if there is none."""
    return session.get_one(Person, person_id)


def handed_links(person_id: uuid.UUID, limit: int = 10) -> Sequence[HandedLink]:
    """Return the cards and letters that were printed for a person, the newest first (1 query)."""
    maker = sa.orm.aliased(Person)
    rows = session.execute(
        sa.select(SignInLink.purpose, SignInLink.created_at, maker.name, SignInLink.consultation_id, SignInLink.used_at)
        .join(maker, maker.id == SignInLink.made_by)
        .where(SignInLink.person_id == person_id, SignInLink.code_hash.is_not(None))
        .order_by(SignInLink.created_at.desc(), SignInLink.id.desc())
        .limit(limit)
    )
    return [HandedLink(*row) for row in rows]


def person_by_email(address: str) -> Person | None:
    """Return the person with an e-mail address, however it is spelt."""
    return session.scalars(sa.select(Person).where(Person.email_key == email_key(address))).first()


def open_sign_ins(person_id: uuid.UUID) -> Sequence[Device]:
    """Return the devices on which a person is signed in now, the latest first."""
    now = clock.now()
    idle = now - timedelta(minutes=runtime().settings.session_idle_minutes)
    rows = session.execute(
        sa.select(SignIn.id, SignIn.method, SignIn.factor, SignIn.device, SignIn.created_at, SignIn.seen_at)
        .where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.seen_at > idle)
        .order_by(SignIn.created_at.desc())
    )
    return [Device(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of a person: since when there is an app, the passkeys, how many recovery codes are left."""

    app_since: datetime | None
    passkeys: Sequence[Passkey]
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Tell whether there is a second factor: recovery codes alone are none."""
        return self.app_since is not None or bool(self.passkeys)


def factors_of(person_id: uuid.UUID) -> Factors:
    """Return the second factors of a person."""
    app = session.scalar(sa.select(AuthenticatorApp.created_at).where(AuthenticatorApp.person_id == person_id))
    passkeys = session.scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)).all()
    left = sa.select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return Factors(app, passkeys, session.scalar(left) or 0)


def has_second_factor(person_id: uuid.UUID) -> bool:
    """Tell whether a person has an app that shows codes, or a passkey."""
    app = sa.exists().where(AuthenticatorApp.person_id == person_id)
    passkey = sa.exists().where(Passkey.person_id == person_id)
    return session.scalar(sa.select(sa.or_(app, passkey))) is True


#: The columns of a line, in its order.
BODY_LINE: tuple[Any, ...] = (
    Body.id,
    Body.key,
    Body.kind,
    Body.names,
    Body.region,
    Body.district,
    Body.level,
    Body.valid_to,
)


def bodies(
    *,
    kinds: Sequence[str] = (),
    text: str = "",
    region: str = "",
    level: str = "",
    ended: bool | None = False,
    which: sa.ColumnElement[bool] | None = None,
    language: str = "",
    after: str = "",
    limit: int = 50,
) -> BodiesPage:
    """Return listed bodies by name (1 query), in the order of a language where one is given; narrowed by kinds, region and level (all when empty), and by `which`.

    `text` is looked for in present and former names, in any spelling. `ended` says whether they have ended; None takes
    both. Keyset pages: `after` is the last page's `after`. The order of each language, and the one without (that of all
    names, Arabic first), is that of an index, so that a page is read without looking at the others.
    """
    place = {"en": Body.sorted_en, "fr": Body.sorted_fr}.get(language, Body.search_names)
    query = sa.select(*BODY_LINE, place.label("place")).where(Body.listed).order_by(place, Body.key).limit(limit + 1)
    if ended is not None:
        query = query.where(Body.valid_to.is_not(None) if ended else Body.valid_to.is_(None))
    if which is not None:
        query = query.where(which)
    if kinds:
        query = query.where(Body.kind.in_(kinds))
    if region:
        query = query.where(Body.region == region)
    if level:
        query = query.where(Body.level == level)
    if text.strip():
        query = query.where(_is_called(fold(text)))
    if after:
        name, _, key = after.rpartition("\t")
        query = query.where(sa.tuple_(place, Body.key) > sa.tuple_(sa.literal(name), sa.literal(key)))
    rows = session.execute(query).all()
    lines = [BodyLine(*row[: len(BODY_LINE)]) for row in rows[:limit]]
    more = len(rows) > limit
    return BodiesPage(lines, f"{rows[limit - 1].place}\t{rows[limit - 1].key}" if more else None)


def _is_called(folded: str) -> sa.ColumnElement[bool]:
    former = sa.select(BodyState.body_id).where(BodyState.search_names.contains(folded, autoescape=True))
    return sa.or_(Body.search_names.contains(folded, autoescape=True), Body.id.in_(former))


def body_by_key(key: str) -> Body | None:
    """Return the body with a reference code."""
    return session.scalars(sa.select(Body).where(Body.key == key)).first()


def names_of_bodies(keys: Collection[str]) -> Mapping[str, Localized]:
    """Return the names of the bodies with these reference codes (1 query, 0 for none)."""
    if not keys:
        return {}
    return dict(session.execute(sa.select(Body.key, Body.names).where(Body.key.in_(keys))).all())


def kinds_of_bodies() -> Sequence[str]:
    """Return the kinds of body in the register."""
    return session.scalars(sa.select(Body.kind).distinct().order_by(Body.kind)).all()


def regions_of_bodies() -> Sequence[str]:
    """Return the regions of the bodies in the register."""
    return session.scalars(sa.select(Body.region).where(Body.region != "").distinct().order_by(Body.region)).all()
