"""Who may do what with ballots and decision rules."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor, Reach, Role, permission
from consult.accounts.clauses import clause
from consult.accounts.separation import COUNTING
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
    """Everyone once it was opened; before, organisers, observers, and moderators and returning officers that it concerns."""
    if subject.state != BallotState.PREPARED or _sees_every(actor, subject.consultation_id):
        return True
    return any(reach.sitting(subject.session_id) for reach in _conducting(actor, subject.consultation_id))


@clause("ballot.read", Ballot)
def readable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `ballot.read` as a condition on the ballots of a consultation."""
    held = _conducting(actor, consultation)
    if _sees_every(actor, consultation) or any(reach.whole for reach in held):
        return sa.true()
    sittings = frozenset().union(*(reach.sittings for reach in held))
    return sa.or_(Ballot.state != BallotState.PREPARED, Ballot.session_id.in_(sittings))


def _sees_every(actor: Actor, consultation: uuid.UUID) -> bool:
    return actor.organises(consultation) or actor.has(Role.OBSERVER, consultation)


def _conducting(actor: Actor, consultation: uuid.UUID) -> tuple[Reach, ...]:
    """Return how far the actor holds each of the roles that conduct ballots."""
    return tuple(actor.reach(role, consultation) for role in sorted(COUNTING))


@permission("ballot.list", N_("see which ballots there are, those only prepared too"))
def lists(actor: Actor, subject: Consultation) -> bool:
    """Organisers, observers, moderators and returning officers; those of one session find the prepared ones of that session."""
    return _sees_every(actor, subject.id) or any(reach.some_sitting for reach in _conducting(actor, subject.id))


@permission("ballot.prepare", N_("prepare a ballot"))
def prepares(actor: Actor, subject: Ballot | Consultation) -> bool:
    """Organisers, moderators and returning officers; those of one session no new one, but the next round of one in it."""
    where = consultation_of(subject)
    sitting = subject.session_id if isinstance(subject, Ballot) else None
    return actor.organises(where) or any(reach.sitting(sitting) for reach in _conducting(actor, where))


@permission("ballot.conduct", N_("open, close and annul a ballot"))
def conducts(actor: Actor, subject: Ballot | Consultation) -> bool:
    """Moderators and returning officers; those of one session the ballots of that session."""
    held = _conducting(actor, consultation_of(subject))
    if isinstance(subject, Ballot):
        return any(reach.sitting(subject.session_id) for reach in held)
    return any(reach.some_sitting for reach in held)


@permission("ballot.cast", N_("vote"))
def casts(actor: Actor, subject: Ballot | OpenedBallot | Consultation) -> bool:
    """Members: holders, alternates, and who held a seat when the roll was frozen, also where their part has ended since; who stands on it, the database knows."""
    return bool(actor.votes_as(consultation_of(subject)))


@permission("rule.add", N_("add a decision rule"))
def adds_rules(actor: Actor, subject: Consultation) -> bool:
    """Organisers."""
    return actor.organises(subject.id)
