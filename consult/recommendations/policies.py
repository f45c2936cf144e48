"""Who may do what with recommendations."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import N_, Message
from consult.recommendations.models import Disposition, Recommendation, Source
from consult.recommendations.reservation_models import Reservation, UnsignedReservation
from consult.recommendations.response_models import OfficialResponse
from consult.recommendations.states import RecommendationState
from consult.submissions.belonging import own_texts
from consult.submissions.correcting import works_from_texts
from consult.submissions.models import Submission
from consult.submissions.policies import owns


@works_from_texts
def _drawn_on(row: Submission) -> Message | None:
    """Tell that a recommendation draws on a text, that it was answered, or that a body was asked for its response to it."""
    of_text = (model.submission_id == row.id for model in (Source, Disposition, OfficialResponse))
    if not session.scalar(sa.select(sa.or_(*(sa.exists().where(one) for one in of_text)))):
        return None
    return N_("A recommendation or an answer rests on this text, so it stays as it is.")


@permission("recommendation.read", N_("read a recommendation"))
def reads(actor: Actor, subject: Recommendation) -> bool:
    """Everyone once it is proposed; a draft, the staff of the consultation, its rapporteurs and observers."""
    return subject.state != RecommendationState.DRAFT or _reads_drafts(actor, subject.consultation_id)


@clause("recommendation.read", Recommendation)
def readable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `recommendation.read` as a condition on the recommendations of a consultation."""
    return sa.true() if _reads_drafts(actor, consultation) else Recommendation.state != RecommendationState.DRAFT


@permission("recommendation.list", N_("see which recommendations there are, drafts too"))
def lists(actor: Actor, subject: Consultation) -> bool:
    """The staff of the consultation, its rapporteurs and observers."""
    return _reads_drafts(actor, subject.id)


def _reads_drafts(actor: Actor, consultation: uuid.UUID) -> bool:
    return actor.staff(consultation) or any(actor.has(role, consultation) for role in (Role.RAPPORTEUR, Role.OBSERVER))


@permission("recommendation.draft", N_("draft recommendations"))
def drafts(actor: Actor, subject: Consultation) -> bool:
    """Organisers and rapporteurs of the consultation."""
    return _writes_in(actor, subject.id)


@permission("recommendation.write", N_("write a recommendation"))
def writes(actor: Actor, subject: Recommendation) -> bool:
    """Organisers and rapporteurs of its consultation."""
    return _writes_in(actor, subject.consultation_id)


def _writes_in(actor: Actor, consultation: uuid.UUID) -> bool:
    return actor.organises(consultation) or actor.has(Role.RAPPORTEUR, consultation)


@permission("recommendation.propose", N_("open a draft for discussion"))
def proposes(actor: Actor, subject: Recommendation) -> bool:
    """Organisers of its consultation: what a rapporteur drafts is put before everybody by somebody else."""
    return actor.organises(subject.consultation_id)


@permission("reservation.record", N_("put a reservation on record"))
def reserves(actor: Actor, subject: Recommendation) -> bool:
    """Members with a seat, once it is proposed: in their own words, so nobody does it for them; for a body by its own rule."""
    seated = any(membership.seated for membership in actor.memberships_in(subject.consultation_id))
    return seated and subject.state != RecommendationState.DRAFT


@permission("reservation.sign", N_("write and sign off a reservation of a body that is not on record yet"))
def signs_reservations(actor: Actor, subject: UnsignedReservation) -> bool:
    """Those who take part for the body in the same track; its own rule says whose yes it needs."""
    here = actor.memberships_in(subject.consultation_id)
    return any((m.body, m.track) == (subject.body_id, subject.track) for m in here)


@clause("reservation.sign", UnsignedReservation)
def unsigned_reservations(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `reservation.sign` as a condition on what the bodies of a consultation have not said yet."""
    row = UnsignedReservation
    own = [m for m in actor.memberships_in(consultation) if m.body is not None]
    return sa.or_(sa.false(), *(sa.and_(row.body_id == m.body, row.track == m.track) for m in own))


@permission("reservation.withdraw", N_("take a reservation back"))
def takes_reservations_back(actor: Actor, subject: Reservation) -> bool:
    """Whoever put it on record; of a body, those who take part for it in the same track, or for the one it went into: that one's rule says whose yes it needs."""
    if subject.body_id is None:
        return actor.is_member(subject.member_id)
    here = session.get_one(Recommendation, subject.recommendation_id).consultation_id
    return actor.answering_for(here, (subject.body_id, subject.track)) is not None


@permission("answer.give", N_("answer submissions: what became of each"))
def answers(actor: Actor, subject: Consultation | Submission) -> bool:
    """Organisers of the consultation, but nobody their own or one they have an interest in."""
    if isinstance(subject, Submission):
        mine = owns(actor, subject) or subject.id in actor.recused
        return actor.organises(subject.consultation_id) and not mine
    return actor.organises(subject.id)


@clause("answer.give", Submission)
def answerable_by(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `answer.give` as a condition on the submissions of a consultation."""
    if not actor.organises(consultation):
        return sa.false()
    impartial = Submission.id.not_in(actor.recused) if actor.recused else sa.true()
    return sa.and_(sa.not_(own_texts(actor, consultation)), impartial)


@permission("response.ask", N_("ask bodies for official responses, and see who has not responded"))
def asks_responses(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("response.write", N_("respond officially for a body"))
def writes_responses(actor: Actor, subject: OfficialResponse) -> bool:
    """Those who take part for the body that was asked, or for the one it went into; its own rule says whose yes it needs."""
    return any(m.body == subject.speaker for m in actor.memberships_in(subject.consultation_id))


@permission("response.enter", N_("enter an official response from a letter, or take the request back"))
def enters_responses(actor: Actor, subject: OfficialResponse) -> bool:
    """Organisers of the consultation, where nobody takes part for the body."""
    return actor.organises(subject.consultation_id)
