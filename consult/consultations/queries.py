"""Reading consultations, phases, tracks, members and seats."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.models import AuthenticatorApp, Body, Passkey, Person, RoleGrant, SignIn
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member, Seat, Topic
from consult.consultations.names import PublicName, shown_name
from consult.consultations.seats.standing import has_holder
from consult.db import LocalizedText, read, session
from consult.folding import fold
from consult.i18n import Localized
from consult.typed_numbers import as_number

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

    @property
    def last_moment(self) -> datetime | None:
        """Return the last moment in which the role acts, None without an end."""
        return self.ends_at and clock.last_moment(self.ends_at)


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


def member_by_number(consultation: uuid.UUID, number: int) -> Member | None:
    """Return a member by the number that stands on their letter."""
    return session.scalars(
        sa.select(Member).where(Member.consultation_id == consultation, Member.number == number)
    ).first()


def members_page(
    consultation: uuid.UUID, *, track: str = "", text: str = "", after: int = 0, limit: int = 50
) -> MembersPage:
    """Return members by number, of one track (all when empty), found by number, name or body (1 query, 2 with a text).

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
        found = found_by(text.strip(), consultation)
        if found is None:
            return MembersPage((), None)
        query = query.where(found)
    rows = read(query).all()
    lines = [_member_line(row) for row in rows[:limit]]
    return MembersPage(lines, lines[-1].number if len(rows) > limit else None)


def found_by(text: str, consultation: uuid.UUID) -> sa.ColumnElement[bool] | None:
    """Return as a condition that a member is called so, in any spelling, or takes part for a body that is (1 query).

    None where nobody and no body is called so.
    """
    folded = fold(text)
    asked = {"consultation": consultation, "folded": _anywhere(folded), "text": _anywhere(text)}
    found = {
        kind: (ids or "").split(",") if count <= MANY_NAMED else None for kind, count, ids in read(_named(), asked)
    }
    number = as_number(folded, None)
    if number is None and not any(few is None or any(few) for few in found.values()):
        return None
    called = {}
    for kind, key, name, pattern in (
        ("person", Member.person_id, Person.search_name, asked["folded"]),
        ("body", Member.body_id, Body.search_names, asked["folded"]),
        ("display", Member.id, Member.display_name, asked["text"]),
    ):
        few = found[kind]
        called[kind] = name.like(pattern, escape="/") if few is None else key.in_([uuid.UUID(of) for of in few if of])
    own = sa.or_(sa.and_(called["person"], Member.display_name == ""), called["display"], called["body"])
    shown = sa.and_(sa.not_(Member.withheld), own)
    return shown if number is None else sa.or_(Member.number == number, shown)


def _anywhere(text: str) -> str:
    """Return the pattern of LIKE, with / as its escape, for what has a text anywhere."""
    return "%" + re.sub("[/%_]", r"/\g<0>", text) + "%"


@cache
def _named() -> sa.CompoundSelect[tuple[str, int, str]]:
    """Return the query for people, bodies and members with a name of their choice who are called so: how many, and their ids.

    From few the page is read by their keys: walking from the first member on would look at everybody's name. Of many one
    learns no more than that, so they come as one row.
    """
    folded, text = sa.bindparam("folded", type_=sa.Text()), sa.bindparam("text", type_=sa.Text())
    people = sa.select(Person.id).where(Person.search_name.like(folded, escape="/"))
    bodies = sa.select(Body.id).where(Body.search_names.like(folded, escape="/"))
    display = sa.select(Member.id).where(
        Member.consultation_id == sa.bindparam("consultation"),
        Member.display_name != sa.literal_column("''"),  # said in the words of its index
        Member.display_name.like(text, escape="/"),
    )
    counted = []
    for kind, called in (("person", people), ("body", bodies), ("display", display)):
        few = called.limit(MANY_NAMED + 1).subquery()
        ids = sa.func.aggregate_strings(sa.cast(few.c.id, sa.String()), ",")
        counted.append(sa.select(sa.literal(kind), sa.func.count(), ids).select_from(few))
    return sa.union_all(*counted)


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
