"""Accreditation: a body applies to take part in a track; an accreditor returns, accepts until a date, or refuses with reasons.

Accepting makes what inviting makes: the body in the register, a member with an invitation, a seat where each body has one.
What was accepted is extended until another date, or taken back with reasons. An appeal against a refusal, or against that, is
decided by an accreditor who has decided nothing on the application before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.services import BodyDraft, write_body
from consult.accounts.bodies.words import USUAL_LEVEL
from consult.accounts.models import Body, Person
from consult.accounts.people import PersonDraft
from consult.accounts.queries import body_by_key
from consult.accounts.separation import may_decide_appeal
from consult.accounts.taking_part import takes_part
from consult.consultations.accreditation.drafts import ApplicationDraft, demand_in_order, facts_of
from consult.consultations.accreditation.mandates import enter_mandate, source_of
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import steps_of
from consult.consultations.accreditation.states import ApplicationState, may_become
from consult.consultations.accreditation.steps import (
    MOVED_ON,
    close_accreditations,
    locked,
    move,
    reason_problems,
    standing_accreditations,
)
from consult.consultations.accreditation.terms import appeal_until
from consult.consultations.members import MemberDraft, leave, write_member
from consult.consultations.models import Consultation, Member
from consult.consultations.phases import Right
from consult.consultations.policies import bodies_of
from consult.consultations.rights import demand_right
from consult.consultations.seats.holding import hold_seats, one_seat_each
from consult.consultations.seats.services import seat_for_body
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.i18n import N_, Localized

S = ApplicationState


@dataclass(frozen=True, slots=True)
class Decision:
    """What an accreditor decides: the state, why, and for an acceptance until when, which body of the register ("" for a new one), and the topics of its mandate.

    `seen` is after how many steps the application stood on the page, None for whoever decides on what stands now.
    """

    state: ApplicationState
    reason: str = ""
    language: str = ""
    until: datetime | None = None
    body: str = ""
    topics: tuple[str, ...] = ()
    seen: int | None = None


def correct(draft: ApplicationDraft, *, application: Application, actor: Actor) -> Application:
    """Correct a returned application, by whoever holds its page; track and address stay. Raises Conflict, Rejected."""
    with transaction():
        row = locked(application)
        consultation = session.get_one(Consultation, row.consultation_id)
        demand(actor, "accreditation.apply", consultation)
        demand_right(consultation, Right.REGISTER)
        demand_in_order(draft, consultation)
        if draft.track != row.track:
            raise Rejected(N_("The track stays as it was applied for."), field="track")
        move(row, S.APPLIED, actor=None)
        for name, value in facts_of(draft).items():
            setattr(row, name, value)
        return row


def appeal(reason: str, *, application: Application, actor: Actor) -> Application:
    """Appeal against a refusal, or against an accreditation being taken back, by whoever holds the application's page.

    Another accreditor decides. Raises Conflict, also when the time to appeal is over, and Rejected.
    """
    with transaction():
        row = locked(application)
        demand(actor, "accreditation.apply", session.get_one(Consultation, row.consultation_id))
        if may_become(ApplicationState(row.state), S.APPEALED) and appeal_until(row) < clock.now():
            raise Conflict(N_("The time to appeal is over. You can apply again."))
        return move(row, S.APPEALED, actor=None, reason=reason, language=row.language)


def withdraw(*, application: Application, actor: Actor) -> Application:
    """Withdraw an application or give an accreditation back, by whoever holds its page. Raises Conflict."""
    with transaction():
        row = locked(application)
        demand(actor, "accreditation.apply", session.get_one(Consultation, row.consultation_id))
        move(row, S.WITHDRAWN, actor=None)
        _end_part(row, actor)
        return row


def decide(decision: Decision, *, application: Application, actor: Actor) -> Application:
    """Return, accept or refuse an application; extend or take back an accreditation, each with a reason. The contact is told by mail that there is something to read.

    Raises Conflict if it has moved on, Forbidden for whoever may not decide (on an appeal, whoever decided before), Rejected.
    """
    with transaction():
        row = locked(application)
        demand(actor, "accreditation.decide", row)
        steps = steps_of(row.id)
        if decision.seen not in (None, len(steps)):
            raise Conflict(MOVED_ON)
        if row.state == S.APPEALED and not may_decide_appeal(actor.person, [s.by for s in steps if s.by]):
            raise Forbidden
        if decision.state in (S.APPLIED, S.APPEALED, S.WITHDRAWN, S.ENDED):
            raise Forbidden
        if problems := list(_problems(decision, row)):
            raise Rejected(problems)
        if decision.state == S.ACCEPTED:
            if row.state == S.ACCEPTED:
                _extend(row, decision)
            else:
                _admit(row, decision, actor)
        move(row, decision.state, actor=actor, reason=decision.reason, language=decision.language)
        if decision.state == S.REVOKED:
            _end_part(row, actor)
        return row


def _problems(decision: Decision, row: Application) -> Iterator[Problem]:
    if decision.state == S.ACCEPTED and not _is_to_come(decision.until):
        yield Problem("until", N_("Choose a date to come."))
    elif decision.state == row.state == S.ACCEPTED and decision.until == row.until:
        yield Problem("until", N_("It lasts until this day already."))
    yield from reason_problems(decision.state, decision.reason, decision.language)


def _is_to_come(until: datetime | None) -> bool:
    return until is not None and until > clock.now()


def _end_part(row: Application, actor: Actor) -> None:
    """End the part of whoever takes part through an accreditation; seat and proxies with it, texts and votes stay."""
    member = session.get(Member, row.member_id) if row.member_id else None
    if member is not None and member.part_ended_at is None:
        leave(member, actor)


def _extend(row: Application, decision: Decision) -> None:
    """Let an accreditation last until another date, whether or not the former one has passed."""
    hold_seats(row.consultation_id)
    session.get_one(Member, row.member_id).until = row.until = decision.until


def _admit(row: Application, decision: Decision, actor: Actor) -> None:
    """Make what an invitation makes: the body with its mandate, a member, a seat where each body has one.

    Whoever takes part for the same body through an accreditation goes on, through this one; a name that was withheld in a
    former part stays so.
    """
    if not may_become(ApplicationState(row.state), S.ACCEPTED):
        raise Conflict(MOVED_ON)
    row.withheld = row.withheld or _was_withheld(row)
    consultation = session.get_one(Consultation, row.consultation_id)
    body = _body(row, decision.body.strip(), consultation, actor)
    if body.id in bodies_of(actor):
        raise Rejected(N_("You take part for this body: another accreditor decides."), field="body")
    enter_mandate(row, body, decision.topics, consultation, actor)
    seat = one_seat_each(row.track)
    if seat:
        seat_for_body(row.track, body, consultation, actor)
    person = session.get_one(Person, row.person_id)
    draft = MemberDraft(PersonDraft(person.name, person.email, person.language), row.track, body.id, row.withheld, seat)
    member = _renewed(row, body, actor) or write_member(draft, consultation, actor)
    row.body_id, row.member_id, row.until = body.id, member.id, decision.until
    member.until, member.withheld = decision.until, row.withheld


def _was_withheld(row: Application) -> bool:
    """Tell whether whoever applied took part in this track before with the name withheld: what they did then stands under the same number."""
    mine = (Member.consultation_id == row.consultation_id, Member.person_id == row.person_id, Member.track == row.track)
    return bool(session.scalar(sa.select(sa.exists().where(*mine, Member.withheld))))


def _renewed(row: Application, body: Body, actor: Actor) -> Member | None:
    """Return the member whose accreditation for the same body this one follows before it has run out, None where there is none."""
    hold_seats(row.consultation_id)
    mine = (Member.consultation_id == row.consultation_id, Member.person_id == row.person_id, Member.track == row.track)
    member = session.scalars(sa.select(Member).where(*mine, takes_part(Member, clock.now()))).first()
    if member is None or member.own_body_id != body.id or not standing_accreditations(member.id):
        return None
    close_accreditations(member.id, actor)
    return member


def _body(row: Application, key: str, consultation: Consultation, actor: Actor) -> Body:
    """Return the body of the register with a code, or enter a new one as the application names it; what was admitted once stays."""
    if key or row.body_id is not None:
        known = session.get(Body, row.body_id) if row.body_id is not None else body_by_key(key)
        if known is None or known.valid_to is not None or known.kind != row.kind:
            raise Rejected(N_("There is no body of this kind with this code in the register."), field="body")
        return known
    draft = BodyDraft(
        f"{consultation.prefix.lower()}-accredited-{row.number}",
        row.kind,
        Localized({row.language: row.name}),
        level=USUAL_LEVEL.get(row.kind, ""),
        source=source_of(row, consultation),
        listed=not row.withheld,
    )
    return write_body(draft, actor)
