"""Showing again who one is, before a grave act: with the second factor, or, where there is none, with the password."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import PASSWORD_OF_ACCOUNT, count_attempt
from consult.accounts.events import ProvedAgain
from consult.accounts.models import Person, SignIn
from consult.accounts.queries import factors_of
from consult.accounts.signing_in.factors import WRONG_CODE, take_code, try_code
from consult.accounts.signing_in.passwords import verify_password
from consult.accounts.signing_in.sign_in import SHARED_FOR, token_hash
from consult.db import session, transaction
from consult.errors import Forbidden, Rejected
from consult.events.record import record
from consult.i18n import N_


@dataclass(frozen=True, slots=True)
class Ways:
    """By what somebody can show who they are: a code (app or recovery), a passkey, the password."""

    code: bool
    passkey: bool
    password: bool


@dataclass(frozen=True, slots=True)
class Added:
    """A second factor just added: the first recovery codes, () if there are some, and the new token of the sign-in."""

    recovery_codes: tuple[str, ...]
    renewed: Renewed


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new token of a sign-in, for the cookie, and whether that cookie ends with the browser."""

    token: str
    shared: bool


def proven_within(actor: Actor, minutes: int) -> bool:
    """Tell whether the actor showed who they are in the last minutes: by signing in, or again since."""
    return actor.proved_at is not None and clock.now() - actor.proved_at < timedelta(minutes=minutes)


def ways_to_prove(person: uuid.UUID) -> Ways:
    """Return what can be asked of a person: of whoever has a second factor that, of others the password if they have one."""
    factors = factors_of(person)
    if factors.any:
        codes = factors.app_since is not None or factors.recovery_codes > 0
        return Ways(code=codes, passkey=bool(factors.passkeys), password=False)
    return Ways(code=False, passkey=False, password=bool(session.get_one(Person, person).password_hash))


def prove_with_code(code: str, *, actor: Actor) -> Renewed:
    """Prove the second factor by a code, and return the new token of the sign-in. Raises Rejected, TooManyTries, Busy."""
    person, sign_in = signed_in_person(actor)
    tried = try_code(person, code)
    with transaction():
        factor = take_code(person, tried)
        if factor is None:
            raise Rejected(WRONG_CODE, field="proof_code")
        return note_proof(sign_in, factor, actor=actor, factor=factor)


def prove_with_password(password: str, *, actor: Actor) -> Renewed:
    """Show the password again, and return the new token of the sign-in. Raises Rejected, TooManyTries, Busy.

    Whoever has a second factor is asked for that, and nothing less.
    """
    who, sign_in = signed_in_person(actor)
    person = session.get_one(Person, who)
    count_attempt(PASSWORD_OF_ACCOUNT, str(person.id))  # apart from strangers, who know the address only
    fits = verify_password(person.password_hash, password)
    if not fits or not ways_to_prove(person.id).password:
        raise Rejected(N_("This is not your present password."), field="proof_password")
    with transaction():
        return note_proof(sign_in, "password", actor=actor)


def note_proof(sign_in: uuid.UUID, by: str, *, actor: Actor, factor: str = "") -> Renewed:
    """Renew a sign-in whose person showed again who they are, and record it; in the caller's transaction."""
    renewed = renew(sign_in, factor=factor)
    record(ProvedAgain(sign_in=sign_in, by=by), actor=actor.person)
    return renewed


def renew(sign_in: uuid.UUID, *, factor: str = "") -> Renewed:
    """Note in a sign-in that its person showed just now who they are, and give it a new token; in the caller's transaction.

    What it may do may grow with it: whoever stole the token before has nothing of it.
    """
    token = secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "proved_at": clock.now()} | ({"factor": factor} if factor else {})
    open_still = (SignIn.id == sign_in, SignIn.ended_at.is_(None))
    renewed = sa.update(SignIn).where(*open_still).values(values).returning(SignIn.created_at, SignIn.expires_at)
    times = session.execute(renewed).first()
    if times is None:
        raise Forbidden
    return Renewed(token, shared=times.expires_at - times.created_at <= SHARED_FOR)


def signed_in_person(actor: Actor) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the person who acts and their sign-in; raises Forbidden for everybody else."""
    demand(actor, "account.use")
    if actor.person is None or actor.sign_in is None:
        raise Forbidden
    return actor.person, actor.sign_in
