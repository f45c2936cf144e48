"""A second step that is lost with its recovery codes: two people at a desk saw whose account it is, it goes, and is set anew in time."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.events import SecondStepReset
from consult.accounts.four_eyes import ActState, Kind
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import AuthenticatorApp, HalfSignIn, Passkey, Person, RecoveryCode
from consult.accounts.signing_in.devices import end_sign_ins_of
from consult.db import session
from consult.events.record import record

#: How long somebody has to set up a new second step; until then their sign-in opens nothing else, and afterwards nothing at all.
SET_ANEW_WITHIN = timedelta(hours=24)


def reset_second_step(person: uuid.UUID, *, actor: Actor) -> datetime:
    """Remove app, passkeys and recovery codes, sign out every device, and return until when a new second step is to be set up.

    In the transaction of a service that asked two people.
    """
    row = session.get_one(Person, person, with_for_update=True, populate_existing=True)
    for model in (AuthenticatorApp, Passkey, RecoveryCode, HalfSignIn):
        session.execute(sa.delete(model).where(model.person_id == person))
    end_sign_ins_of(person)
    row.second_step_until = clock.now() + SET_ANEW_WITHIN
    session.flush()
    record(SecondStepReset(person=person, until=row.second_step_until), actor=actor.person)
    return row.second_step_until


def set_anew(person: uuid.UUID) -> None:
    """Write that somebody has a second step again; inside the transaction that adds it."""
    session.execute(sa.update(Person).where(Person.id == person).values(second_step_until=None))


def resets_of(person: uuid.UUID) -> list[datetime]:
    """Return when two people at a desk had somebody's second step removed, the latest first (1 query)."""
    done = (GraveAct.kind == Kind.SECOND_STEP, GraveAct.subject_id == person, GraveAct.state == ActState.CONFIRMED)
    found = session.scalars(sa.select(GraveAct.decided_at).where(*done).order_by(GraveAct.decided_at.desc()).limit(10))
    return [at for at in found if at is not None]
