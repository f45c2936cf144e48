"""Attendance: members come and go, as intervals."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.errors import NotFound
from consult.sessions.events import MemberCheckedIn, MemberCheckedOut
from consult.sessions.models import Attendance, Session
from consult.sessions.queries import current_item, present_members
from consult.sessions.services.acts import hold, tell
from consult.sessions.states import BEFORE_CLOSING, demand_state


def check_in(members: Collection[uuid.UUID], *, sitting: Session, actor: Actor) -> Sequence[uuid.UUID]:
    """Note that members came into the room, before or during the session; return those who were not present yet.

    Whoever is present already stays present: asking twice opens no second interval.
    """
    with transaction():
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), *BEFORE_CLOSING)
        present, item, now = present_members(sitting.id), current_item(sitting.id), clock.now()
        came = [member for member in _members(members, sitting) if member not in present]
        for member in came:
            session.add(
                Attendance(id=new_id(), session_id=sitting.id, member_id=member, came_at=now, noted_by=actor.person)
            )
            session.flush()
            tell(MemberCheckedIn(session=sitting.id, member=member), sitting=sitting, item=item, actor=actor)
    return came


def check_out(members: Collection[uuid.UUID], *, sitting: Session, actor: Actor) -> Sequence[uuid.UUID]:
    """Note that members left the room; return those who were present. The others are left as they are."""
    with transaction():
        demand(actor, "session.run", sitting)
        demand_state(hold(sitting), *BEFORE_CLOSING)
        present, item = present_members(sitting.id), current_item(sitting.id)
        left = [member for member in _members(members, sitting, former=True) if member in present]
        session.execute(
            sa.update(Attendance)
            .where(Attendance.session_id == sitting.id, Attendance.member_id.in_(left), Attendance.left_at.is_(None))
            .values(left_at=clock.now())
        )
        for member in left:
            tell(MemberCheckedOut(session=sitting.id, member=member), sitting=sitting, item=item, actor=actor)
    return left


def _members(wanted: Collection[uuid.UUID], sitting: Session, *, former: bool = False) -> Sequence[uuid.UUID]:
    """Return the wanted members in the order of their numbers; NotFound if one takes no part in the consultation.

    Whose part has ended while they sat (`former`) can still leave the room.
    """
    found = session.scalars(
        sa.select(Member.id)
        .where(
            Member.id.in_(set(wanted)),
            Member.consultation_id == sitting.consultation_id,
            sa.true() if former else takes_part(Member, clock.now()),
        )
        .order_by(Member.number)
    ).all()
    if len(found) != len(set(wanted)):
        raise NotFound
    return found
