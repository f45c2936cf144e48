"""Closing an account: its person is signed out everywhere, and nobody signs in to it until it is opened again.

For whoever left an institution, or whose account is in other hands. What was done under the account stays as it is, and so do
its seats: organisers give those to somebody else. Administrators find an account by its whole address: there is no list of
people to look through.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Held, demand
from consult.accounts.devices import end_sign_ins_of
from consult.accounts.events import AccountClosed, AccountOpened, AccountSignedOut
from consult.accounts.links import end_links
from consult.accounts.models import HalfSignIn, Person
from consult.accounts.queries import has_second_factor, open_sign_ins, person_by_email
from consult.accounts.roles import keep_an_administrator, roles_held
from consult.db import session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Account:
    """What an administrator sees of an account: since when, whether it is closed and why, how one signs in, its roles."""

    person: uuid.UUID
    created_at: datetime
    closed_at: datetime | None
    closed_because: str
    password: bool
    second_factor: bool
    devices: int
    roles: Sequence[Held]


def account_by_address(address: str) -> Account | None:
    """Return the account with exactly this address, None if there is none."""
    row = person_by_email(address)
    if row is None:
        return None
    return Account(
        row.id,
        row.created_at,
        row.closed_at,
        row.closed_because,
        bool(row.password_hash),
        has_second_factor(row.id),
        len(open_sign_ins(row.id)),
        sorted(roles_held(row.id), key=str),
    )


def sign_out_account(address: str, *, actor: Actor) -> int:
    """Sign somebody out of every device and return how many there were; they are told by mail. Raises NotFound."""
    with transaction():
        person = _other(address, actor)
        ended = _end_everything(person.id)
        if ended:
            record(AccountSignedOut(person=person.id, sign_ins=tuple(ended)), actor=actor.person)
        return len(ended)


def close_account(address: str, *, reason: str, actor: Actor) -> None:
    """Close an account; its person is told by mail, with the reason.

    Raises NotFound, Rejected without a reason, Conflict for one's own account, a closed one, or the last administrator's.
    """
    with transaction():
        person = _other(address, actor)
        if not reason.strip():
            raise Rejected(N_("Say why."), field="reason")
        if len(reason) > LONGEST_REASON:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=LONGEST_REASON), field="reason")
        if person.closed_at is not None:
            raise Conflict(N_("This account is closed already."))
        keep_an_administrator(person.id)
        person.closed_at, person.closed_by, person.closed_because = clock.now(), actor.person, reason.strip()
        _end_everything(person.id)
        record(AccountClosed(person=person.id), actor=actor.person)


def open_account(address: str, *, actor: Actor) -> None:
    """Open a closed account again; its person signs in as before. Raises NotFound, Conflict if it is open."""
    with transaction():
        person = _other(address, actor)
        if person.closed_at is None:
            raise Conflict(N_("This account is open already."))
        person.closed_at, person.closed_by, person.closed_because = None, None, ""
        record(AccountOpened(person=person.id), actor=actor.person)


def _other(address: str, actor: Actor) -> Person:
    """Return whose account it is, locked: who signs in at this moment has done so before, or finds it closed."""
    demand(actor, "account.close")
    found = person_by_email(address)
    if found is None:
        raise NotFound
    if found.id == actor.person:
        raise Conflict(N_("This is your own account."))
    return session.get_one(Person, found.id, with_for_update=True)


def _end_everything(person: uuid.UUID) -> Sequence[uuid.UUID]:
    end_links(person, clock.now())
    session.execute(sa.delete(HalfSignIn).where(HalfSignIn.person_id == person))
    return end_sign_ins_of(person)
