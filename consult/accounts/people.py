"""People: entering them, once each, and what they may change of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.events import AccountChanged, PersonRegistered
from consult.accounts.models import Person, email_key
from consult.accounts.queries import person_by_email
from consult.db import new_id, session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_

#: Something before the sign, something after it, no white space: the rest only the mail server knows.
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_NAME = 200
LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Somebody to be entered: name as they write it, e-mail address ("" for none), language of letters and mail."""

    name: str
    email: str = ""
    language: str = "ar"


def is_address(text: str) -> bool:
    """Tell whether a text looks like an e-mail address."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def register_person(draft: PersonDraft, *, actor: Actor) -> Person:
    """Enter a person; Rejected if the draft is wrong or the address belongs to somebody already."""
    with transaction():
        demand(actor, "person.register")
        if draft.email and person_by_email(draft.email) is not None:
            raise Rejected(N_("There is an account with this address already."), field="email")
        return enter_person(draft, actor=actor)


def known_or_entered(draft: PersonDraft, *, actor: Actor) -> Person:
    """Return who has the draft's address, unchanged, else enter them; inside the caller's transaction."""
    known = person_by_email(draft.email) if draft.email else None
    return known or enter_person(draft, actor=actor)


def enter_person(draft: PersonDraft, *, actor: Actor) -> Person:
    """Check and write a person and record it; inside the transaction of a service that has asked for permission."""
    if problems := list(person_problems(draft)):
        raise Rejected(problems)
    person = Person(
        id=new_id(),
        name=draft.name.strip(),
        email=draft.email.strip(),
        email_key=email_key(draft.email) or None,
        language=draft.language,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    record(PersonRegistered(person=person.id), actor=actor.person)
    return person


def person_problems(draft: PersonDraft) -> Iterator[Problem]:
    """Yield what is wrong with a draft."""
    if not draft.name.strip():
        yield Problem("name", N_("Write the name."))
    if len(draft.name) > LONGEST_NAME:
        yield Problem("name", N_("Write at most %(limit)s characters.", limit=LONGEST_NAME))
    if draft.email and not is_address(draft.email.strip()):
        yield Problem("email", N_("Write an e-mail address, for example name@example.org."))
    if draft.language not in LANGUAGES:
        yield Problem("language", N_("Choose one of the answers."))


def change_account(draft: PersonDraft, *, actor: Actor) -> Person:
    """Change the name and language of the actor's own account; the address has a way of its own (`address`)."""
    with transaction():
        demand(actor, "account.use")
        person = session.get_one(Person, actor.person)
        if problems := list(person_problems(PersonDraft(draft.name, "", draft.language))):
            raise Rejected(problems)
        if (person.name, person.language) != (draft.name.strip(), draft.language):
            person.name, person.language = draft.name.strip(), draft.language
            record(AccountChanged(person=person.id), actor=actor.person)
        return person
