"""Mending what was done by mistake: an interest that is lifted, an assessment that is opened again. Both with a reason, by an organiser."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.peer_review.assigning import WAITS
from consult.peer_review.earlier import KEPT
from consult.peer_review.events import AssessmentReopened, InterestLiftAsked, InterestLifted, InterestStays
from consult.peer_review.models import Assessment, DeclaredInterest, EarlierAssessment, LiftedInterest, Reviewer
from consult.peer_review.policies import Mended
from consult.submissions.models import Submission

#: Characters of a reason.
REASON_LIMIT = 1000


def ask_to_lift(because: str, *, number: str, consultation: Consultation, actor: Actor) -> DeclaredInterest:
    """Ask the organisers to lift one's own interest in a text, declared by mistake. Raises NotFound, Rejected at `because`.

    Until an organiser answers it holds as before. The log says neither who asked nor about which text.
    """
    with transaction():
        demand(actor, "peer_review.enter", consultation)
        row = session.scalars(
            sa.select(DeclaredInterest)
            .join(Submission, Submission.id == DeclaredInterest.submission_id)
            .where(
                Submission.consultation_id == consultation.id,
                Submission.number == number,
                DeclaredInterest.person_id == actor.person,
            )
            .with_for_update(of=DeclaredInterest)
        ).first()
        if row is None:
            raise NotFound
        row.asked_because, row.asked_at = _reason(because), clock.now()
        session.flush()
        record(InterestLiftAsked(row.id), stream=consultation.id, actor=None)
        return row


def lift_interest(interest: uuid.UUID, because: str, *, consultation: Consultation, actor: Actor) -> LiftedInterest:
    """Lift an interest whose person asked for it: they may see and judge the text again, and what was declared stays on record.

    What they found before is not put back: they judge anew if they are given the text. Raises Forbidden for one's own and for
    whoever has an interest in the text, NotFound, Rejected at `because`.
    """
    with _asked(interest, consultation, actor) as row:
        made = LiftedInterest(
            id=row.id,
            submission_id=row.submission_id,
            person_id=row.person_id,
            kind=row.kind,
            at=row.at,
            asked_because=row.asked_because,
            lifted_at=clock.now(),
            lifted_by=actor.person,
            lifted_because=_reason(because),
        )
        session.delete(row)
        session.add(made)
        session.flush()
        record(InterestLifted(made.id), stream=consultation.id, actor=actor.person)
    return made


def keep_interest(interest: uuid.UUID, because: str, *, consultation: Consultation, actor: Actor) -> DeclaredInterest:
    """Leave an interest as it was declared, and say why. Raises as `lift_interest`."""
    with _asked(interest, consultation, actor) as row:
        row.answered_because, row.asked_at, row.asked_because = _reason(because), None, ""
        session.flush()
        record(InterestStays(row.id), stream=consultation.id, actor=actor.person)
    return row


@contextmanager
def _asked(interest: uuid.UUID, consultation: Consultation, actor: Actor) -> Iterator[DeclaredInterest]:
    """Open a transaction with an interest that its person asked to have lifted, locked."""
    with transaction():
        found = session.execute(
            sa.select(DeclaredInterest, Submission)
            .join(Submission, Submission.id == DeclaredInterest.submission_id)
            .where(
                DeclaredInterest.id == interest,
                DeclaredInterest.asked_at.is_not(None),
                Submission.consultation_id == consultation.id,
            )
            .with_for_update(of=DeclaredInterest)
        ).first()
        if found is None:
            raise NotFound
        demand(actor, "peer_review.mend", Mended(found[1], found[0].person_id))
        yield found[0]


def reopen_assessment(
    assessment: uuid.UUID, because: str, *, submission: Submission, actor: Actor
) -> EarlierAssessment:
    """Open a handed-in assessment again for its reviewer, who is told why; what was handed in is kept for those who decide.

    Only until somebody decides on the text: then what reviewers found has been used. Raises Forbidden for one's own, NotFound,
    Conflict, Rejected at `because`.
    """
    with transaction():
        text = session.get_one(Submission, submission.id, with_for_update=True, populate_existing=True)
        found = session.execute(
            sa.select(Assessment, Reviewer)
            .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
            .where(Assessment.id == assessment, Assessment.submission_id == text.id)
            .with_for_update(of=Assessment)
            .execution_options(populate_existing=True)
        ).first()
        if found is None:
            raise NotFound
        row, reviewer = found
        demand(actor, "peer_review.mend", Mended(text, reviewer.person_id))
        waits = session.scalar(sa.select(sa.exists().where(Submission.id == text.id, WAITS)))
        if row.handed_in_at is None or row.revision != text.revision or reviewer.ended_at is not None or not waits:
            raise Conflict(
                N_("Only an assessment that was handed in, of a text that waits for a decision, is opened again.")
            )
        kept = EarlierAssessment(
            id=new_id(),
            submission_id=text.id,
            revision=row.revision,
            reviewer_id=reviewer.id,
            reopened_at=clock.now(),
            reopened_by=actor.person,
            because=_reason(because),
            **{name: getattr(row, name) for name in KEPT},
        )
        session.add(kept)
        row.handed_in_at, row.version = None, row.version + 1
        session.flush()
        record(AssessmentReopened(row.id), stream=text.consultation_id, actor=actor.person)
        return kept


def _reason(because: str) -> str:
    """Return a reason, cleaned. Raises Rejected at `because`."""
    words = clean_text(because)
    if not words:
        raise Rejected(N_("Say why."), "because")
    if len(words) > REASON_LIMIT:
        raise Rejected(N_("Write at most %(limit)s characters.", limit=REASON_LIMIT), "because")
    return words
