"""Whether publishing needs two people in a consultation: so it begins; switched on by one organiser, off by two."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Role
from consult.accounts.events import FourEyesSwitched
from consult.accounts.four_eyes import Kind, ask_second, confirm_second, digest_of, needs_two
from consult.accounts.four_eyes_models import FourEyes, GraveAct
from consult.accounts.roles import open_holders
from consult.db import session
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_


def begin_with_two(consultation: uuid.UUID, *, actor: Actor) -> None:
    """Let a new consultation need two people; in the transaction of a service. There may be one organiser only yet."""
    session.add(FourEyes(consultation_id=consultation, since=clock.now()))
    session.flush()
    record(FourEyesSwitched(consultation, on=True), stream=consultation, actor=actor.person)


def nobody_else(consultation: uuid.UUID, *, actor: Actor) -> bool:
    """Tell whether nobody could confirm what somebody asks for: there is no other organiser with an open account."""
    return not open_holders(Role.ORGANISER, consultation) - {actor.person}


def ask_for_two(consultation: uuid.UUID, *, actor: Actor) -> None:
    """Ask for two people from now on; in the transaction of a service. Raises Conflict where there is one organiser only."""
    if needs_two(consultation):
        raise Conflict(N_("Two people are needed already."))
    if len(open_holders(Role.ORGANISER, consultation)) < 2:
        raise Conflict(N_("There is one organiser only: nobody could confirm. Another one is needed first."))
    begin_with_two(consultation, actor=actor)


def ask_to_do_without(consultation: uuid.UUID, *, actor: Actor) -> GraveAct:
    """Ask that one person is enough again, which another confirms; in the transaction of a service."""
    if not needs_two(consultation):
        raise Conflict(N_("One person is enough already."))
    digest = _digest(consultation)
    return ask_second(Kind.SWITCH_OFF, consultation, digest, consultation=consultation, details={}, actor=actor)


def do_without(act: uuid.UUID, consultation: uuid.UUID, *, actor: Actor) -> None:
    """Confirm that one person is enough again; in the transaction of a service."""
    confirm_second(act, Kind.SWITCH_OFF, _digest(consultation), consultation=consultation, actor=actor)
    session.execute(sa.delete(FourEyes).where(FourEyes.consultation_id == consultation))
    record(FourEyesSwitched(consultation, on=False), stream=consultation, actor=actor.person)


def _digest(consultation: uuid.UUID) -> str:
    return digest_of({"kind": Kind.SWITCH_OFF, "consultation": str(consultation)})
