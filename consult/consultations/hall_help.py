"""Help at a desk for somebody who lost the second step and the recovery codes: two people see them, one after the other.

Whoever holds a role, or takes part in another consultation too, has more to lose: there the second of the two is an
administrator. A printed card, or a link by mail, is still needed for the first step.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed, demand
from consult.accounts.four_eyes import ActState, Kind, ask_second, confirm_second, digest_of, withdraw_second
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import AuthenticatorApp, Passkey, Person
from consult.accounts.queries import has_second_factor
from consult.accounts.signing_in.second_step_reset import reset_second_step
from consult.accounts.taking_part import is_taking_part, takes_part
from consult.consultations.members import link_of
from consult.consultations.models import Consultation, Member
from consult.consultations.names import PublicName, public_names
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden
from consult.i18n import N_

#: How long the first of the two waits for the second: both see the same person in the same hall.
WAITS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WaitingHelp:
    """Somebody whom one person at the desk has seen: the act, which member, who saw them, until when another may."""

    act: uuid.UUID
    number: int
    name: PublicName
    by: uuid.UUID
    by_name: str
    until: datetime


def waiting_help(consultation: Consultation) -> Sequence[WaitingHelp]:
    """Return whom a second person is to see, the oldest first (3 queries at most)."""
    rows = session.execute(
        sa.select(GraveAct.id, Member.id, Member.number, GraveAct.asked_by, Person.name, GraveAct.expires_at)
        .join(Member, sa.and_(Member.person_id == GraveAct.subject_id, Member.consultation_id == consultation.id))
        .join(Person, Person.id == GraveAct.asked_by)
        .where(
            GraveAct.kind == Kind.SECOND_STEP,
            GraveAct.consultation_id == consultation.id,
            GraveAct.state == ActState.WAITING,
            GraveAct.expires_at > clock.now(),
            takes_part(Member, clock.now()),
        )
        .order_by(GraveAct.asked_at, Member.number)
    ).all()
    names = public_names(row[1] for row in rows)
    return [
        WaitingHelp(act, number, names[member], by, by_name, until) for act, member, number, by, by_name, until in rows
    ]


def ask_help(member: Member, *, consultation: Consultation, actor: Actor) -> GraveAct:
    """Write down that the actor saw a member who lost the second step. Another confirms. Raises Conflict, Forbidden for oneself."""
    with transaction():
        demand(actor, "second_step.help", consultation)
        _demand_helpable(member, consultation, actor)
        digest = _digest(member.person_id)
        return ask_second(
            Kind.SECOND_STEP,
            member.person_id,
            digest,
            consultation=consultation.id,
            details={},
            actor=actor,
            waits=WAITS,
        )


def confirm_help(act: uuid.UUID, member: Member, *, consultation: Consultation, actor: Actor) -> datetime:
    """Confirm that the actor saw the member too: the second step goes; return until when a new one is to be set up.

    Raises Conflict, Forbidden for oneself, for whoever asked, and where an administrator is needed.
    """
    with transaction():
        demand(actor, "second_step.help", consultation)
        _demand_helpable(member, consultation, actor)
        demand(actor, "second_step.help", link_of(member.person_id, consultation))
        digest = _digest(member.person_id)
        confirm_second(act, Kind.SECOND_STEP, digest, consultation=consultation.id, actor=actor)
        return reset_second_step(member.person_id, actor=actor)


def withdraw_help(act: uuid.UUID, *, consultation: Consultation, actor: Actor) -> None:
    """Take back that somebody was seen, or refuse to confirm it. Raises Conflict."""
    with transaction():
        demand(actor, "second_step.help", consultation)
        withdraw_second(act, Kind.SECOND_STEP, consultation=consultation.id, actor=actor)


def needs_administrator(member: Member, consultation: Consultation, actor: Actor) -> bool:
    """Tell whether the actor may not be the second of the two for this member (2 queries)."""
    return not allowed(actor, "second_step.help", link_of(member.person_id, consultation))


def _demand_helpable(member: Member, consultation: Consultation, actor: Actor) -> None:
    if member.consultation_id != consultation.id or not is_taking_part(member, clock.now()):
        raise Conflict(N_("This member no longer takes part."))
    if member.person_id == actor.person:
        raise Forbidden
    if not has_second_factor(member.person_id):
        raise Conflict(N_("This member has no second step: a card is enough."))


def _digest(person: uuid.UUID) -> str:
    """Return a hash of what will happen: of whom which second steps are removed."""
    app = session.scalar(sa.select(AuthenticatorApp.created_at).where(AuthenticatorApp.person_id == person))
    passkeys = session.scalars(sa.select(Passkey.id).where(Passkey.person_id == person).order_by(Passkey.id))
    said = {
        "kind": Kind.SECOND_STEP,
        "person": str(person),
        "app": str(app),
        "passkeys": [str(one) for one in passkeys],
    }
    return digest_of(said)
