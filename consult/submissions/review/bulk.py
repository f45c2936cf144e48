"""Deciding on many texts at once: one recorded act, held for ten minutes, then carried out by the worker, text by text."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed, demand
from consult.accounts.signing_in.sign_in import load_actor
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, ConsultError, Forbidden, Rejected
from consult.events.deliver import place_of_error
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.events import BulkDecisionDone, BulkDecisionHeld, BulkDecisionUndone
from consult.submissions.models import BulkDecision, BulkText, Submission
from consult.submissions.review.bulk_queries import chosen_for_act
from consult.submissions.review.bulk_states import HELD_FOR, MOST_TEXTS, OUTCOME_LABELS, TOGETHER, BulkState, Outcome
from consult.submissions.review.deciding import Review, decide, review_problems
from consult.submissions.review.grounds import grounds_of
from consult.submissions.states import Decision, decisions_on

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BulkDraft:
    """A decision on many texts: receipt numbers with the revision that was listed, what is decided, ground and words."""

    texts: Mapping[str, int]
    decision: str
    ground: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an act would do to one text: decide on it, or `skip` it, for this reason."""

    row: Submission
    skip: Outcome | None


def foresee(draft: BulkDraft, *, consultation: Consultation, actor: Actor) -> Sequence[Foreseen]:
    """Return what an act would do to each text, without doing it. Raises Rejected as `hold` does."""
    demand(actor, "submission.review", consultation)
    _checked(draft, consultation)
    return _foreseen(draft, consultation, actor)


def _foreseen(draft: BulkDraft, consultation: Consultation, actor: Actor) -> Sequence[Foreseen]:
    decision = Decision(draft.decision)
    found = chosen_for_act(consultation.id, draft.texts)
    return [Foreseen(row, _skips(row, decision, draft.texts[row.number], actor, is_held=held)) for row, held in found]


def _skips(row: Submission, decision: Decision, revision: int, actor: Actor, *, is_held: bool) -> Outcome | None:
    if not allowed(actor, "submission.review", row):
        return Outcome.REFUSED
    stays = decision in decisions_on(row.state, look_over=row.look_over) and row.revision == revision
    return None if stays and not is_held else Outcome.MOVED


def _checked(draft: BulkDraft, consultation: Consultation) -> BulkDraft:
    """Return the draft cleaned; Rejected with each problem at its field: `decision`, `ground`, `reason`, `texts`."""
    if draft.decision not in TOGETHER:
        raise Rejected(N_("Choose what you decide."), "decision")
    if not draft.texts:
        raise Rejected(N_("Tick at least one text."), "texts")
    if len(draft.texts) > MOST_TEXTS:
        raise Rejected(N_("Decide on at most %(limit)s texts at once.", limit=MOST_TEXTS), "texts")
    draft = replace(draft, reason=clean_text(draft.reason))
    review = Review(draft.ground, draft.reason)
    if problems := list(review_problems(Decision(draft.decision), review, grounds_of(consultation))):
        raise Rejected(problems)
    return draft


def hold(draft: BulkDraft, *, consultation: Consultation, actor: Actor) -> BulkDecision:
    """Hold a decision on many texts for ten minutes; those that have moved on are left out.

    Raises Rejected with each problem at its field, and where nothing is left to decide on.
    """
    with transaction():
        demand(actor, "submission.review", consultation)
        draft = _checked(draft, consultation)
        _lock(draft, consultation)
        texts = [one.row for one in _foreseen(draft, consultation, actor) if one.skip is None]
        if not texts:
            raise Rejected(N_("All of these texts have moved on meanwhile. Nothing was held."), "texts")
        now = clock.now()
        act = BulkDecision(
            id=new_id(),
            consultation_id=consultation.id,
            decision=draft.decision,
            ground=draft.ground,
            reason=draft.reason,
            state=BulkState.HELD,
            held_by=actor.person,
            made_at=now,
            due_at=now + HELD_FOR,
        )
        session.add(act)
        session.flush()
        session.execute(sa.insert(BulkText), [_item(act, row) for row in texts])
        event = BulkDecisionHeld(act.id, draft.decision, draft.ground, len(texts))
        record(event, stream=consultation.id, actor=actor.person)
        return act


def _item(act: BulkDecision, row: Submission) -> dict[str, object]:
    standing = {"revision": row.revision, "decided_at": row.decided_at}
    return {"act_id": act.id, "submission_id": row.id, **standing, "outcome": Outcome.WAITING}


def _lock(draft: BulkDraft, consultation: Consultation) -> None:
    """Lock the texts in one order, so that each is held in one act at most and nobody waits for each other."""
    session.execute(
        sa.select(Submission.id)
        .where(Submission.consultation_id == consultation.id, Submission.number.in_(list(draft.texts)))
        .order_by(Submission.id)
        .with_for_update()
    ).all()


