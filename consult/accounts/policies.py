"""Who may do what with people, roles and bodies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.bodies.models import Contact
from consult.accounts.bodies.words import Audience
from consult.accounts.clauses import clause
from consult.i18n import N_


@permission("public.read", N_("read what is public"))
def anyone(actor: Actor, subject: Any) -> bool:
    """Everyone, signed in or not."""
    return True


@permission("account.use", N_("use one's own account"))
def signed_in(actor: Actor, subject: Any) -> bool:
    """Whoever is signed in."""
    return actor.signed_in


@permission("instance.administer", N_("administer the instance"))
def administers(actor: Actor, subject: Any) -> bool:
    """Administrators, and the operator at the terminal."""
    return actor.administrator


@permission("keys.renew", N_("renew the keys outside the database"))
def renews_keys(actor: Actor, subject: Any) -> bool:
    """The operator at the terminal, who holds the files, and the worker."""
    return actor.operator


@permission("log_key.replace", N_("begin a new key for the log without the former one"))
def replaces_the_log_key(actor: Actor, subject: Any) -> bool:
    """Administrators, two of them."""
    return actor.administrator


@permission("role.grant", N_("grant and revoke roles"))
def grants_roles(actor: Actor, subject: Any) -> bool:
    """Administrators grant every role; nobody else does."""
    return actor.administrator


@permission("account.close", N_("close accounts, open them again, sign them out"))
def closes_accounts(actor: Actor, subject: Any) -> bool:
    """Administrators."""
    return actor.administrator


@permission("account.erase", N_("enter and confirm the erasure of people who asked on paper"))
def erases_people(actor: Actor, subject: Any) -> bool:
    """Administrators."""
    return actor.administrator


@permission("body.register", N_("add and change bodies of the register"))
def registers_bodies(actor: Actor, subject: Any) -> bool:
    """Administrators, and organisers of any consultation."""
    return actor.administrator or actor.has_anywhere(Role.ORGANISER)


@permission("contact.read", N_("see how to reach a body"))
def reads_contacts(actor: Actor, subject: Contact) -> bool:
    """Those whom the contact is for: everybody, organisers of any consultation and administrators, or administrators."""
    match subject.audience:
        case Audience.PUBLIC:
            return True
        case Audience.ORGANISERS:
            return registers_bodies(actor, None)
        case _:
            return actor.administrator


@clause("contact.read", Contact)
def readable_contacts(actor: Actor, _consultation: None) -> sa.ColumnElement[bool]:
    """Return `contact.read` as a condition on contacts."""
    if actor.administrator:
        return sa.true()
    seen = [Audience.PUBLIC, *([Audience.ORGANISERS] if registers_bodies(actor, None) else [])]
    return Contact.audience.in_(seen)


@permission("person.register", N_("enter people"))
def registers_people(actor: Actor, subject: Any) -> bool:
    """Administrators, and organisers of any consultation."""
    return actor.administrator or actor.has_anywhere(Role.ORGANISER)


@permission("link.make", N_("make sign-in links for anybody"))
def makes_links(actor: Actor, subject: Any) -> bool:
    """The operator at the terminal: whoever holds a link can sign in as its person."""
    return actor.operator
