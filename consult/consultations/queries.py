"""Reading consultations, phases, tracks, members and seats."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.models import AuthenticatorApp, Body, Passkey, Person, RoleGrant, SignIn
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member, Seat, Topic
from consult.consultations.names import PublicName, shown_name
from consult.consultations.seats.standing import has_holder
from consult.db import LocalizedText, session
from consult.folding import fold
from consult.i18n import Localized

#: Of so many who are called alike, a page is found soonest by going through the members in order.
MANY_NAMED = 500


@dataclass(frozen=True, slots=True)
class TrackCounts:
    """How many seats a track has, how many have a holder, how many bodies and members take part."""

    seats: int = 0
    filled: int = 0
    bodies: int = 0
    members: int = 0


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member in the organisers' list. A withheld name is withheld here too; `came` says whether they ever signed in."""

    id: uuid.UUID
    number: int
    track: str
    name: PublicName
    seat: int | None
    came: bool
    reachable: bool
    invited_at: datetime
    registered: bool


@dataclass(frozen=True, slots=True)
class MembersPage:
    """A page of members by number; `after` begins the next one, None on the last."""

    lines: Sequence[MemberLine]
    after: int | None


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A granted role in the administrators' list; `granted_by` is "" where the operator granted it by a command."""

    id: uuid.UUID
    person: str
    role: str
    consultation: Localized | None
    reason: str
    granted_by: str
    granted_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str
    second_factor: bool
    track: str
    sitting: Localized | None
    into: Sequence[str]
    out_of: Sequence[str]


def consultation_by_slug(slug: str) -> Consultation | None:
    """Return a consultation with its phases and tracks (3 queries)."""
    return session.scalars(sa.select(Consultation).where(Consultation.slug == slug)).first()


def consultations(*, public_only: bool = True) -> Sequence[Consultation]:
    """Return consultations, newest first."""
    query = sa.select(Consultation).order_by(Consultation.created_at.desc())
    return session.scalars(query.where(Consultation.public) if public_only else query).all()


def topics_of(consultation: uuid.UUID) -> Sequence[Topic]:
    """Return the topics of a consultation in order."""
    return session.scalars(sa.select(Topic).where(Topic.consultation_id == consultation).order_by(Topic.position)).all()


def members_of(consultation: uuid.UUID) -> Sequence[Member]:
    """Return who takes part in a consultation, by number."""
    return session.scalars(
        sa.select(Member).where(Member.consultation_id == consultation).order_by(Member.number)
    ).all()


def member_by_number(consultation: uuid.UUID, number: int) -> Member | None:
    """Return a member by the number that stands on their letter."""
    return session.scalars(
        sa.select(Member).where(Member.consultation_id == consultation, Member.number == number)
    ).first()


def members_page(
    consultation: uuid.UUID, *, track: str = "", text: str = "", after: int = 0, limit: int = 50
) -> MembersPage:
    """Return members by number, of one track (all when empty), found by number, name or body (1 query, 4 with a text).

    A withheld name is neither shown nor found: only the number finds it; where another was chosen, that one is found.
    """
    came = sa.exists().where(SignIn.person_id == Member.person_id).label("came")
    shown = (Member.withheld, Member.display_name, Person.name, Person.language, Body.names)
    columns = (Member.id, Member.number, Member.track, *shown)
    when = (Member.invited_at, Member.registered)
    query = (
        sa.select(*columns, Seat.number.label("seat"), came, (Person.email != "").label("reachable"), *when)
        .join(Person, Person.id == Member.person_id)
        .outerjoin(Body, Body.id == Member.body_id)
        .outerjoin(Seat, Seat.holder_id == Member.id)
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()), Member.number > after)
        .order_by(Member.number)
        .limit(limit + 1)
    )
    if track:
        query = query.where(Member.track == track)
    if text.strip():
        query = query.where(_found_by(text.strip(), consultation))
    rows = session.execute(query).all()
    lines = [_member_line(row) for row in rows[:limit]]
    return MembersPage(lines, lines[-1].number if len(rows) > limit else None)