def undo(act: BulkDecision, *, actor: Actor) -> BulkDecision:
    """Undo an act that is still held: nothing has happened. Raises Conflict once it is being carried out."""
    with transaction():
        row = _held(act, actor)
        row.state, row.done_at = BulkState.UNDONE, clock.now()
        session.execute(sa.update(BulkText).where(BulkText.act_id == row.id).values(outcome=Outcome.UNDONE))
        record(BulkDecisionUndone(row.id), stream=row.consultation_id, actor=actor.person)
        return row


def carry_out_now(act: BulkDecision, *, actor: Actor) -> BulkDecision:
    """Carry out an act at once: from now on it cannot be undone. Raises Conflict if it is not held any more."""
    with transaction():
        row = _held(act, actor)
        row.state, row.due_at = BulkState.RUNNING, clock.now()
    _carry_out(act.id)
    return session.get_one(BulkDecision, act.id)


def _held(act: BulkDecision, actor: Actor) -> BulkDecision:
    row = session.get_one(BulkDecision, act.id, with_for_update=True, populate_existing=True)
    demand(actor, "bulk.undo", row)
    if row.state != BulkState.HELD:
        raise Conflict(N_("This act is not held any more: it was undone, or it is being carried out."))
    return row


def carry_out_due() -> bool:
    """Carry out the acts whose ten minutes are over, and go on with those whose worker is gone; tell whether there were any.

    Each text is decided on in a transaction of its own: a worker that dies leaves the rest to the next one.
    """
    done = False
    for act in _due():
        with transaction():
            row = session.get_one(BulkDecision, act, with_for_update=True, populate_existing=True)
            if row.state == BulkState.HELD:
                row.state = BulkState.RUNNING
        done = _carry_out(act) or done
    return done


def _due() -> Sequence[uuid.UUID]:
    held = sa.and_(BulkDecision.state == BulkState.HELD, BulkDecision.due_at <= clock.now())
    due = sa.or_(held, BulkDecision.state == BulkState.RUNNING)
    found = session.scalars(sa.select(BulkDecision.id).where(due).order_by(BulkDecision.due_at, BulkDecision.id)).all()
    session.rollback()
    return found


def _carry_out(act: uuid.UUID) -> bool:
    if session.get_one(BulkDecision, act).state != BulkState.RUNNING:
        return False
    tried: set[uuid.UUID] = set()
    while (text := _next(act, tried)) is not None:
        tried.add(text)
        try:
            _decide_on(act, text)
        except ConsultError as refused:
            _skip(act, text, Outcome.REFUSED if isinstance(refused, Forbidden | Rejected) else Outcome.MOVED)
        except (sa.exc.SQLAlchemyError, OSError):
            raise
        except Exception as error:  # one text, a plugin for instance, does not hold up the others, nor the mail
            log.warning("a text of the act %s could not be decided on: %s", act, place_of_error(error))
            _skip(act, text, Outcome.REFUSED)
    _finish(act)
    return True


def _next(act: uuid.UUID, tried: set[uuid.UUID]) -> uuid.UUID | None:
    query = sa.select(BulkText.submission_id).where(BulkText.act_id == act, BulkText.outcome == Outcome.WAITING)
    waiting = session.scalars(query.order_by(BulkText.submission_id)).all()
    return next((one for one in waiting if one not in tried), None)


def _decide_on(act: uuid.UUID, submission: uuid.UUID) -> None:
    """Decide on one text as whoever held the act, with the rights they have now; once, however many workers there are."""
    with transaction():
        text = session.get_one(Submission, submission, with_for_update=True, populate_existing=True)
        item = session.get_one(BulkText, (act, submission), populate_existing=True)
        row = session.get_one(BulkDecision, act)
        if item.outcome != Outcome.WAITING:
            return
        if row.held_by is None:
            raise Forbidden
        if text.decided_at != item.decided_at:  # somebody else has decided on it, though this may still be possible
            raise Conflict(OUTCOME_LABELS[Outcome.MOVED])
        item.outcome = Outcome.DECIDED
        review = Review(row.ground, row.reason, item.revision)
        decide(text, Decision(row.decision), review, load_actor(row.held_by))


def _skip(act: uuid.UUID, submission: uuid.UUID, why: Outcome) -> None:
    waiting = (BulkText.act_id == act, BulkText.submission_id == submission, BulkText.outcome == Outcome.WAITING)
    with transaction():
        session.execute(sa.update(BulkText).where(*waiting).values(outcome=why))


def _finish(act: uuid.UUID) -> None:
    """Record that an act is done, once, when none of its texts waits."""
    with transaction():
        row = session.get_one(BulkDecision, act, with_for_update=True, populate_existing=True)
        counts = dict(
            session.execute(
                sa.select(BulkText.outcome, sa.func.count()).where(BulkText.act_id == act).group_by(BulkText.outcome)
            ).all()
        )
        if row.state != BulkState.RUNNING or counts.get(Outcome.WAITING):
            return
        row.state, row.done_at = BulkState.DONE, clock.now()
        decided = counts.get(Outcome.DECIDED, 0)
        event = BulkDecisionDone(row.id, decided, sum(counts.values()) - decided)
        record(event, stream=row.consultation_id, actor=row.held_by)
