"""Who may do what with ballots and decision rules."""

from __future__ import annotations

import uuid

from consult.accounts.access import Actor, permission
from consult.ballots.frozen import OpenedBallot
from consult.ballots.models import Ballot
from consult.ballots.states import BallotState
from consult.consultations.models import Consultation
from consult.i18n import N_


def consultation_of(subject: Ballot | OpenedBallot | Consultation) -> uuid.UUID:
    """Return the consultation a subject belongs to."""
    return subject.id if isinstance(subject, Consultation) else subject.consultation_id


@permission("ballot.read", N_("read a ballot"))
def reads(actor: Actor, subject: Ballot) -> bool:
    """Everyone once it was opened; before, the staff of the consultation."""
    return subject.state != BallotState.PREPARED or actor.staff(subject.consultation_id)


@permission("ballot.prepare", N_("prepare a ballot"))
def prepares(actor: Actor, subject: Ballot | Consultation) -> bool:
    """Organisers and moderators."""
    return actor.staff(consultation_of(subject))


@permission("ballot.conduct", N_("open, close and annul a ballot"))
def conducts(actor: Actor, subject: Ballot | Consultation) -> bool:
    """Moderators."""
    return actor.moderates(consultation_of(subject))


@permission("ballot.cast", N_("vote"))
def casts(actor: Actor, subject: Ballot | OpenedBallot | Consultation) -> bool:
    """Members: holders, alternates, and who held a seat when the roll was frozen; who stands on it, the database knows."""
    return bool(actor.memberships_in(consultation_of(subject)))


@permission("rule.add", N_("add a decision rule"))
def adds_rules(actor: Actor, subject: Consultation) -> bool:
    """Organisers."""
    return actor.organises(subject.id)
