"""What is done with ballots: prepared, opened, closed and counted, annulled, followed by a next round.

Casting is in `box`: it is neither an event nor anybody's act but the voter's.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.ballots import minutes as minutes  # declares how ballots are said in the minutes
from consult.ballots.box import cast
from consult.ballots.checks import (
    annulment_problems,
    draft_problems,
    question_problems,
    ruling_problems,
    session_problems,
)
from consult.ballots.choices import Option, may_have_options, options_of, stored_options, with_keys
from consult.ballots.count import Backing, Ruling, result_of
from consult.ballots.custom_rules import add_rule, rules_for
from consult.ballots.draft import BallotDraft, NextRound
from consult.ballots.events import BallotAnnulled, BallotClosed, BallotOpened, BallotPrepared
from consult.ballots.frozen import frozen_electorate, frozen_rule
from consult.ballots.models import Ballot
from consult.ballots.parts import parts_missing
from consult.ballots.queries import groups_of, next_round_of
from consult.ballots.roll import Roll, make_roll, write_roll
from consult.ballots.rules import DecisionRule, Outcome, as_mapping, find_rule
from consult.ballots.states import REFUSALS, BallotKind, BallotState, may_become
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.consultations.seats.holding import hold_seats
from consult.consultations.seats.proxies import end_overtaken
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import N_
from consult.recommendations.decision import begin_vote, end_vote, undo_vote
from consult.recommendations.states import AFTER_OUTCOME, RecommendationState
from consult.sessions.models import Session
from consult.sessions.services.minutes import note_in_minutes
from consult.sessions.states import SessionState, demand_state

__all__ = [
    "Backing",
    "BallotDraft",
    "NextRound",
    "Ruling",
    "add_rule",
    "annul",
    "cast",
    "close_ballot",
    "open_ballot",
    "open_next_round",
    "prepare_ballot",
    "prepare_next_round",
]


def prepare_ballot(draft: BallotDraft, *, consultation: Consultation, actor: Actor) -> Ballot:
    """Prepare a ballot: nobody can vote yet, and only the staff see it."""
    with transaction():
        demand(actor, "ballot.prepare", consultation)
        rules = rules_for(consultation.id)
        if problems := draft_problems(draft, rules.get(draft.rule), consultation.id):
            raise Rejected(problems)
        return _prepare(draft, with_keys(draft.options), consultation.id, rules[draft.rule], actor)


def _prepare(
    draft: BallotDraft,
    options: tuple[Option, ...],
    consultation: uuid.UUID,
    rule: DecisionRule,
    actor: Actor,
    previous: Ballot | None = None,
) -> Ballot:
    row = Ballot(
        id=new_id(),
        consultation_id=consultation,
        number=next_number(consultation, "ballot"),
        kind=draft.kind,
        session_id=draft.session,
        recommendation_id=draft.recommendation,
        previous_id=None if previous is None else previous.id,
        round=1 if previous is None else previous.round + 1,
        questions=draft.questions,
        options=stored_options(options),
        rule_id=rule.id,
        rule=as_mapping(rule),
        ruling=_stored_backing(draft.backing),
        state=BallotState.PREPARED,
    )
    session.add(row)
    session.flush()
    prepared = BallotPrepared(
        row.id, row.number, row.kind, row.rule_id, row.recommendation_id, row.session_id, row.round
    )
    record(prepared, stream=consultation, actor=actor.person)
    return row


def open_ballot(ballot: Ballot, *, actor: Actor) -> Ballot:
    """Open a ballot: freeze the roll, the seats and the text of the rule; the recommendation is being voted on.

    A milestone: the log's root is signed over the hash of the roll. Raises Conflict when no phase opens voting, when the
    session is not sitting, or when the recommendation is not there to be voted on.
    """
    with transaction():
        row = _locked(ballot.id)
        demand(actor, "ballot.conduct", row)
        _demand_transition(row, BallotState.OPEN)
        consultation = session.get_one(Consultation, row.consultation_id)
        hold_seats(consultation.id)
        demand_right(consultation, Right.VOTE)
        if row.session_id is not None:
            demand_state(session.get_one(Session, row.session_id), SessionState.OPEN)
        rule = find_rule(row.rule_id, rules_for(row.consultation_id))
        roll = make_roll(row, rule, consultation)
        _demand_electorate(rule, roll)
        write_roll(row, roll)
        end_overtaken(roll.overtaken, actor=actor)
        _freeze(row, rule, roll)
        _tell(row, _opened(row, roll), actor)
    return row


def _demand_electorate(rule: DecisionRule, roll: Roll) -> None:
    if not roll.voters and not rule.declared:
        raise Conflict(N_("Nobody can vote: no seat has a holder who may vote under this rule now."))
    if parts_missing(rule, roll.electorate):
        raise Conflict(
            N_("This rule counts parts of the seats apart, and the seats of this consultation are not divided so.")
        )


def _freeze(row: Ballot, rule: DecisionRule, roll: Roll) -> None:
    row.rule = as_mapping(rule)
    row.electorate = roll.electorate.stored()
    row.seats, row.present = roll.electorate.seats, roll.electorate.present or 0
    row.roll_hash = roll.commitment
    if row.recommendation_id is not None:
        row.version = begin_vote(row.recommendation_id)
    row.state, row.opened_at = BallotState.OPEN, clock.now()
    session.flush()


def _opened(row: Ballot, roll: Roll) -> BallotOpened:
    return BallotOpened(
        ballot=row.id,
        number=row.number,
        rule=row.rule_id,
        recommendation=row.recommendation_id,
        version=row.version,
        session=row.session_id,
        seats=row.seats,
        present=roll.electorate.present,
        voters=len(roll.voters),
        roll_hash=row.roll_hash,
    )


def close_ballot(ballot: Ballot, *, actor: Actor, ruling: Ruling | None = None) -> Ballot:
    """Close a ballot, count it, decide, and write the result once; the recommendation becomes what was decided.

    Every choice that was cast before is counted, and none can be cast after. Under a rule without arithmetic `ruling` is
    what the chair declares. A milestone: the log's root is signed over the totals.
    """
    with transaction():
        row = _locked(ballot.id)
        demand(actor, "ballot.conduct", row)
        _demand_transition(row, BallotState.CLOSED)
        rule = frozen_rule(row)
        if problems := ruling_problems(rule, ruling):
            raise Rejected(problems)
        backing = _read_backing(row.ruling)
        options = options_of(row.options)
        row.result = result_of(rule, options, groups_of(row.id), frozen_electorate(row), backing=backing, ruling=ruling)
        if ruling is not None:
            row.ruling = {**row.ruling, **_stored_ruling(ruling)}
        row.state, row.closed_at = BallotState.CLOSED, clock.now()
        session.flush()
        if row.recommendation_id is not None:
            end_vote(row.recommendation_id, AFTER_OUTCOME[row.result["outcome"]], row.closed_at)
        _tell(row, _closed(row, row.result), actor)
    return row


def _closed(row: Ballot, result: Mapping[str, Any]) -> BallotClosed:
    return BallotClosed(
        ballot=row.id,
        number=row.number,
        recommendation=row.recommendation_id,
        session=row.session_id,
        outcome=result["outcome"],
        voters=result["voters"],
        cast=result["cast"],
        choices=tuple(result["totals"]),
        votes=tuple(result["totals"].values()),
    )


def annul(ballot: Ballot, reason: str, *, language: str = "ar", actor: Actor) -> Ballot:
    """Annul a ballot for a reason that everybody reads; its result, if it has one, is kept and does not count.

    The recommendation returns to what its last valid ballot made of it. Raises Conflict when a next round stands on it.
    """
    with transaction():
        row = _locked(ballot.id)
        demand(actor, "ballot.conduct", row)
        _demand_transition(row, BallotState.ANNULLED)
        if problems := annulment_problems(reason, language):
            raise Rejected(problems)
        if next_round_of(row.id) is not None:
            raise Conflict(N_("A next round stands on this ballot. Annul that one first."))
        was = BallotState(row.state)
        row.state, row.annulled_at = BallotState.ANNULLED, clock.now()
        row.annulled_because, row.annulled_language = reason.strip(), language
        session.flush()
        if row.recommendation_id is not None and was is not BallotState.PREPARED:
            standing = _standing(row.recommendation_id)
            undo_vote(row.recommendation_id, *standing, was_open=was is BallotState.OPEN)
        _tell(row, BallotAnnulled(row.id, row.number, row.recommendation_id, row.session_id), actor)
    return row


def _standing(recommendation: uuid.UUID) -> tuple[RecommendationState, Any]:
    """Return what the last valid ballot on a recommendation made of it, and when it closed."""
    last = session.execute(
        sa.select(Ballot.result, Ballot.closed_at)
        .where(Ballot.recommendation_id == recommendation, Ballot.state == BallotState.CLOSED)
        .order_by(Ballot.closed_at.desc(), Ballot.number.desc())
        .limit(1)
    ).first()
    if last is None or last.result is None:
        return RecommendationState.PROPOSED, None
    return AFTER_OUTCOME[last.result["outcome"]], last.closed_at


def prepare_next_round(ballot: Ballot, draft: NextRound | None = None, *, actor: Actor) -> Ballot:
    """Prepare the ballot that follows one whose result goes on to another rule, with the options that are carried over.

    Without a draft the question and the session stay; a vote on candidates may go on as the admission of a list, or in
    another session. Raises Conflict unless the ballot is closed, its rule goes on, and nothing was prepared yet.
    """
    with transaction():
        row = _locked(ballot.id)
        demand(actor, "ballot.prepare", row)
        if row.state != BallotState.CLOSED or row.result is None:
            raise Conflict(REFUSALS[BallotState(row.state)])
        if row.result["outcome"] != Outcome.NEXT_ROUND:
            raise Conflict(N_("Nothing follows this result: it is final."))
        if next_round_of(row.id) is not None:
            raise Conflict(N_("The next round was prepared already."))
        rule = find_rule(row.result["next"], rules_for(row.consultation_id))
        follows = draft or NextRound(row.questions, row.session_id)
        wanted = BallotDraft(
            kind=BallotKind(row.kind),
            rule=rule.id,
            questions=follows.questions,
            recommendation=row.recommendation_id,
            session=follows.session,
        )
        problems = [*question_problems(wanted), *session_problems(wanted.session, row.consultation_id)]
        if problems:
            raise Rejected(problems)
        return _prepare(wanted, _carried_over(row, rule), row.consultation_id, rule, actor, previous=row)


def _carried_over(row: Ballot, rule: DecisionRule) -> tuple[Option, ...]:
    """Return the options that qualified, in the order of the ballot paper, or all of them where none are named."""
    if row.result is None or not may_have_options(rule):
        return ()
    qualified = row.result.get("qualified")
    return tuple(o for o in options_of(row.options) if qualified is None or o.key in qualified)


def open_next_round(ballot: Ballot, *, actor: Actor) -> Ballot:
    """Prepare the next round and open it at once, in the same session."""
    with transaction():
        return open_ballot(prepare_next_round(ballot, actor=actor), actor=actor)


def _locked(ballot: uuid.UUID) -> Ballot:
    """Return a ballot as it is now; casting and other acts on it wait until the transaction ends."""
    return session.get_one(Ballot, ballot, with_for_update=True, populate_existing=True)


def _demand_transition(row: Ballot, wanted: BallotState) -> None:
    if not may_become(row.state, wanted):
        raise Conflict(REFUSALS[BallotState(row.state)])


def _tell(row: Ballot, event: Event, actor: Actor) -> None:
    """Record an event of a ballot, and write it into the minutes of its session."""
    recorded = record(event, stream=row.consultation_id, actor=actor.person)
    if row.session_id is not None:
        note_in_minutes(row.session_id, None, recorded.type, recorded.id)


def _stored_backing(backing: Backing) -> dict[str, Any]:
    given = {"endorsements": backing.endorsements, "components": backing.components}
    return {key: number for key, number in given.items() if number is not None}


def _read_backing(stored: Mapping[str, Any]) -> Backing:
    return Backing(stored.get("endorsements"), stored.get("components"))


def _stored_ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "outcome": ruling.outcome.value,
        "reasons": ruling.reasons.strip(),
        "language": ruling.language,
        "dissents": ruling.dissents,
    }