def _found_by(text: str, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return as a condition that a member is called so, in any spelling, or takes part for a body that is (3 queries)."""
    folded = fold(text)
    people = _called(Member.person_id, sa.select(Person.id), Person.search_name.contains(folded, autoescape=True))
    bodies = _called(Member.body_id, sa.select(Body.id), Body.search_names.contains(folded, autoescape=True))
    renamed = sa.select(Member.id).where(Member.consultation_id == consultation, Member.display_name != "")
    chosen = _called(Member.id, renamed, Member.display_name.contains(text, autoescape=True))
    shown = sa.and_(sa.not_(Member.withheld), sa.or_(sa.and_(people, Member.display_name == ""), chosen, bodies))
    return sa.or_(Member.number == int(folded), shown) if folded.isdecimal() and len(folded) < 7 else shown


def _called(key: Any, among: sa.Select[uuid.UUID], called: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return a condition on members: that they are of the few who are called so, or, of many, that they are called so (1 query).

    From few the page is read by their keys: walking from the first member on would look at everybody's name.
    """
    few = session.scalars(among.where(called).limit(MANY_NAMED + 1)).all()
    return called if len(few) > MANY_NAMED else key.in_(few)


def _member_line(row: Any) -> MemberLine:
    name = shown_name(row.number, row.name, row.language, row.names, withheld=row.withheld, display=row.display_name)
    return MemberLine(
        row.id,
        row.number,
        row.track,
        name,
        row.seat,
        bool(row.came),
        bool(row.reachable),
        row.invited_at,
        row.registered,
    )


def counts_by_track(consultation: uuid.UUID) -> Mapping[str, TrackCounts]:
    """Return the seats, bodies and members of each track (2 queries)."""
    seats = session.execute(
        sa.select(Seat.track, sa.func.count(), sa.func.count(Member.id))
        .outerjoin(Member, sa.and_(Member.id == Seat.holder_id, takes_part(Member, clock.now())))
        .where(Seat.consultation_id == consultation)
        .group_by(Seat.track)
    ).all()
    members = session.execute(
        sa.select(Member.track, sa.func.count(Member.body_id.distinct()), sa.func.count())
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()))
        .group_by(Member.track)
    ).all()
    held = {track: (total, filled) for track, total, filled in seats}
    taking_part = {track: (bodies, people) for track, bodies, people in members}
    return {
        track: TrackCounts(*held.get(track, (0, 0)), *taking_part.get(track, (0, 0)))
        for track in sorted({*held, *taking_part})
    }


def empty_seats(consultation: uuid.UUID, track: str) -> Sequence[tuple[Seat, Localized | None]]:
    """Return the seats of a track that nobody holds, with the names of the body each belongs to."""
    rows = session.execute(
        sa.select(Seat, Body.names)
        .outerjoin(Body, Body.id == Seat.body_id)
        .where(Seat.consultation_id == consultation, Seat.track == track, sa.not_(has_holder()))
        .order_by(Seat.number)
    )
    return [(seat, names) for seat, names in rows]


def seat_of(member: uuid.UUID) -> Seat | None:
    """Return the seat a member holds."""
    return session.scalars(sa.select(Seat).where(Seat.holder_id == member)).first()


def seated_body_keys(consultation: uuid.UUID, track: str) -> frozenset[str]:
    """Return the reference codes of the bodies that have a seat in a track."""
    query = sa.select(Body.key).join(Seat, Seat.body_id == Body.id)
    return frozenset(session.scalars(query.where(Seat.consultation_id == consultation, Seat.track == track)))


#: A table of the room above; its names are enough to say for which session a role is.
_session = sa.table("session", sa.column("id", sa.Uuid()), sa.column("names", LocalizedText()))


#: Who granted it.
_granter = aliased(Person)


#: The columns of a line, in its order.
_GRANT: tuple[Any, ...] = (
    RoleGrant.id,
    Person.name,
    RoleGrant.role,
    Consultation.names,
    RoleGrant.reason,
    sa.func.coalesce(_granter.name, ""),
    RoleGrant.granted_at,
    RoleGrant.ends_at,
    RoleGrant.revoked_at,
    RoleGrant.revoked_because,
    sa.or_(
        sa.exists().where(AuthenticatorApp.person_id == RoleGrant.person_id),
        sa.exists().where(Passkey.person_id == RoleGrant.person_id),
    ),
    RoleGrant.track,
    _session.c.names,
    RoleGrant.into,
    RoleGrant.out_of,
)


def role_grants(limit: int = 200) -> Sequence[GrantLine]:
    """Return granted roles, those in force first, the newest first, and whether their holders have a second factor."""
    rows = session.execute(
        sa.select(*_GRANT)
        .join(Person, Person.id == RoleGrant.person_id)
        .outerjoin(_granter, _granter.id == RoleGrant.granted_by)
        .outerjoin(Consultation, Consultation.id == RoleGrant.consultation_id)
        .outerjoin(_session, _session.c.id == RoleGrant.session_id)
        .order_by(RoleGrant.revoked_at.is_not(None), RoleGrant.granted_at.desc(), RoleGrant.id)
        .limit(limit)
    )
    return [GrantLine(*row) for row in rows]


def staff_consultations(ids: Sequence[uuid.UUID]) -> Sequence[Consultation]:
    """Return some consultations, public or not, newest first."""
    query = sa.select(Consultation).where(Consultation.id.in_(ids)).order_by(Consultation.created_at.desc())
    return session.scalars(query).all()


def people_of(consultation: uuid.UUID) -> sa.CompoundSelect[uuid.UUID]:
    """Return, as a query, everybody who may be charged with something: members, and holders of a role in force."""
    now = clock.now()
    roles = sa.select(RoleGrant.person_id).where(
        RoleGrant.consultation_id == consultation,
        RoleGrant.revoked_at.is_(None),
        sa.or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > now),
    )
    members = sa.select(Member.person_id).where(Member.consultation_id == consultation, takes_part(Member, clock.now()))
    return sa.union(roles, members)
