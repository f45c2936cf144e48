"""Who may do what with drafts and submissions."""

from __future__ import annotations

import uuid

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation, Member
from consult.i18n import N_
from consult.submissions.appeal_queries import AppealCase
from consult.submissions.models import BulkDecision, Draft, Submission
from consult.submissions.states import SubmissionState


@permission("submission.write", N_("write and follow submissions"))
def writes(actor: Actor, subject: Consultation) -> bool:
    """Its members."""
    return bool(actor.memberships_in(subject.id))


@permission("submission.submit", N_("hand in a submission"))
def submits(actor: Actor, subject: Member) -> bool:
    """The member in whose name it is, as long as they take part."""
    return actor.is_member(subject.id)


@permission("draft.edit", N_("edit a draft"))
def edits(actor: Actor, subject: Draft) -> bool:
    """Its author."""
    return actor.is_member(subject.member_id)


@permission("submission.own", N_("follow, correct and withdraw a submission"))
def owns(actor: Actor, subject: Submission) -> bool:
    """Its author."""
    return actor.is_member(subject.member_id)


@permission("submission.read", N_("read the text of a submission"))
def reads(actor: Actor, subject: Submission) -> bool:
    """Everyone once it is accepted; before that, and when it is hidden, its author and the staff; a withdrawn one, its author."""
    if subject.state == SubmissionState.ACCEPTED or actor.is_member(subject.member_id):
        return True
    return subject.state != SubmissionState.WITHDRAWN and actor.staff(subject.consultation_id)


@permission("submission.revisions", N_("read every revision of a submission, those that are not shown too"))
def reads_revisions(actor: Actor, subject: Submission) -> bool:
    """Its author and the staff, where they read the text: a ground may seal a revision from everybody else."""
    closer = actor.is_member(subject.member_id) or actor.staff(subject.consultation_id)
    return closer and reads(actor, subject)


@permission("submission.review", N_("review submissions"))
def reviews(actor: Actor, subject: Consultation | Submission) -> bool:
    """Moderators of the consultation, but nobody their own."""
    if isinstance(subject, Submission):
        return actor.moderates(subject.consultation_id) and not actor.is_member(subject.member_id)
    return actor.moderates(subject.id)


@permission("bulk.undo", N_("undo a decision on several texts, or carry it out at once"))
def undoes(actor: Actor, subject: BulkDecision) -> bool:
    """The moderator who took it, as long as they moderate the consultation."""
    return actor.person is not None and actor.person == subject.held_by and actor.moderates(subject.consultation_id)


@permission("appeal.list", N_("see the appeals of authors"))
def lists_appeals(actor: Actor, subject: Consultation) -> bool:
    """Organisers and moderators of the consultation; each sees those that they may decide."""
    return actor.staff(subject.id)


@permission("appeal.decide", N_("decide an appeal"))
def decides_appeals(actor: Actor, subject: AppealCase) -> bool:
    """Organisers and moderators of the consultation, but nobody who decided on the text before, nor its author."""
    return (
        actor.person is not None
        and actor.staff(subject.consultation)
        and actor.person not in subject.moderators
        and not actor.is_member(subject.author)
    )


@permission("submission.campaigns", N_("look for campaigns among submissions and decide on them"))
def gathers(actor: Actor, subject: Consultation) -> bool:
    """Organisers and moderators of the consultation: they read every text that is not withdrawn."""
    return actor.staff(subject.id)


@permission("submission.import", N_("bring in submissions from a file"))
def imports(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation and administrators: it is recorded as their act."""
    return _keeps_record(actor, subject.id)


@permission("submission.export", N_("export submissions"))
def exports(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation and administrators."""
    return _keeps_record(actor, subject.id)


def _keeps_record(actor: Actor, consultation: uuid.UUID) -> bool:
    return actor.administrator or actor.organises(consultation)
