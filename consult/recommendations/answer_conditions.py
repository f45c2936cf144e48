"""Conditions on submissions by their answers, for whoever counts or lists them."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.recommendations.models import Disposition
from consult.submissions.models import CampaignMember, Passage, Submission
from consult.submissions.states import SubmissionState

#: What stands in the place of a kind: a text without any answer, and one whose passages are all answered on their own.
UNANSWERED, BY_PASSAGE = "", "by_passage"
#: An answer that is in force for the whole of a text.
WHOLE = sa.and_(
    Disposition.submission_id == Submission.id, Disposition.passage_id.is_(None), Disposition.replaced_at.is_(None)
)
#: That a passage has an answer of its own.
OWN = sa.exists().where(Disposition.passage_id == Passage.id, Disposition.replaced_at.is_(None))
#: What is said of a passage: for itself, or for the whole of its text.
SAID = sa.and_(
    Disposition.submission_id == Submission.id,
    sa.or_(Disposition.passage_id.is_(None), Disposition.passage_id == Passage.id),
)


def each_passage_answered() -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that there are passages and each of them has an answer of its own."""
    of_text = (Passage.submission_id == Submission.id, Passage.revision == Submission.revision)
    return sa.and_(sa.exists().where(*of_text), sa.not_(sa.exists().where(*of_text, sa.not_(OWN))))


def kind_of_text() -> sa.ColumnElement[str]:
    """Return the kind of a text's answer; the query joins what is in force for the whole of it."""
    return sa.case(
        (Disposition.kind.is_not(None), Disposition.kind),
        (each_passage_answered(), BY_PASSAGE),
        else_=UNANSWERED,
    )


def accepted_in(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """Return, as conditions, that submissions of a consultation are accepted: of these it is said what becomes of them."""
    return Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED


def of_campaign(campaign: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that they belong to a confirmed campaign."""
    return sa.exists().where(
        CampaignMember.submission_id == Submission.id,
        CampaignMember.proposal_id == campaign,
        CampaignMember.belongs,
    )


def unanswered(consultation: uuid.UUID) -> sa.Select[uuid.UUID]:
    """Return, as a query to build on, the accepted submissions without an answer: neither whole nor passage by passage."""
    return (
        sa.select(Submission.id)
        .outerjoin(Disposition, WHOLE)
        .where(*accepted_in(consultation), Disposition.id.is_(None), sa.not_(each_passage_answered()))
    )
