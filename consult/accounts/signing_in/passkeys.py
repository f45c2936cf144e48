"""Passkeys (WebAuthn level 2): adding and removing them, signing in with one, and showing one as the second step.

The device unlocks the key for its person (user verification is required), so a passkey is two factors in one. Relying
party and origin are those of `base_url`; a passkey answers to no other site. The library is loaded late: most processes see no passkey.
"""

from __future__ import annotations

import ipaddress
import json
import struct
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import PASSKEY_FROM_ADDRESS, count_attempt
from consult.accounts.events import PasskeyAdded, PasskeyRemoved
from consult.accounts.models import Passkey, Person
from consult.accounts.signing_in.challenges import new_challenge, spend_challenge
from consult.accounts.signing_in.factors import Factor, draw_first_codes, forget_without_factor, keep_recovery_codes
from consult.accounts.signing_in.proof import Added, Renewed, note_proof, renew, signed_in_person
from consult.accounts.signing_in.second_step import TOO_LATE, finish, waiting_sign_in
from consult.accounts.signing_in.second_step_reset import set_anew
from consult.accounts.signing_in.sign_in import Arrival, Opened, complete_sign_in
from consult.db import insert_into, new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime

LONGEST_NAME = 60
MOST_FOR_A_PERSON = 20
WRONG = N_("This passkey does not open the account. Try again, or choose another way.")
NOT_ADDED = N_("The passkey could not be added. Try again, or choose another way.")


class Purpose:
    """For what a challenge is answered: an answer to one is worth nothing for another."""

    ADD = "add passkey"
    SIGN_IN = "sign in"
    SECOND_STEP = "second step"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Site:
    """The site to which passkeys belong: the host they are bound to, and the origin of its pages."""

    host: str
    origin: str


def site() -> Site | None:
    """Return the site of `base_url`, None where browsers have no passkeys: without https, or under a number."""
    address = urlsplit(runtime().settings.base_url)
    host = address.hostname or ""
    if not host or _is_number(host) or (address.scheme != "https" and host != "localhost"):
        return None
    return Site(host, f"{address.scheme}://{address.netloc}")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _site() -> Site:
    found = site()
    if found is None:
        raise Conflict(N_("There are no passkeys at this address: they need https and a name."))
    return found


def _malformed() -> tuple[type[Exception], ...]:
    """Return in which ways the library says that a browser sent anything at all."""
    from webauthn.helpers.exceptions import WebAuthnException

    return WebAuthnException, ValueError, TypeError, LookupError, AttributeError, RecursionError, struct.error


def options_to_add(person: Person) -> str:
    """Return, as JSON, what a browser needs to make a passkey for a person; those they have are not made again."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    here = _site()
    present = session.scalars(sa.select(Passkey.credential_id).where(Passkey.person_id == person.id))
    made = generate_registration_options(
        rp_id=here.host,
        rp_name=here.host,
        user_id=person.id.bytes,
        user_name=person.email or person.name,
        user_display_name=person.name,
        challenge=new_challenge(Purpose.ADD, person.id),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in present],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(made)


def options_to_sign_in() -> str:
    """Return, as JSON, what a browser needs to sign somebody in with a passkey, whoever they are. Asks the database nothing."""
    return _options(Purpose.SIGN_IN, None, [])


def options_to_show(purpose: str, person: uuid.UUID) -> str:
    """Return, as JSON, what a browser needs to show one of a person's passkeys, as the second step or as a proof."""
    theirs = session.scalars(sa.select(Passkey.credential_id).where(Passkey.person_id == person).order_by(Passkey.id))
    return _options(purpose, person, theirs)


def _options(purpose: str, person: uuid.UUID | None, which: Iterable[bytes]) -> str:
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    made = generate_authentication_options(
        rp_id=_site().host,
        challenge=new_challenge(purpose, person),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in which],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(made)


def add_passkey(answer: str, name: str, *, actor: Actor) -> Added:
    """Add the passkey that a browser made; the sign-in gets a new token. Raises Rejected, Busy."""
    person, sign_in = signed_in_person(actor)
    first = draw_first_codes(person)
    with transaction():
        credential_id, public_key, count = _new_credential(answer, person)
        passkey = new_id()
        row = insert_into(Passkey).values(
            id=passkey,
            person_id=person,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=count,
            name=name.strip()[:LONGEST_NAME],
            created_at=clock.now(),
        )
        if session.execute(row.on_conflict_do_nothing().returning(Passkey.id)).first() is None:
            raise Rejected(N_("This passkey is here already."))
        set_anew(person)
        record(PasskeyAdded(person=person, passkey=passkey), actor=person)
        return Added(keep_recovery_codes(person, first) if first else (), renew(sign_in, factor=Factor.PASSKEY))


