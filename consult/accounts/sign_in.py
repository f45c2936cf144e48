"""Sign-in sessions: a random token in the cookie, its hash in a row, and the actor it stands for.

Only the hash of the token is kept, so a thief of the database cannot sign in. A session ends after a time without use and
after a fixed time in any case (settings `session_idle_minutes`, `session_hours`).
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor, Membership, Role
from consult.accounts.events import SignedIn, SignedOut
from consult.accounts.models import Person, RoleGrant, SignIn
from consult.db import new_id, prepared, read, session, transaction
from consult.events.record import record
from consult.runtime import runtime

#: On a phone shared with others a sign-in ends after an hour, and its cookie with the browser.
SHARED_FOR = timedelta(hours=1)
#: Last-seen is written at most this often: the one thing a GET may write.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a cookie stands for: the actor, and whether last-seen is due to be written."""

    actor: Actor
    seen_due: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in just opened: the token for the cookie, whose it is, and where they were invited to."""

    token: str
    person: uuid.UUID
    language: str
    shared: bool = False
    consultation: uuid.UUID | None = None


def token_hash(token: str) -> bytes:
    """Return SHA-256 of a token: 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()


def open_sign_in(
    person: uuid.UUID, method: str, *, actor: Actor, shared: bool = False, consultation: uuid.UUID | None = None
) -> Opened:
    """Sign a person in on the actor's device, in the caller's transaction; whoever was signed in there is signed out.

    The token is always a new one: what the browser held before stands for nothing afterwards.
    """
    if actor.sign_in is not None:
        _end(SignIn.id == actor.sign_in, actor)
    token = start_sign_in(person, method=method, shared=shared)
    return Opened(token, person, session.get_one(Person, person).language, shared, consultation)


def start_sign_in(person: uuid.UUID, *, method: str, shared: bool = False) -> str:
    """Open a session for a person and return its token; joins the caller's transaction if there is one."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    lifetime = SHARED_FOR if shared else timedelta(hours=runtime().settings.session_hours)
    with transaction():
        row = SignIn(
            id=new_id(),
            person_id=person,
            token_hash=token_hash(token),
            method=method,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
        )
        session.add(row)
        record(SignedIn(sign_in=row.id, method=method), actor=person)
    return token


def visit_for_token(token: str) -> Visit:
    """Return who a cookie stands for; anonymous if it is unknown, ended, idle for too long or expired. Reads only."""
    now = clock.now()
    found = read(*_open_sign_in(token_hash(token), now, idle_since(now))).first()
    if found is None:
        return Visit(ANONYMOUS)
    sign_in, seen_at, person, name, language = found
    return Visit(load_actor(person, name=name, language=language, sign_in=sign_in), now - seen_at >= SEEN_EVERY)


def idle_since(now: datetime) -> datetime:
    """Return the moment after which a session must have been used to be open."""
    return now - timedelta(minutes=runtime().settings.session_idle_minutes)


@prepared
def _open_sign_in(
    token: bytes, now: datetime, idle_since: datetime
) -> sa.Select[uuid.UUID, datetime, uuid.UUID, str, str]:
    return (
        sa.select(SignIn.id, SignIn.seen_at, Person.id, Person.name, Person.language)
        .join(Person, Person.id == SignIn.person_id)
        .where(
            SignIn.token_hash == token, SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.seen_at > idle_since
        )
    )


def load_actor(person: uuid.UUID, *, name: str = "", language: str = "ar", sign_in: uuid.UUID | None = None) -> Actor:
    """Return the actor for a person with the roles and memberships in force now (2 queries)."""
    roles = read(*_roles(person, clock.now()))
    memberships = read(*_memberships(person))
    return Actor(
        person,
        name,
        language,
        frozenset((Role(role), consultation) for role, consultation in roles),
        tuple(
            Membership(member, consultation, track, body, bool(seated))
            for member, consultation, track, body, seated in memberships
        ),
        sign_in=sign_in,
    )


@prepared
def _roles(person: uuid.UUID, now: datetime) -> sa.Select[str, uuid.UUID | None]:
    return sa.select(RoleGrant.role, RoleGrant.consultation_id).where(
        RoleGrant.person_id == person,
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > now),
    )


# Memberships and seats are tables of a room above; their names are enough to read who somebody is.
_member = sa.table(
    "member",
    *(sa.column(name, sa.Uuid()) for name in ("id", "consultation_id", "person_id", "body_id")),
    sa.column("track", sa.Text()),
    sa.column("ended_at"),
)
_seat = sa.table("seat", sa.column("holder_id", sa.Uuid()))


@prepared
def _memberships(person: uuid.UUID) -> sa.Select[uuid.UUID, uuid.UUID, str, uuid.UUID | None, bool]:
    return (
        sa.select(
            _member.c.id,
            _member.c.consultation_id,
            _member.c.track,
            _member.c.body_id,
            _seat.c.holder_id.is_not(None),
        )
        .select_from(_member.outerjoin(_seat, _seat.c.holder_id == _member.c.id))
        .where(_member.c.person_id == person, _member.c.ended_at.is_(None))
        .order_by(_member.c.id)
    )


def note_seen(sign_in: uuid.UUID) -> None:
    """Write last-seen of a session, at most once a minute: the one write that a GET may cause."""
    now = clock.now()
    with transaction():
        session.execute(
            sa.update(SignIn).where(SignIn.id == sign_in, SignIn.seen_at <= now - SEEN_EVERY).values(seen_at=now)
        )


def end_sign_in(sign_in: uuid.UUID, *, actor: Actor) -> None:
    """Sign out of one device of the actor's own; ending it twice changes nothing."""
    with transaction():
        _end(SignIn.id == sign_in, actor)


def end_all_sign_ins(*, actor: Actor) -> None:
    """Sign out of every device of the actor's own."""
    with transaction():
        _end(sa.true(), actor)


def end_other_sign_ins(*, actor: Actor) -> None:
    """Sign out of every device of the actor's own but this one."""
    with transaction():
        _end(SignIn.id.is_distinct_from(actor.sign_in), actor)


def _end(which: sa.ColumnElement[bool], actor: Actor) -> None:
    ended = session.scalars(
        sa.update(SignIn)
        .where(which, SignIn.person_id == actor.person, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(SignIn.id)
    ).all()
    for sign_in in ended:
        record(SignedOut(sign_in=sign_in), actor=actor.person)
