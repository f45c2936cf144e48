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
from consult.accounts.access import Actor, Held, Role, demand
from consult.accounts.events import AccountClosed, AccountOpened, AccountSignedOut
from consult.accounts.four_eyes import GONE, Kind, ask_second, confirm_second, digest_of, waiting_acts, withdraw_second
from consult.accounts.models import HalfSignIn, Person
from consult.accounts.queries import has_second_factor, open_sign_ins, person_by_email
from consult.accounts.roles import keep_an_administrator, open_holders, roles_held
from consult.accounts.signing_in.devices import end_sign_ins_of
from consult.accounts.signing_in.links import end_links
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
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


def close_account(address: str, *, reason: str, actor: Actor) -> bool:
    """Close an account, or, where another administrator can confirm it, ask for that; tell whether it is closed.

    Its person is told by mail, with the reason, once it is closed. Raises NotFound, Rejected without a reason, Conflict for
    one's own account, a closed one, the last administrator's, or where it waits already.
    """
    with transaction():
        person = _closable(_other(address, actor))
        if not reason.strip():
            raise Rejected(N_("Say why."), field="reason")
        if len(reason) > LONGEST_REASON:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=LONGEST_REASON), field="reason")
        if actor.person is None or not _others_can_confirm(actor.person, person.id):
            _close(person, reason.strip(), actor)
            return True
        digest = _digest(person, reason.strip())
        details = {"reason": reason.strip()}
        ask_second(Kind.CLOSE_ACCOUNT, person.id, digest, consultation=None, details=details, actor=actor)
        return False


def confirm_closing(act: uuid.UUID, *, actor: Actor) -> None:
    """Close the account for which another administrator asked; its person is told. Raises Conflict, Forbidden."""
    with transaction():
        demand(actor, "account.close")
        asked = next((one for one in waiting_acts(None) if one.id == act), None)
        if asked is None:
            raise Conflict(GONE)
        person = session.get_one(Person, asked.subject, with_for_update=True)
        if person.id == actor.person:
            raise Forbidden
        reason = str(asked.details["reason"])
        confirm_second(act, Kind.CLOSE_ACCOUNT, _digest(person, reason), consultation=None, actor=actor)
        _close(_closable(person), reason, actor)


def withdraw_closing(act: uuid.UUID, *, actor: Actor) -> None:
    """Withdraw what one asked for, or refuse what another administrator did. Raises Conflict."""
    with transaction():
        demand(actor, "account.close")
        withdraw_second(act, Kind.CLOSE_ACCOUNT, consultation=None, actor=actor)


def _others_can_confirm(asking: uuid.UUID, closing: uuid.UUID) -> bool:
    """Tell whether there is an administrator besides whoever asks and whose account it is."""
    return bool(open_holders(Role.ADMINISTRATOR, None) - {asking, closing})


def _digest(person: Person, reason: str) -> str:
    """Return a hash of what will happen: whose account, under which address, for which reason."""
    return digest_of({"kind": Kind.CLOSE_ACCOUNT, "person": str(person.id), "email": person.email, "reason": reason})


def _closable(person: Person) -> Person:
    if person.closed_at is not None:
        raise Conflict(N_("This account is closed already."))
    keep_an_administrator(person.id)
    return person


def _close(person: Person, reason: str, actor: Actor) -> None:
    person.closed_at, person.closed_by, person.closed_because = clock.now(), actor.person, reason
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
