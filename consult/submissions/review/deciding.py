"""What moderators decide on a submission: accepted, kept, returned, hidden, shown again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record_all
from consult.i18n import N_
from consult.submissions.events import (
    SubmissionAccepted,
    SubmissionHidden,
    SubmissionLookedOver,
    SubmissionReturned,
)
from consult.submissions.models import Appeal, ReviewDecision, Revision, Submission
from consult.submissions.review.grounds import appeal_days, grounds_of
from consult.submissions.states import (
    AFTER_DECISION,
    APPEALABLE,
    SEALING,
    AppealState,
    Decision,
    Ground,
    SubmissionState,
    demand_decision,
)
from consult.submissions.transitions import ask, locked_all, transition_of

#: Characters of a moderator's words to an author.
REASON_LIMIT = 4000
#: Decisions for which an author needs no explanation.
WORDLESS = (Decision.ACCEPT, Decision.KEEP)


@dataclass(frozen=True, slots=True)
class Review:
    """A moderator's grounds: `ground` is public, `reason` is for the author; `revision` is the one that was read."""

    ground: str
    reason: str = ""
    revision: int | None = None


def accept(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Accept a submission for discussion: from now on everybody can read it."""
    return decide(submission, Decision.ACCEPT, review, actor)


def keep(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Look over a submission that was published at once: it stays public, and leaves the queue."""
    return decide(submission, Decision.KEEP, review, actor)


def return_for_correction(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Return a submission to its author, with words on what would make it right."""
    return decide(submission, Decision.RETURN, review, actor)


def hide(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Hide the text of a submission; the original is kept, and number and ground stay in the register."""
    return decide(submission, Decision.HIDE, review, actor)


def restore(submission: Submission, review: Review, *, actor: Actor) -> Submission:
    """Show the text of a hidden submission again."""
    return decide(submission, Decision.RESTORE, review, actor)


_DecisionEvent = SubmissionAccepted | SubmissionLookedOver | SubmissionReturned | SubmissionHidden
_DECIDED: Mapping[Decision, type[_DecisionEvent]] = {
    Decision.ACCEPT: SubmissionAccepted,
    Decision.KEEP: SubmissionLookedOver,
    Decision.RETURN: SubmissionReturned,
    Decision.HIDE: SubmissionHidden,
    Decision.RESTORE: SubmissionAccepted,
}


def decide(submission: Submission, decision: Decision, review: Review, actor: Actor) -> Submission:
    """Decide on a submission. Raises Conflict where it has moved on, Rejected with each problem at its field."""
    return decide_all([submission.id], decision, review, actor)[0]


def decide_all(submissions: Sequence[uuid.UUID], decision: Decision, review: Review, actor: Actor) -> list[Submission]:
    """Decide the same on several submissions of one consultation, each as `decide` does, by as many statements as one takes.

    What speaks against one speaks against all.
    """
    with transaction():
        rows = locked_all(submissions)
        for row in rows:
            demand(actor, "submission.review", row)
            demand_decision(row.state, decision, look_over=row.look_over)
            if review.revision not in (None, row.revision):
                raise Conflict(
                    N_("The author has handed in a new revision since you opened the page. Read it, then decide.")
                )
        review = replace(review, reason=clean_text(review.reason))
        consultation, after = session.get_one(Consultation, rows[0].consultation_id), AFTER_DECISION[decision]
        if problems := list(review_problems(decision, review, grounds_of(consultation))):
            raise Rejected(problems)
        for row in rows:
            if after != row.state:
                ask(consultation, transition_of(row, after, ground=review.ground))
        _write_decisions(rows, decision, review, actor, consultation)
        session.flush()
        search.refresh_all(submissions)
        told = _DECIDED[decision]
        events = [told(row.id, row.number, row.revision, review.ground) for row in rows]
        record_all(events, stream=consultation.id, actor=actor.person)
        return rows


def _write_decisions(
    rows: Sequence[Submission], decision: Decision, review: Review, actor: Actor, consultation: Consultation
) -> None:
    seals = decision in SEALING and grounds_of(consultation)[review.ground].seals
    now = clock.now()
    waited = _waited([row for row in rows if row.look_over or row.state == SubmissionState.RECEIVED], now)
    lapse_appeals([row.id for row in rows])
    for row in rows:
        row.state, row.decided_at, row.look_over = AFTER_DECISION[decision], now, False
        row.correctable_until = None
        write_decision(
            row,
            decision,
            review,
            by=actor.person,
            seals=seals,
            waited=waited.get(row.id),
            appeal_until=_deadline(consultation, decision, now),
        )


def write_decision(row: Submission, decision: Decision, review: Review, *, by: uuid.UUID | None, **more: Any) -> None:
    """Write a decision at the moment its submission was decided on; `more` are further columns."""
    session.add(
        ReviewDecision(
            id=new_id(),
            consultation_id=row.consultation_id,
            submission_id=row.id,
            revision=row.revision,
            decision=decision,
            ground=review.ground,
            reason=review.reason,
            decided_by=by,
            at=row.decided_at,
            **more,
        )
    )


def _waited(rows: Sequence[Submission], now: datetime) -> Mapping[uuid.UUID, int]:
    """Return for how many seconds the present revision of each has waited (1 query, none for none)."""
    if not rows:
        return {}
    handed_in = session.execute(
        sa.select(Submission.id, Revision.at)
        .join(Revision, sa.and_(Revision.submission_id == Submission.id, Revision.number == Submission.revision))
        .where(Submission.id.in_([row.id for row in rows]))
    )
    return {text: max(0, int((now - at).total_seconds())) for text, at in handed_in}


def _deadline(consultation: Consultation, decision: Decision, now: datetime) -> datetime | None:
    days = appeal_days(consultation)
    return now + timedelta(days=days) if decision in APPEALABLE and days else None


def lapse_appeal(row: Submission) -> None:
    """Close the appeal that waits, where there is one: the text moves on without it."""
    lapse_appeals([row.id])


def lapse_appeals(submissions: Sequence[uuid.UUID]) -> None:
    """Close the appeals that wait on any of these texts."""
    waiting = (Appeal.submission_id.in_(submissions), Appeal.state == AppealState.OPEN)
    session.execute(sa.update(Appeal).where(*waiting).values(state=AppealState.LAPSED))


def review_problems(decision: Decision, review: Review, grounds: Mapping[str, Ground]) -> Iterator[Problem]:
    """Yield what is wrong with the ground and the words of a decision."""
    ground = grounds.get(review.ground)
    if ground is None or ground.retired or decision not in ground.decisions:
        yield Problem("ground", N_("Choose a ground that fits the decision."))
    if decision not in WORDLESS and not review.reason:
        yield Problem("reason", N_("Write to the author what is wrong and, where it can be mended, how."))
    if len(review.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
