"""Who may do what with recommendations."""

from __future__ import annotations

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation
from consult.i18n import N_
from consult.recommendations.models import Recommendation
from consult.recommendations.states import RecommendationState
from consult.submissions.models import Submission


@permission("recommendation.read", N_("read a recommendation"))
def reads(actor: Actor, subject: Recommendation) -> bool:
    """Everyone once it is proposed; a draft, the staff of the consultation."""
    return subject.state != RecommendationState.DRAFT or actor.staff(subject.consultation_id)


@permission("recommendation.draft", N_("draft recommendations"))
def drafts(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("recommendation.write", N_("write a recommendation"))
def writes(actor: Actor, subject: Recommendation) -> bool:
    """Organisers of its consultation."""
    return actor.organises(subject.consultation_id)


@permission("reservation.record", N_("put a reservation on record"))
def reserves(actor: Actor, subject: Recommendation) -> bool:
    """Members with a seat, once it is proposed: in their own words, so nobody does it for them."""
    seated = any(membership.seated for membership in actor.memberships_in(subject.consultation_id))
    return seated and subject.state != RecommendationState.DRAFT


@permission("answer.give", N_("answer submissions: what became of each"))
def answers(actor: Actor, subject: Consultation | Submission) -> bool:
    """Organisers of the consultation, but nobody their own."""
    if isinstance(subject, Submission):
        return actor.organises(subject.consultation_id) and not actor.is_member(subject.member_id)
    return actor.organises(subject.id)
