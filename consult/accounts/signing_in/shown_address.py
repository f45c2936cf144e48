"""Whether somebody has shown that letters to their address reach them."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.models import Person, SignIn, SignInLink, email_key
from consult.db import session


def has_shown_address(actor: Actor, address: str) -> bool:
    """Tell whether whoever acts has this address and has opened a letter to it that they asked for (1 query).

    That is a sign-in link asked for by mail, or the letter of a registration. An invitation shows nothing: it may have
    been printed, or read out. A later change of address asks for a code from a letter to the new one.
    """
    if actor.person is None:
        return False
    asked = sa.exists().where(
        SignInLink.person_id == Person.id, SignInLink.asked_hash.is_not(None), SignInLink.used_at.is_not(None)
    )
    registered = sa.exists().where(SignIn.person_id == Person.id, SignIn.method == "registration")
    shown = sa.exists().where(Person.id == actor.person, Person.email_key == email_key(address), asked | registered)
    return bool(session.scalar(sa.select(shown)))
