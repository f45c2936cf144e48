"""Sign-in sessions: a random token in the cookie, its hash in a row, and the actor it stands for.

Only the hash of the token is kept, so a thief of the database cannot sign in. A session ends after a time without use and
after a fixed time in any case (settings `session_idle_minutes`, `session_hours`). Whoever has a second factor gets no
session before it is shown: until then there is a `Halfway`, which opens no page (`consult.accounts.signing_in.second_step`).
"""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, GUARDED_ROLES, Actor, Held, Membership, Role
from consult.accounts.events import SecondStepBegun, SignedIn
from consult.accounts.heirs import follows, former_of
from consult.accounts.models import HalfSignIn, Person, RoleGrant, SignIn
from consult.accounts.queries import has_second_factor
from consult.accounts.signing_in.devices import end_sign_ins
from consult.accounts.taking_part import takes_part
from consult.db import new_id, prepared, read, session, transaction
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime

#: On a phone shared with others a sign-in ends after an hour, and its cookie with the browser.
SHARED_FOR = timedelta(hours=1)
#: How long a first step waits for the second.
SECOND_STEP_WITHIN = timedelta(minutes=10)
#: Last-seen is written at most this often: the one thing a GET may write.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a cookie stands for: the actor, whether last-seen is due to be written, unread notices, and their time zone."""

    actor: Actor
    seen_due: bool = False
    unread: int = 0
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody comes in: by what means, on a device of what kind, shared or not, and where they were invited to."""

    method: str
    shared: bool = False
    device: str = ""
    consultation: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in just opened: the token for the cookie, whose it is, and where they were invited to."""

    token: str
    person: uuid.UUID
    language: str
    shared: bool = False
    consultation: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Halfway:
    """A first step that was right, of somebody who has a second factor: the token with which the second step is taken."""

    token: str
    person: uuid.UUID


def token_hash(token: str) -> bytes:
    """Return SHA-256 of a token: 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()


def open_sign_in(person: uuid.UUID, arrival: Arrival, *, actor: Actor) -> Opened | Halfway:
    """Sign a person in on the actor's device, or halfway if they have a second factor; in the caller's transaction.

    Raises Conflict for a closed account: whoever comes here has shown whose it is, and may know.
    """
    _demand_open(person)
    if has_second_factor(person):
        return _begin_second_step(person, arrival)
    return complete_sign_in(person, arrival, actor=actor)


def complete_sign_in(person: uuid.UUID, arrival: Arrival, *, actor: Actor, factor: str = "") -> Opened:
    """Open the session of somebody who has shown all they have; whoever was signed in on this device is signed out.

    The token is always a new one: what the browser held before stands for nothing afterwards.
    """
    if actor.sign_in is not None:
        end_sign_ins(SignIn.id == actor.sign_in, actor)
    token = start_sign_in(person, method=arrival.method, shared=arrival.shared, device=arrival.device, factor=factor)
    language = _demand_open(person).language
    return Opened(token, person, language, arrival.shared, arrival.consultation)


def _demand_open(person: uuid.UUID) -> Person:
    """Return the row of a person whose account is open; closing it waits for the caller's transaction, or came before."""
    row = session.get_one(Person, person, with_for_update={"read": True})
    if row.closed_at is not None:
        raise Conflict(N_("This account is closed. Ask the administrators of this platform."))
    if row.second_step_until is not None and row.second_step_until <= clock.now():
        raise Conflict(
            N_("The time to set up a new second step is over. Ask the organisers: two of them help you again.")
        )
    return row


def _begin_second_step(person: uuid.UUID, arrival: Arrival) -> Halfway:
    now, token = clock.now(), secrets.token_urlsafe(32)
    session.execute(sa.delete(HalfSignIn).where(HalfSignIn.expires_at <= now))
    session.add(
        HalfSignIn(
            id=new_id(),
            person_id=person,
            token_hash=token_hash(token),
            method=arrival.method,
            shared=arrival.shared,
            device=arrival.device,
            consultation_id=arrival.consultation,
            expires_at=now + SECOND_STEP_WITHIN,
        )
    )
    record(SecondStepBegun(person=person, method=arrival.method), actor=person)
    return Halfway(token, person)


