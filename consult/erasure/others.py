"""Erasing somebody who asked on paper: one administrator enters it, another confirms, and the person is told before it is done."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult import clock
from consult.accounts.access import Actor, Role, demand
from consult.accounts.closing import LONGEST_REASON
from consult.accounts.four_eyes import GONE, Kind, ask_second, confirm_second, digest_of, waiting_acts, withdraw_second
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import Person
from consult.accounts.queries import person_by_email
from consult.accounts.roles import open_holders
from consult.db import session, transaction
from consult.erasure.asking import enter_erasure, erasure_refusal
from consult.erasure.contacts import NamedContact, contacts_named_like
from consult.erasure.events import ErasureWithdrawn
from consult.erasure.models import Erasure
from consult.erasure.plan import texts_of, waiting_erasure
from consult.erasure.states import ErasureState
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_


@dataclass(frozen=True, slots=True)
class PaperRequest:
    """Who asked (the whole address), how they asked and were known, whether texts that are not cited go too.

    `contacts` are those of bodies that bear the person's name and were found to be theirs.
    """

    address: str
    reason: str
    texts: bool = False
    contacts: frozenset[uuid.UUID] = frozenset()


def proposed_contacts(address: str, *, actor: Actor) -> Sequence[NamedContact]:
    """Return the contacts of bodies that bear the name of whoever has an address, if anybody has: whoever enters the erasure says which are theirs."""
    demand(actor, "account.erase")
    found = person_by_email(address)
    return () if found is None else contacts_named_like(session.get_one(Person, found.id))


def contacts_that_go(act: Mapping[str, Any], person: uuid.UUID) -> Sequence[NamedContact]:
    """Return, of the details of an erasure that waits for the second administrator, the contacts that go with the person."""
    chosen = set(act.get("contacts", ()))
    named = contacts_named_like(session.get_one(Person, person)) if chosen else ()
    return [one for one in named if str(one.id) in chosen]


def ask_erasure_of(request: PaperRequest, *, actor: Actor) -> GraveAct:
    """Ask another administrator to confirm that somebody is erased. Raises NotFound, Rejected without a reason, Conflict."""
    with transaction():
        demand(actor, "account.erase")
        person = _erasable(_other(request.address, actor))
        reason = request.reason.strip()
        if not reason:
            raise Rejected(N_("Say why."), field="reason")
        if len(reason) > LONGEST_REASON:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=LONGEST_REASON), field="reason")
        if not open_holders(Role.ADMINISTRATOR, None) - {actor.person, person.id}:
            raise Conflict(N_("There is one administrator only: nobody could confirm. Another one is needed first."))
        if not request.contacts <= {one.id for one in contacts_named_like(person)}:
            raise Rejected(N_("Choose among the contacts that bear this person’s name."), field="contacts")
        contacts = sorted(str(one) for one in request.contacts)
        details = {"reason": reason, "texts": request.texts, "contacts": contacts}
        digest = _digest(person, details)
        return ask_second(Kind.ERASE, person.id, digest, consultation=None, details=details, actor=actor)


def confirm_erasure_of(act: uuid.UUID, *, actor: Actor) -> Erasure:
    """Let the time begin after which somebody is erased; they are told. Raises Conflict, Forbidden for whoever asked."""
    with transaction():
        demand(actor, "account.erase")
        asked = next((one for one in waiting_acts(None) if one.id == act), None)
        if asked is None:
            raise Conflict(GONE)
        person = session.get_one(Person, asked.subject, with_for_update=True)
        if person.id == actor.person:
            raise Forbidden
        confirm_second(act, Kind.ERASE, _digest(person, asked.details), consultation=None, actor=actor)
        going = [text for text in texts_of(person.id) if asked.details["texts"] and not text.stays]
        contacts = [one.id for one in contacts_that_go(asked.details, person.id)]
        return enter_erasure(_erasable(person), going, contacts=contacts, actor=actor)


def withdraw_erasure_of(act: uuid.UUID, *, actor: Actor) -> None:
    """Withdraw what one asked for, or refuse what another administrator did. Raises Conflict."""
    with transaction():
        demand(actor, "account.erase")
        withdraw_second(act, Kind.ERASE, consultation=None, actor=actor)


def stop_erasure_of(address: str, *, actor: Actor) -> None:
    """Stop an erasure that waits, for a person who says so; they are told. Raises NotFound, Conflict if nothing waits."""
    with transaction():
        demand(actor, "account.erase")
        person = _other(address, actor)
        row = waiting_erasure(person.id)
        if row is None:
            raise Conflict(N_("Nothing waits to be erased."))
        row.state, row.decided_at = ErasureState.WITHDRAWN, clock.now()
        record(ErasureWithdrawn(row.id, person.id), actor=actor.person)


def _other(address: str, actor: Actor) -> Person:
    found = person_by_email(address)
    if found is None:
        raise NotFound
    if found.id == actor.person:
        raise Conflict(N_("This is your own account."))
    return session.get_one(Person, found.id, with_for_update=True, populate_existing=True)


def _erasable(person: Person) -> Person:
    if waiting_erasure(person.id) is not None:
        raise Conflict(N_("This person waits to be erased already."))
    if erasure_refusal(person.id):
        raise Conflict(N_("This person holds an office. End it first."))
    return person


def _digest(person: Person, details: Mapping[str, Any]) -> str:
    """Return a hash of what will happen: who is erased, under which address, why, whether texts go too, and which contacts, as they read."""
    contacts = [(str(one.id), one.label, one.email, one.phone) for one in contacts_that_go(details, person.id)]
    said = {"kind": Kind.ERASE, "person": str(person.id), "email": person.email, "reason": str(details["reason"])}
    return digest_of({**said, "texts": bool(details["texts"]), **({"contacts": contacts} if contacts else {})})