def _new_credential(answer: str, person: uuid.UUID) -> tuple[bytes, bytes, int]:
    """Return id, public key and counter of a credential that was made for our challenge and site; raises Rejected."""
    from webauthn import verify_registration_response

    here = _site()
    held = session.scalar(sa.select(sa.func.count()).select_from(Passkey).where(Passkey.person_id == person)) or 0
    try:
        if held >= MOST_FOR_A_PERSON or not spend_challenge(challenge := _challenge_of(answer), Purpose.ADD, person):
            raise Rejected(NOT_ADDED)
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.host,
            expected_origin=here.origin,
            require_user_verification=True,
        )
    except _malformed() as error:
        raise Rejected(NOT_ADDED) from error
    return made.credential_id, made.credential_public_key, made.sign_count


def _parsed(answer: str) -> dict[str, Any]:
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise TypeError("no credential")
    return parsed


def _challenge_of(answer: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    return parse_client_data_json(base64url_to_bytes(_parsed(answer)["response"]["clientDataJSON"])).challenge


def _shown(answer: str, purpose: str, person: uuid.UUID | None) -> uuid.UUID:
    """Return whose passkey signed the answer to our challenge; in the caller's transaction. Raises Rejected.

    The counter is compared and set: one that does not grow, from an authenticator that counts, is a copy.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    here = _site()
    try:
        credential_id, challenge = base64url_to_bytes(_parsed(answer)["rawId"]), _challenge_of(answer)
        held = session.execute(
            sa.select(Passkey.id, Passkey.person_id, Passkey.public_key, Passkey.sign_count).where(
                Passkey.credential_id == credential_id
            )
        ).first()
        if held is None or person not in {None, held.person_id} or not spend_challenge(challenge, purpose, person):
            raise Rejected(WRONG)
        signed = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.host,
            expected_origin=here.origin,
            credential_public_key=held.public_key,
            credential_current_sign_count=held.sign_count,
            require_user_verification=True,
        )
    except _malformed() as error:
        raise Rejected(WRONG) from error
    counted = (
        sa.update(Passkey)
        .where(Passkey.id == held.id, Passkey.sign_count == held.sign_count)
        .values(sign_count=signed.new_sign_count, used_at=clock.now())
        .returning(Passkey.person_id)
    )
    if session.execute(counted).first() is None:
        raise Rejected(WRONG)
    owner: uuid.UUID = held.person_id
    return owner


def sign_in_with_passkey(answer: str, *, origin: str, actor: Actor, shared: bool = False, device: str = "") -> Opened:
    """Open a session for whoever's passkey signed our challenge; `origin` is the network address, counted as a keyed hash.

    Nothing more is asked: the key and what unlocked it are two factors. Raises Rejected with the same words whether the
    passkey is unknown or the signature wrong; TooManyTries.
    """
    count_attempt(PASSKEY_FROM_ADDRESS, origin)
    with transaction():
        person = _shown(answer, Purpose.SIGN_IN, None)
        return complete_sign_in(person, Arrival("passkey", shared, device), actor=actor, factor=Factor.PASSKEY)


def finish_with_passkey(token: str, answer: str, *, actor: Actor) -> Opened:
    """Take the second step of a sign-in with a passkey, and open the session. Raises Rejected, Conflict."""
    with transaction():
        waiting = waiting_sign_in(token)
        if waiting is None:
            raise Conflict(TOO_LATE)
        _shown(answer, Purpose.SECOND_STEP, waiting.person)
        return finish(token, Factor.PASSKEY, actor=actor)


def prove_with_passkey(answer: str, *, actor: Actor) -> Renewed:
    """Show a passkey again, and return the new token of the sign-in. Raises Rejected."""
    person, sign_in = signed_in_person(actor)
    with transaction():
        _shown(answer, Purpose.PROVE, person)
        return note_proof(sign_in, Factor.PASSKEY, actor=actor, factor=Factor.PASSKEY)


def remove_passkey(passkey: uuid.UUID, *, actor: Actor) -> None:
    """Remove a passkey of the actor's own; with the last factor go the recovery codes. Raises NotFound."""
    demand(actor, "account.use")
    with transaction():
        mine = sa.delete(Passkey).where(Passkey.id == passkey, Passkey.person_id == actor.person)
        person = session.scalar(mine.returning(Passkey.person_id))
        if person is None:
            raise NotFound
        forget_without_factor(person)
        record(PasskeyRemoved(person=person, passkey=passkey), actor=person)
