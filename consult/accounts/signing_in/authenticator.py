"""An app that shows codes: offered with a secret, kept once its first code is right, removed; and recovery codes anew."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyotp
import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.events import PasskeyRemoved, SecondFactorAdded, SecondFactorRemoved
from consult.accounts.models import AuthenticatorApp, Passkey, Person
from consult.accounts.queries import has_second_factor
from consult.accounts.signing_in.factors import (
    SET_UP_WITHIN,
    Factor,
    count_code,
    draw_first_codes,
    draw_recovery_codes,
    fitting_step,
    forget_without_factor,
    keep_recovery_codes,
    passkey_ids,
    seal,
    unseal,
)
from consult.accounts.signing_in.proof import Added, renew, signed_in_person
from consult.accounts.signing_in.second_step_reset import set_anew
from consult.db import insert_into, session, transaction
from consult.errors import Conflict, Forbidden, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class AppOffer:
    """A secret for an app: as the address in a square, as letters to type, and sealed, for the form that confirms it."""

    address: str
    secret: str
    sealed: str


def offer_app(person: Person) -> AppOffer:
    """Make a secret for a person's app. Nothing is kept: it comes back with the first code, sealed and for half an hour."""
    return _offer(person, pyotp.random_base32())


def same_offer(person: Person, sealed: str) -> AppOffer | None:
    """Return an offer once more, for the page that says what was wrong; None if it is not this person's or too old."""
    secret = _offered(person.id, sealed)
    return None if secret is None else _offer(person, secret)


def _offer(person: Person, secret: str) -> AppOffer:
    ends = int((clock.now() + SET_UP_WITHIN).timestamp()).to_bytes(8)
    sealed = base64.urlsafe_b64encode(seal(ends + secret.encode(), "offered app", person.id)).decode()
    issuer = urlsplit(runtime().settings.base_url).hostname or "consult"
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email or person.name, issuer_name=issuer)
    return AppOffer(address, secret, sealed)


def _offered(person: uuid.UUID, sealed: str) -> str | None:
    try:
        opened = unseal(base64.urlsafe_b64decode(sealed), "offered app", person)
    except (binascii.Error, ValueError):
        return None
    if opened is None or int.from_bytes(opened[:8]) < clock.now().timestamp():
        return None
    return opened[8:].decode()


def confirm_app(sealed: str, code: str, *, actor: Actor) -> Added:
    """Keep the app that was offered, because it shows the right code; the sign-in gets a new token.

    The code is taken: it signs nobody in afterwards. Raises Rejected, TooManyTries, Busy, Conflict if there is an app already.
    """
    person, sign_in = signed_in_person(actor)
    secret = _offered(person, sealed)
    if secret is None:
        raise Rejected(N_("This page was open for too long. Scan the new square, please."), field="sealed")
    count_code(person)
    step = fitting_step(secret, code)
    if step is None:
        raise Rejected(
            N_("This is not the code that the app shows now. Is the clock of the phone right?"), field="code"
        )
    first = draw_first_codes(person)
    with transaction():
        _keep(person, secret, step)
        set_anew(person)
        record(SecondFactorAdded(person=person), actor=person)
        return Added(keep_recovery_codes(person, first) if first else (), renew(sign_in, factor=Factor.APP))


def _keep(person: uuid.UUID, secret: str, step: int) -> None:
    sealed = seal(secret.encode(), "app", person)
    kept = insert_into(AuthenticatorApp).values(person_id=person, sealed=sealed, last_step=step, created_at=clock.now())
    if session.execute(kept.on_conflict_do_nothing().returning(AuthenticatorApp.person_id)).first() is None:
        raise Conflict(N_("There is an app already. Remove it first."))


def remove_app(*, actor: Actor) -> None:
    """Remove the actor's app; with the last factor go the recovery codes. Raises Conflict if there is none."""
    person = _person(actor)
    with transaction():
        if not _delete_app(person):
            raise Conflict(N_("This has been removed already."))
        forget_without_factor(person)
        record(SecondFactorRemoved(person=person), actor=person)


def _delete_app(person: uuid.UUID) -> bool:
    mine = sa.delete(AuthenticatorApp).where(AuthenticatorApp.person_id == person)
    return session.execute(mine.returning(AuthenticatorApp.person_id)).first() is not None


def new_recovery_codes(*, actor: Actor) -> tuple[str, ...]:
    """Make the actor's recovery codes anew and return them, once. Raises Conflict for whoever has no second factor."""
    person = _person(actor)
    if not has_second_factor(person):
        raise Conflict(N_("Set up an app or a passkey first: recovery codes are for when it is lost."))
    new = draw_recovery_codes(person)
    with transaction():
        return keep_recovery_codes(person, new)


def remove_every_factor(person: uuid.UUID, *, actor: Actor) -> bool:
    """Take every second factor from somebody who lost all of them; tell whether there was any. Asks for `link.make`.

    Only the operator at the terminal may: an administrator who could, and could print a card, could be anybody.
    """
    with transaction():
        demand(actor, "link.make")
        had_app, passkeys = _delete_app(person), passkey_ids(person)
        session.execute(sa.delete(Passkey).where(Passkey.person_id == person))
        forget_without_factor(person)
        if had_app:
            record(SecondFactorRemoved(person=person), actor=actor.person)
        for passkey in passkeys:
            record(PasskeyRemoved(person=person, passkey=passkey), actor=actor.person)
        return had_app or bool(passkeys)


def _person(actor: Actor) -> uuid.UUID:
    demand(actor, "account.use")
    if actor.person is None:
        raise Forbidden
    return actor.person
