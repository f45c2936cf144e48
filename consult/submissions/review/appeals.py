"""Appeals: an author appeals once against a decision, with reasons; somebody who did not decide on the text decides."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.belonging import named_in_log
from consult.submissions.content import is_language
from consult.submissions.events import AppealDecided, AppealMade, SubmissionAccepted
from consult.submissions.models import Appeal, ReviewDecision, Submission
from consult.submissions.review.appeal_queries import case_of, standing_of
from consult.submissions.review.deciding import REASON_LIMIT, Review, write_decision
from consult.submissions.review.grounds import answer_days, grounds_of
from consult.submissions.states import AFTER_APPEAL, AFTER_DECISION, AppealState, Decision, Ground
from consult.submissions.transitions import ask, locked, transition_of


@dataclass(frozen=True, slots=True)
class AppealDraft:
    """An author's reasons, the language they are in, and the decision that they read."""

    decision: uuid.UUID
    reason: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided on an appeal, on which public ground, and the words that its author alone reads."""

    outcome: str
    ground: str
    words: str


def appeal(draft: AppealDraft, *, submission: Submission, actor: Actor) -> Appeal:
    """Appeal against the latest decision on one's text. The same appeal again is the first one.

    Raises Conflict once the deadline has passed or the text has moved on, Rejected at `reason`.
    """
    with transaction():
        row = locked(submission.id)
        demand(actor, "submission.own", row)
        standing = standing_of(row)
        if standing is None or standing.decision != draft.decision:
            raise Conflict(N_("There is another decision on your text now. Open it again."))
        if standing.appeal is not None:
            return standing.appeal
        if not standing.may_appeal:
            raise Conflict(N_("The time to appeal against this decision is over."))
        draft = replace(draft, reason=clean_text(draft.reason))
        if problems := list(_reason_problems("reason", draft.reason)):
            raise Rejected(problems)
        made = _write(draft, row)
        record(AppealMade(made.id), stream=row.consultation_id, actor=named_in_log(actor, row))
        return made


def _write(draft: AppealDraft, row: Submission) -> Appeal:
    now, consultation = clock.now(), session.get_one(Consultation, row.consultation_id)
    made = Appeal(
        id=new_id(),
        consultation_id=row.consultation_id,
        submission_id=row.id,
        decision_id=draft.decision,
        state=AppealState.OPEN,
        reason=draft.reason,
        language=draft.language if is_language(draft.language) else row.language,
        made_at=now,
        due_at=now + timedelta(days=answer_days(consultation)),
    )
    session.add(made)
    session.flush()
    return made


def decide_appeal(appeal: Appeal, verdict: Verdict, *, actor: Actor) -> Appeal:
    """Uphold the decision that an appeal is against, or overturn it: then the text is accepted and everybody can read it.

    Raises Conflict if it was decided meanwhile or the text moved on, Forbidden for whoever decided on the text before, and
    Rejected at `outcome`, `ground`, `words`.
    """
    with transaction():
        text = locked(appeal.submission_id)
        row = session.get_one(Appeal, appeal.id, with_for_update=True, populate_existing=True)
        demand(actor, "appeal.decide", case_of(row))
        if row.state != AppealState.OPEN:
            raise Conflict(N_("This appeal is not open any more. Open it again to see how it stands."))
        consultation = session.get_one(Consultation, row.consultation_id)
        verdict = replace(verdict, words=clean_text(verdict.words))
        if problems := list(_verdict_problems(verdict, grounds_of(consultation))):
            raise Rejected(problems)
        outcome, row.decided_at = Decision(verdict.outcome), clock.now()
        row.state, row.ground, row.answer, row.decided_by = (
            AFTER_APPEAL[outcome],
            verdict.ground,
            verdict.words,
            actor.person,
        )
        row.waited = max(0, int((row.decided_at - row.made_at).total_seconds()))
        session.flush()
        if outcome is Decision.OVERTURN:
            _overturn(row, text, consultation, actor)
        else:
            record(AppealDecided(row.id, verdict.ground), stream=row.consultation_id, actor=actor.person)
        return row


def _overturn(appeal: Appeal, text: Submission, consultation: Consultation, actor: Actor) -> None:
    """Accept the text, which is all that the log tells; a ground that did not hold seals no revision."""
    after = AFTER_DECISION[Decision.OVERTURN]
    ask(consultation, transition_of(text, after, ground=appeal.ground))
    session.execute(sa.update(ReviewDecision).where(ReviewDecision.id == appeal.decision_id).values(seals=False))
    text.state, text.decided_at = after, appeal.decided_at
    write_decision(text, Decision.OVERTURN, Review(appeal.ground, appeal.answer), by=actor.person)
    session.flush()
    search.refresh(text.id)
    event = SubmissionAccepted(text.id, text.number, text.revision, appeal.ground)
    record(event, stream=text.consultation_id, actor=actor.person)


def _verdict_problems(verdict: Verdict, grounds: Mapping[str, Ground]) -> Iterator[Problem]:
    if verdict.outcome not in set(AFTER_APPEAL):
        yield Problem("outcome", N_("Choose what you decide."))
        return
    ground = grounds.get(verdict.ground)
    if ground is None or ground.retired or Decision(verdict.outcome) not in ground.decisions:
        yield Problem("ground", N_("Choose a ground that fits the decision."))
    yield from _reason_problems("words", verdict.words)


def _reason_problems(field: str, text: str) -> Iterator[Problem]:
    if not text:
        yield Problem(field, N_("Write your reasons."))
    elif len(text) > REASON_LIMIT:
        yield Problem(field, N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
