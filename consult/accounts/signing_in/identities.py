"""Signing in with an account at the configured provider (OpenID Connect), once it was joined with the account here.

Nothing is merged by itself: an address that the provider knows is no proof here. Whoever is signed in joins the two, and by
that shows both. The second step and what it guards stay as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import Limit, count_attempt
from consult.accounts.events import IdentityJoined, IdentityParted
from consult.accounts.models import Person
from consult.accounts.signing_in.identity_models import OutsideIdentity
from consult.accounts.signing_in.sign_in import Arrival, Halfway, Opened, open_sign_in
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound
from consult.events.record import record
from consult.i18n import N_

PROVIDER_FROM_ADDRESS = Limit("provider from address", 200, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class ProvedIdentity:
    """What the provider's signed answer says: who issued it, the number of the account, and an address that it has confirmed.

    `email` is "" where the provider does not say that it has confirmed it.
    """

    issuer: str
    subject: str
    email: str = ""


def sign_in_with_identity(
    proved: ProvedIdentity, *, origin: str, actor: Actor, shared: bool = False, device: str = ""
) -> Opened | Halfway | None:
    """Sign in whoever joined this account elsewhere with theirs; None where nobody did, whoever's address it has.

    Raises TooManyTries, Conflict for a closed account.
    """
    count_attempt(PROVIDER_FROM_ADDRESS, origin)
    with transaction():
        row = session.scalars(_of(proved).with_for_update()).first()
        if row is None:
            return None
        row.used_at = clock.now()
        return open_sign_in(row.person_id, Arrival("provider", shared, device), actor=actor)


def _of(proved: ProvedIdentity) -> sa.Select[OutsideIdentity]:
    mine = (OutsideIdentity.issuer == proved.issuer, OutsideIdentity.subject == proved.subject)
    return sa.select(OutsideIdentity).where(*mine)


def join_identity(proved: ProvedIdentity, *, actor: Actor) -> OutsideIdentity:
    """Join an account elsewhere with the actor's; the same again changes nothing, another of the same issuer takes its place.

    Raises Conflict where somebody else has joined it.
    """
    with transaction():
        demand(actor, "account.use")
        if actor.person is None:
            raise Forbidden
        session.get_one(Person, actor.person, with_for_update=True, populate_existing=True)
        known = session.scalars(_of(proved)).first()
        if known is not None and known.person_id != actor.person:
            raise Conflict(N_("This account is joined with somebody else’s here. Nothing was changed."))
        if known is not None:
            return known
        before = (OutsideIdentity.person_id == actor.person, OutsideIdentity.issuer == proved.issuer)
        session.execute(sa.delete(OutsideIdentity).where(*before))
        row = OutsideIdentity(
            id=new_id(),
            person_id=actor.person,
            issuer=proved.issuer,
            subject=proved.subject,
            joined_at=clock.now(),
        )
        session.add(row)
        session.flush()
        record(IdentityJoined(actor.person, row.id), actor=actor.person)
        return row


def part_identity(identity: uuid.UUID, *, actor: Actor) -> None:
    """Part an account elsewhere from the actor's: it signs in nobody any more. Raises NotFound for any other."""
    with transaction():
        demand(actor, "account.use")
        mine = (OutsideIdentity.id == identity, OutsideIdentity.person_id == actor.person)
        gone = sa.delete(OutsideIdentity).where(*mine).returning(OutsideIdentity.id)
        if actor.person is None or session.scalar(gone.execution_options(synchronize_session=False)) is None:
            raise NotFound
        record(IdentityParted(actor.person, identity), actor=actor.person)


def identities_of(person: uuid.UUID) -> Sequence[OutsideIdentity]:
    """Return the accounts elsewhere that somebody joined with theirs (1 query)."""
    mine = sa.select(OutsideIdentity).where(OutsideIdentity.person_id == person)
    return session.scalars(mine.order_by(OutsideIdentity.id)).all()
