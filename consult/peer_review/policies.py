"""Who may do what with texts that reviewers judge."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import N_, Message
from consult.peer_review.models import Assessment, Reviewer
from consult.submissions.correcting import works_from_texts
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


@works_from_texts
def _judged(row: Submission) -> Message | None:
    """Tell that reviewers were given a revision of a text."""
    given = sa.exists().where(Assessment.submission_id == row.id, Assessment.revision == row.revision)
    if not session.scalar(sa.select(given)):
        return None
    return N_("Reviewers were given this text, so it stays as they read it until it is decided on.")


@permission("peer_review.enter", N_("enter the reviewers’ desk"))
def enters(actor: Actor, subject: Consultation) -> bool:
    """Whoever is signed in: they find the texts that they were given, and nothing else."""
    return actor.signed_in


@permission("peer_review.assess", N_("judge the texts one was given"))
def assesses(actor: Actor, subject: Reviewer) -> bool:
    """The reviewer, as long as they are one."""
    return actor.person is not None and subject.person_id == actor.person and subject.ended_at is None


@permission("peer_review.organise", N_("name reviewers, choose criteria, give texts out and take them back"))
def organises(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@dataclass(frozen=True, slots=True)
class Mended:
    """What one person declared or handed in about a text."""

    submission: Submission
    person: uuid.UUID


@permission("peer_review.mend", N_("lift an interest declared by mistake, and open a handed-in assessment again"))
def mends(actor: Actor, subject: Mended) -> bool:
    """Organisers who read what was found of the text, so nobody with an interest in it; and nobody what is their own."""
    own = subject.person == actor.person
    return not own and actor.organises(subject.submission.consultation_id) and reads_results(actor, subject.submission)


@permission("peer_review.results", N_("read what reviewers found, and take part in their discussion"))
def reads_results(actor: Actor, subject: Consultation | Submission) -> bool:
    """Organisers and moderators of the consultation, those of one track what belongs to it; nobody of a text of their own or with an interest in it, or that was withdrawn."""
    if isinstance(subject, Submission):
        if subject.state == SubmissionState.WITHDRAWN:
            return False
        mine = actor.is_member(subject.member_id) or subject.id in actor.recused
        reach = actor.reach(Role.MODERATOR, subject.consultation_id)
        return not mine and (actor.organises(subject.consultation_id) or reach.track(subject.track))
    return actor.organises(subject.id) or actor.reach(Role.MODERATOR, subject.id).some_track


@clause("peer_review.results", Submission)
def judged(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `peer_review.results` as a condition on the submissions of a consultation."""
    own = [membership.member for membership in actor.memberships_in(consultation)]
    theirs = sa.and_(
        sa.or_(Submission.member_id.is_(None), Submission.member_id.not_in(own)),
        Submission.id.not_in(actor.recused),
    )
    reach = actor.reach(Role.MODERATOR, consultation)
    served = sa.true() if actor.organises(consultation) or reach.whole else Submission.track.in_(reach.tracks)
    return sa.and_(theirs, served, Submission.state != SubmissionState.WITHDRAWN)
