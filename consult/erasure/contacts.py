"""Contacts of bodies that may be the person who is erased: by their address they are; by their name somebody decides.

Nothing leads from a person to a contact of a body: it is an office's, entered in words. One with their address is theirs. One that
bears their name, in any spelling that people use, may be somebody else's of that name, so it is proposed to whoever enters the
erasure, with the body beside it, and goes only where they say that it is the same person and another administrator confirms it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.bodies.models import Contact
from consult.accounts.models import Body, Person, email_key
from consult.db import session
from consult.folding import fold
from consult.i18n import Localized

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class NamedContact:
    """A contact that bears a person's name: of which body, and how it reads there."""

    id: uuid.UUID
    body: Localized
    label: str
    email: str
    phone: str


def contacts_named_like(person: Person) -> Sequence[NamedContact]:
    """Return the contacts that bear a person's name and not their address, by body (1 query over all contacts)."""
    name = _words(person.name)
    rows = session.execute(
        sa.select(Contact.id, Body.names, Contact.label, Contact.email, Contact.phone)
        .join(Body, Body.id == Contact.body_id)
        .order_by(Body.key, Contact.id)
    )
    found = (NamedContact(*row) for row in rows)
    return [one for one in found if _bears(one.label, name) and not _has_address(one.email, person)]


def erase_contacts(person: Person, chosen: Collection[uuid.UUID]) -> Sequence[uuid.UUID]:
    """Delete the contacts with a person's address, and of the chosen ones those that still bear their name; return which."""
    name, gone = _words(person.name), []
    for contact in session.scalars(sa.select(Contact).order_by(Contact.id)).all():
        if _has_address(contact.email, person) or (contact.id in chosen and _bears(contact.label, name)):
            gone.append(contact.id)
            session.delete(contact)
    session.flush()
    return gone


def _words(text: str) -> str:
    """Return the folded words of a text, a space around each."""
    return f" {' '.join(WORD.findall(fold(text)))} "


def _bears(label: str, name: str) -> bool:
    return bool(name.strip()) and name in _words(label)


def _has_address(email: str, person: Person) -> bool:
    return bool(email and person.email_key) and email_key(email) == person.email_key
