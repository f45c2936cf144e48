"""Who may do what with a session."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation
from consult.i18n import N_
from consult.sessions.models import Session


def consultation_of(subject: Session | Consultation) -> uuid.UUID:
    """Return the consultation a subject belongs to."""
    return subject.consultation_id if isinstance(subject, Session) else subject.id


@permission("session.read", N_("read what happens in a session"))
def reads(actor: Actor, subject: Session | Consultation) -> bool:
    """Everyone who may read the consultation, which is asked first."""
    return True


@permission("session.plan", N_("plan sessions"))
def plans(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers."""
    return actor.organises(consultation_of(subject))


@permission("session.prepare", N_("prepare the agenda of a session"))
def prepares(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers and moderators; a moderator of one session that one."""
    return actor.organises(consultation_of(subject)) or _reaches(actor, Role.MODERATOR, subject)


@permission("session.run", N_("run a session: open and close it, check people in, give the floor"))
def runs(actor: Actor, subject: Session | Consultation) -> bool:
    """Moderators; a moderator of one session that one."""
    return _reaches(actor, Role.MODERATOR, subject)


@permission("session.speak", N_("ask for the floor"))
def speaks(actor: Actor, subject: Session | Consultation) -> bool:
    """Whoever takes part in the consultation."""
    return bool(actor.memberships_in(consultation_of(subject)))


@permission("minutes.write", N_("write the minutes of a session"))
def writes_minutes(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers, moderators and rapporteurs; those of one session that one."""
    return prepares(actor, subject) or _reaches(actor, Role.RAPPORTEUR, subject)


@permission("minutes.approve", N_("approve the minutes of a session"))
def approves_minutes(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers and moderators, a moderator of one session that one; whoever only writes them does not approve them."""
    return prepares(actor, subject)


@permission("session.desk", N_("see which sessions there are to run and to minute"))
def sees_desk(actor: Actor, subject: Session | Consultation) -> bool:
    """Whoever may prepare a session or write its minutes, and see in the list those of which that is so."""
    return writes_minutes(actor, subject)


@clause("session.desk", Session)
def at_desk(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `session.desk` as a condition on the sessions of a consultation."""
    held = [actor.reach(role, consultation) for role in (Role.MODERATOR, Role.RAPPORTEUR)]
    if actor.organises(consultation) or any(reach.whole for reach in held):
        return sa.true()
    return Session.id.in_(held[0].sittings | held[1].sittings)


def _reaches(actor: Actor, role: Role, subject: Session | Consultation) -> bool:
    """Tell whether a role reaches a session, or, asked about the consultation, any session of it."""
    reach = actor.reach(role, consultation_of(subject))
    return reach.sitting(subject.id) if isinstance(subject, Session) else reach.some_sitting
