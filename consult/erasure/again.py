"""After a backup was brought back: whoever was erased since then is erased again, from the list that no backup holds."""

from __future__ import annotations

import uuid
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.models import Person, RoleGrant
from consult.db import session, transaction
from consult.erasure.asking import enter_erasure
from consult.erasure.contacts import contacts_named_like
from consult.erasure.erase import carry_out
from consult.erasure.listing import listed
from consult.erasure.models import Erasure
from consult.erasure.plan import texts_of, waiting_erasure
from consult.erasure.states import ErasureState
from consult.testimony.models import TestimonyReader


def erase_again(path: Path) -> int:
    """Erase whoever stands on a list and is in the database as if nothing had happened; return how many they were."""
    return sum(_again(person, went) for person, went in listed(path).items())


def _again(person: uuid.UUID, went: frozenset[uuid.UUID]) -> bool:
    done = sa.exists().where(Erasure.person_id == person, Erasure.state == ErasureState.DONE)
    if session.get(Person, person) is None or session.execute(sa.select(done)).scalar_one():
        return False
    with transaction():
        _end_offices(person)
        wish = waiting_erasure(person)
        if wish is None:
            wish = enter_erasure(session.get_one(Person, person), [], actor=OPERATOR)
        wish.texts = [str(text.id) for text in texts_of(person) if text.id in went]
        wish.contacts = [str(one.id) for one in contacts_named_like(session.get_one(Person, person)) if one.id in went]
        wish.due_at = clock.now()
        erasure = wish.id
    return carry_out(erasure)


def _end_offices(person: uuid.UUID) -> None:
    """End what the person had given back before they were erased."""
    now = clock.now()
    in_force = (RoleGrant.person_id == person, RoleGrant.revoked_at.is_(None))
    reading = (TestimonyReader.person_id == person, TestimonyReader.ended_at.is_(None))
    session.execute(sa.update(RoleGrant).where(*in_force).values(revoked_at=now))
    session.execute(sa.update(TestimonyReader).where(*reading).values(ended_at=now))