def start_sign_in(person: uuid.UUID, *, method: str, shared: bool = False, device: str = "", factor: str = "") -> str:
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
            factor=factor,
            proved_at=now,
            device=device,
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
    sign_in, seen_at, factor, proved_at, person, name, language, unread, timezone, interests, anew = found
    if anew is not None and anew <= now:
        return Visit(ANONYMOUS)
    settings = runtime().settings
    unproved = not factor and (settings.second_factor_for_everybody or anew is not None)
    guarded = not factor and (settings.second_factor_for_roles or unproved)
    roles = _roles_of(person)
    held_back = frozenset(held for held in roles if unproved or held.role in GUARDED_ROLES) if guarded else frozenset()
    taking_part, entitled = ((), ()) if unproved else _memberships_of(person)
    actor = Actor(
        person,
        name,
        language,
        roles - held_back,
        taking_part,
        sign_in=sign_in,
        held_back=held_back,
        proved_at=proved_at,
        recused=_ids(interests),
        unproved=unproved,
        entitled=entitled,
    )
    return Visit(actor, now - seen_at >= SEEN_EVERY, unread, timezone or "")


def on_shared_device(sign_in: uuid.UUID) -> bool:
    """Tell whether somebody said at signing in that others use this device: it ends after so short a time (1 query)."""
    times = session.execute(sa.select(SignIn.created_at, SignIn.expires_at).where(SignIn.id == sign_in)).one()
    return bool(times.expires_at - times.created_at <= SHARED_FOR)


def idle_since(now: datetime) -> datetime:
    """Return the moment after which a session must have been used to be open."""
    return now - timedelta(minutes=runtime().settings.session_idle_minutes)


@prepared
def _open_sign_in(
    token: bytes, now: datetime, idle_since: datetime
) -> sa.Select[uuid.UUID, datetime, str, datetime, uuid.UUID, str, str, int, str, str, datetime | None]:
    unread = sa.select(sa.func.count()).where(_notice.c.person_id == Person.id, _notice.c.read_at.is_(None))
    zone = sa.select(_reach.c.timezone).where(_reach.c.person_id == Person.id)
    return (
        sa.select(
            SignIn.id,
            SignIn.seen_at,
            SignIn.factor,
            SignIn.proved_at,
            Person.id,
            Person.name,
            Person.language,
            unread.correlate(Person).scalar_subquery(),
            zone.correlate(Person).scalar_subquery(),
            _interests_of(Person.id),
            Person.second_step_until,
        )
        .join(Person, Person.id == SignIn.person_id)
        .where(
            SignIn.token_hash == token, SignIn.ended_at.is_(None), SignIn.expires_at > now, SignIn.seen_at > idle_since
        )
    )


def load_actor(person: uuid.UUID, *, name: str = "", language: str = "ar") -> Actor:
    """Return the actor for a person with every role and membership in force now, whatever they proved (3 queries, 4 where a body went into theirs).

    For the terminal, imports and tests; who visits by a cookie is told by `visit_for_token`.
    """
    recused = _ids(session.execute(sa.select(_interests_of(sa.literal(person, sa.Uuid())))).scalar_one())
    taking_part, entitled = _memberships_of(person)
    return Actor(person, name, language, _roles_of(person), taking_part, recused=recused, entitled=entitled)


def load_actors(people: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Actor]:
    """Return the actor for each of several people, without their names: see `load_actor`."""
    now = clock.now()
    interests = sa.select(Person.id, _interests_of(Person.id)).where(Person.id.in_(people))
    recused = {person: _ids(listed) for person, listed in session.execute(interests)}
    roles = _by_person(_roles_where(RoleGrant.person_id.in_(people), now))
    parts = _by_person(_memberships_where(_member.c.person_id.in_(people), now))
    former = _former([row for rows in parts.values() for row in rows])
    actors = {}
    for person in people:
        taking_part, entitled = _parts(parts[person], former)
        actors[person] = Actor(
            person, roles=_held(roles[person]), memberships=taking_part, recused=recused[person], entitled=entitled
        )
    return actors


