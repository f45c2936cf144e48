"""Another e-mail address: it counts once a code from a letter to it and one from a letter to the present one are typed.

So neither a stolen sign-in nor a slip of the finger takes an account from its person. Whether the new address is somebody's
already is told to nobody: then no letter goes there.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.address_models import AddressChange
from consult.accounts.events import AddressChangeAsked, AddressChanged, AddressChangeDropped
from consult.accounts.models import Person, email_key
from consult.accounts.people import is_address
from consult.accounts.queries import person_by_email
from consult.accounts.signing_in.factors import count_code, plain
from consult.accounts.signing_in.links import end_links
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_

#: How long the codes are good for.
GOOD_FOR = timedelta(hours=24)
#: Sixteen signs that are not taken for each other: 78 random bits.
_SIGNS, _LENGTH = "23456789ABCDEFGHJKMNPQRSTVWXYZ", 16
NOTHING_WAITS = N_("No change of address waits here, or its codes are too old. Ask for it again.")


@dataclass(frozen=True, slots=True)
class AddressCodes:
    """Codes as they were typed: from the letter to the present address (asked for where there is one), and to the new one."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Codes just made, the only moment at which they are known; None where no letter goes."""

    address: str
    old: str | None
    new: str | None


def waiting_address(person: uuid.UUID) -> AddressChange | None:
    """Return the change of address that waits for its codes, None if there is none (1 query)."""
    row = session.get(AddressChange, person)
    return row if row is not None and row.expires_at > clock.now() else None


def ask_address(address: str, *, actor: Actor) -> AddressChange:
    """Ask for another address of one's own; the letters with the codes follow. Raises Rejected, TooManyTries."""
    person_id = _who(actor)
    count_code(person_id)
    with transaction():
        person = _locked(person_id)
        if not is_address(address.strip()):
            raise Rejected(N_("Write an e-mail address, for example name@example.org."), field="email")
        if email_key(address) == person.email_key:
            raise Rejected(N_("This is your address already."), field="email")
        now = clock.now()
        session.execute(sa.delete(AddressChange).where(AddressChange.person_id == person.id))
        row = AddressChange(
            person_id=person.id,
            address=address.strip(),
            needs_old=bool(person.email),
            asked_at=now,
            expires_at=now + GOOD_FOR,
        )
        session.add(row)
        session.flush()
        record(AddressChangeAsked(person.id), actor=person.id)
        return row


def issue_codes(person: Person) -> Issued | None:
    """Make the codes of the change that waits, for its letters; None if nothing waits. In the transaction of the delivery."""
    row = waiting_address(person.id)
    if row is None:
        return None
    old = _code() if row.needs_old else None
    new = _code() if person_by_email(row.address) is None else None
    row.old_digest = _digest(person.id, old) if old else None
    row.new_digest = _digest(person.id, new) if new else None
    return Issued(row.address, old, new)


def confirm_address(codes: AddressCodes, *, actor: Actor) -> Person:
    """Take both codes and make the new address the person's. Links in letters to the old one open nothing any more.

    Raises Rejected at the code that is wrong, Conflict if nothing waits or the address is taken by now, TooManyTries.
    """
    person_id = _who(actor)
    count_code(person_id)
    with transaction():
        person = _locked(person_id)
        row = waiting_address(person.id)
        if row is None:
            raise Conflict(NOTHING_WAITS)
        if problems := list(_wrong(codes, row)):
            raise Rejected(problems)
        if person_by_email(row.address) is not None:
            raise Conflict(NOTHING_WAITS)
        person.email, person.email_key = row.address, email_key(row.address)
        session.delete(row)
        session.flush()
        end_links(person.id, clock.now())
        record(AddressChanged(person.id), actor=person.id)
        return person


def drop_address(*, actor: Actor) -> None:
    """Leave one's address as it is. Raises Conflict if nothing waits."""
    with transaction():
        person = _locked(_who(actor))
        row = session.get(AddressChange, person.id)
        if row is None:
            raise Conflict(NOTHING_WAITS)
        session.delete(row)
        record(AddressChangeDropped(person.id), actor=person.id)


def _wrong(codes: AddressCodes, row: AddressChange) -> Iterator[Problem]:
    wrong = N_("This is not the code from that letter.")
    if row.needs_old and not _fits(row, codes.old, row.old_digest):
        yield Problem("old", wrong)
    if not _fits(row, codes.new, row.new_digest):
        yield Problem("new", wrong)


def _fits(row: AddressChange, code: str, digest: bytes | None) -> bool:
    return digest is not None and hmac.compare_digest(_digest(row.person_id, code), digest)


def _code() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    return "-".join(signs[at : at + 4] for at in range(0, _LENGTH, 4))


def _digest(person: uuid.UUID, code: str) -> bytes:
    return sha256(person.bytes + plain(code).encode()).digest()


def _who(actor: Actor) -> uuid.UUID:
    demand(actor, "account.use")
    if actor.person is None:
        raise Forbidden
    return actor.person


def _locked(person: uuid.UUID) -> Person:
    return session.get_one(Person, person, with_for_update=True, populate_existing=True)
