"""Who may do what with a session."""

from __future__ import annotations

import uuid

from consult.accounts.access import Actor, permission
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
    """Organisers and moderators."""
    return actor.staff(consultation_of(subject))


@permission("session.run", N_("run a session: open and close it, check people in, give the floor"))
def runs(actor: Actor, subject: Session | Consultation) -> bool:
    """Moderators."""
    return actor.moderates(consultation_of(subject))


@permission("session.speak", N_("ask for the floor"))
def speaks(actor: Actor, subject: Session | Consultation) -> bool:
    """Whoever takes part in the consultation."""
    return bool(actor.memberships_in(consultation_of(subject)))


@permission("minutes.write", N_("write the minutes of a session"))
def writes_minutes(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers and moderators."""
    return actor.staff(consultation_of(subject))


@permission("minutes.approve", N_("approve the minutes of a session"))
def approves_minutes(actor: Actor, subject: Session | Consultation) -> bool:
    """Organisers and moderators."""
    return actor.staff(consultation_of(subject))
