"""The second step of a sign-in: the first was right, and the person has a second factor to show before anything opens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.models import HalfSignIn
from consult.accounts.signing_in.factors import WRONG_CODE, Factor, take_code, try_code
from consult.accounts.signing_in.sign_in import Arrival, Opened, complete_sign_in, token_hash
from consult.db import session, transaction
from consult.errors import Conflict, Rejected
from consult.i18n import N_

TOO_LATE = N_("This took too long, or it was done already. Sign in once more.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sign-in that waits for its second step: whose it is."""

    id: uuid.UUID
    person: uuid.UUID


def waiting_sign_in(token: str) -> Waiting | None:
    """Return the sign-in that waits under a token, None if it is unknown, done or too old. Reads only."""
    found = session.execute(sa.select(HalfSignIn.id, HalfSignIn.person_id).where(*_usable(token))).first()
    return None if found is None else Waiting(*found)


def _usable(token: str) -> tuple[sa.ColumnElement[bool], ...]:
    return HalfSignIn.token_hash == token_hash(token), HalfSignIn.expires_at > clock.now()


def finish_with_code(token: str, code: str, *, actor: Actor) -> Opened:
    """Take the second step with a code of the app or a recovery code, and open the session.

    Raises Rejected for a wrong or used code, TooManyTries, Busy, Conflict if the first step is too long ago.
    """
    waiting = waiting_sign_in(token)
    if waiting is None:
        raise Conflict(TOO_LATE)
    tried = try_code(waiting.person, code)
    with transaction():
        factor = take_code(waiting.person, tried)
        if factor is None:
            raise Rejected(WRONG_CODE, field="code")
        return finish(token, factor, actor=actor)


def finish(token: str, factor: Factor, *, actor: Actor) -> Opened:
    """Open the session of a sign-in whose second step was taken, once; in the caller's transaction. Raises Conflict."""
    row = HalfSignIn
    taken = session.execute(
        sa.delete(row)
        .where(*_usable(token))
        .returning(row.person_id, row.method, row.shared, row.device, row.consultation_id)
    ).first()
    if taken is None:
        raise Conflict(TOO_LATE)
    person, method, shared, device, consultation = taken
    return complete_sign_in(person, Arrival(method, shared, device, consultation), actor=actor, factor=factor)