def _by_person(query: sa.Select[*tuple[Any, ...]]) -> Mapping[uuid.UUID, Sequence[tuple[Any, ...]]]:
    """Return the rows of a query that begin with a person, without it, by person."""
    found: dict[uuid.UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for person, *rest in session.execute(query):
        found[person].append(tuple(rest))
    return found


def _interests_of(person: Any) -> sa.ScalarSelect[str]:
    """Return, as a column, the texts in which somebody declared an interest: their ids as text, with commas between."""
    listed = sa.func.aggregate_strings(sa.cast(_interest.c.submission_id, sa.String()), ",")
    return sa.select(listed).where(_interest.c.person_id == person).correlate(Person).scalar_subquery()


def _ids(listed: str | None) -> frozenset[uuid.UUID]:
    return frozenset(uuid.UUID(one) for one in listed.split(",")) if listed else frozenset()


def _roles_of(person: uuid.UUID) -> frozenset[Held]:
    return _held(row[1:] for row in read(*_roles(person, clock.now())))


def _held(rows: Iterable[Sequence[Any]]) -> frozenset[Held]:
    return frozenset(
        Held(Role(role), where, track, sitting, frozenset(into), frozenset(out_of))
        for role, where, track, sitting, into, out_of in rows
    )


def _memberships_of(person: uuid.UUID) -> tuple[tuple[Membership, ...], tuple[Membership, ...]]:
    rows = [row[1:] for row in read(*_memberships(person, clock.now()))]
    return _parts(rows, _former(rows))


def _former(rows: Iterable[Sequence[Any]]) -> Mapping[uuid.UUID, tuple[uuid.UUID, ...]]:
    """Return the bodies that went into those of members, by member; without a query where none did."""
    return former_of(_member, [member for member, *_, followed, _now in rows if followed])


def _parts(
    rows: Iterable[Sequence[Any]], former: Mapping[uuid.UUID, tuple[uuid.UUID, ...]]
) -> tuple[tuple[Membership, ...], tuple[Membership, ...]]:
    """Return the parts that somebody takes now, and those that have ended and stand on the roll of an open ballot."""
    found = [
        (Membership(member, consultation, track, body, bool(seated), former.get(member, ())), bool(now))
        for member, consultation, track, body, seated, _followed, now in rows
    ]
    return tuple(one for one, now in found if now), tuple(one for one, now in found if not now)


@prepared
def _roles(person: uuid.UUID, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    return _roles_where(RoleGrant.person_id == person, now)


def _roles_where(whose: sa.ColumnElement[bool], now: datetime) -> sa.Select[*tuple[Any, ...]]:
    reach = (RoleGrant.consultation_id, RoleGrant.track, RoleGrant.session_id)
    return sa.select(RoleGrant.person_id, RoleGrant.role, *reach, RoleGrant.into, RoleGrant.out_of).where(
        whose,
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > now),
    )


# Memberships and seats are tables of a room above; their names are enough to read who somebody is.
_member = sa.table(
    "member",
    *(sa.column(name, sa.Uuid()) for name in ("id", "consultation_id", "person_id", "body_id")),
    sa.column("track", sa.Text()),
    sa.column("withheld", sa.Boolean()),
    sa.column("until"),
    sa.column("part_ended_at"),
)
_seat = sa.table("seat", sa.column("holder_id", sa.Uuid()))
_ballot = sa.table("ballot", sa.column("id", sa.Uuid()), sa.column("state", sa.Text()))
_entry = sa.table(
    "roll_entry", *(sa.column(name, sa.Uuid()) for name in ("ballot_id", "voter_id", "represented_by_id"))
)
# So are notices and time zones; they come with the one query that every page of a signed-in visitor asks anyway.
_notice = sa.table("notice", sa.column("person_id", sa.Uuid()), sa.column("read_at"))
_interest = sa.table("declared_interest", sa.column("person_id", sa.Uuid()), sa.column("submission_id", sa.Uuid()))
_reach = sa.table("reach", sa.column("person_id", sa.Uuid()), sa.column("timezone", sa.Text()))


@prepared
def _memberships(person: uuid.UUID, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    return _memberships_where(_member.c.person_id == person, now)


def _memberships_where(whose: sa.ColumnElement[bool], now: datetime) -> sa.Select[*tuple[Any, ...]]:
    on_roll = sa.exists().where(
        sa.func.coalesce(_entry.c.represented_by_id, _entry.c.voter_id) == _member.c.id,
        _ballot.c.id == _entry.c.ballot_id,
        _ballot.c.state == "open",
    )
    taking_part = takes_part(_member.c, now)
    return (
        sa.select(
            _member.c.person_id,
            _member.c.id,
            _member.c.consultation_id,
            _member.c.track,
            _member.c.body_id,
            _seat.c.holder_id.is_not(None),
            follows(_member),
            taking_part,
        )
        .select_from(_member.outerjoin(_seat, _seat.c.holder_id == _member.c.id))
        .where(whose, sa.or_(taking_part, on_roll))
        .order_by(_member.c.id)
    )


def note_seen(sign_in: uuid.UUID) -> None:
    """Write last-seen of a session, at most once a minute: the one write that a GET may cause."""
    now = clock.now()
    with transaction():
        session.execute(
            sa.update(SignIn).where(SignIn.id == sign_in, SignIn.seen_at <= now - SEEN_EVERY).values(seen_at=now)
        )
