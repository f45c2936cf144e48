"""The second step: codes of an app (TOTP, RFC 6238) and recovery codes, each taken once.

Secrets of apps are encrypted (AES-256-GCM, bound to their person), recovery codes are keyed and then hashed with argon2id; the
key lies outside the database, so a thief of the database can neither compute a code nor guess one, and a thief of both pays for
each guess.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import pyotp
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult import clock
from consult.accounts.attempts import CODE_OF_PERSON, CODES_OF_A_DAY, count_attempt
from consult.accounts.events import RecoveryCodesMade, RecoveryCodeUsed
from consult.accounts.keys import FACTORS, key_number, keyed, outside_key, outside_keys
from consult.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, SignIn
from consult.accounts.queries import has_second_factor
from consult.accounts.signing_in.passwords import hash_codes, verify_password
from consult.cleaning import latin_digits
from consult.db import session
from consult.events.record import record
from consult.i18n import N_, Message

#: RFC 6238, section 5.2: steps of 30 seconds, and one step either way for clocks that differ.
STEP_SECONDS = 30
STEPS_EITHER_WAY = 1
RECOVERY_CODES = 10
#: Crockford's base 32: twelve of its letters are 60 bits, and none is taken for another.
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
#: The first two letters tell which of a person's codes one is, so that checking it takes one slow hash. They are kept as they
#: are: 50 bits are left to guess.
LABEL_LENGTH = 2
_MISREAD = str.maketrans("OIL", "011")
#: How long the set-up of an app may take, from the page with the square to the first code.
SET_UP_WITHIN = timedelta(minutes=30)
_NONCE = 12

WRONG_CODE: Message = N_("This code is not right, or it was used before. Wait for the next one and try again.")


class Factor(StrEnum):
    """With what a second step was taken."""

    APP = "app"
    RECOVERY = "recovery"
    PASSKEY = "passkey"


def seal(secret: bytes, purpose: str, person: uuid.UUID) -> bytes:
    """Return a secret encrypted for one purpose and one person: nonce, then AES-256-GCM ciphertext with its tag."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(outside_key(FACTORS)).encrypt(nonce, secret, _bound(purpose, person))


def unseal(sealed: bytes, purpose: str, person: uuid.UUID) -> bytes | None:
    """Return what was sealed, None if it was sealed for anything or anybody else, or altered."""
    for key in outside_keys(FACTORS):
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(purpose, person))
        except (InvalidTag, ValueError):
            continue
    return None


def _bound(purpose: str, person: uuid.UUID) -> bytes:
    return purpose.encode() + b"\0" + person.bytes


@dataclass(frozen=True, slots=True)
class TriedCode:
    """A code that somebody typed, as it is compared, and which of the person's recovery codes it is, "" for none."""

    typed: str
    recovery: str = ""


def count_code(person: uuid.UUID) -> None:
    """Count one try of a code, before it is looked at; raises TooManyTries. Outside of any transaction."""
    count_attempt(CODES_OF_A_DAY, str(person))
    count_attempt(CODE_OF_PERSON, str(person))


def try_code(person: uuid.UUID, code: str) -> TriedCode:
    """Count a try and do what takes long of it; `take_code` takes it. Raises TooManyTries, Busy. Outside of any transaction."""
    count_code(person)
    typed = plain(code)
    return TriedCode(typed, _recovery_label(person, typed.translate(_MISREAD)))


def plain(code: str) -> str:
    """Return a code as it is compared: Latin digits, capital letters, without spaces and hyphens."""
    return "".join(sign for sign in latin_digits(code).upper() if sign.isalnum())


def fitting_step(secret: str, code: str, after: int = -1) -> int | None:
    """Return the time step whose code this is, None if it is none of those around now, or not later than `after`."""
    typed = plain(code)
    if len(typed) != 6 or not typed.isascii():
        return None
    app, now = pyotp.TOTP(secret, interval=STEP_SECONDS), int(clock.now().timestamp()) // STEP_SECONDS
    steps = range(now - STEPS_EITHER_WAY, now + STEPS_EITHER_WAY + 1)
    fitting = [step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)]
    return next((step for step in fitting if step > after), None)


def take_code(person: uuid.UUID, tried: TriedCode) -> Factor | None:
    """Take the code of an app or a recovery code, once, and say which it was; in the caller's transaction."""
    if _take_from_app(person, tried.typed):
        return Factor.APP
    return Factor.RECOVERY if _take_recovery_code(person, tried.recovery) else None


def _take_from_app(person: uuid.UUID, code: str) -> bool:
    """Compare and set: of two who come with the same code at the same moment, the row is given to one."""
    app = session.execute(
        sa.select(AuthenticatorApp.sealed, AuthenticatorApp.last_step).where(AuthenticatorApp.person_id == person)
    ).first()
    secret = unseal(app.sealed, "app", person) if app else None
    step = fitting_step(secret.decode(), code, app.last_step) if app and secret else None
    if step is None:
        return False
    taken = (
        sa.update(AuthenticatorApp)
        .where(AuthenticatorApp.person_id == person, AuthenticatorApp.last_step < step)
        .values(last_step=step)
        .returning(AuthenticatorApp.person_id)
    )
    return session.execute(taken).first() is not None


def _recovery_label(person: uuid.UUID, code: str) -> str:
    """Return the label of the recovery code that this is, "" for none; one slow hash, whether there is such a label or not."""
    if len(code) != CODE_LENGTH:
        return ""
    keys = outside_keys(FACTORS)
    keyed_codes = [_keyed_code(person, code, key) for key in keys]
    mine = sa.select(RecoveryCode.label, RecoveryCode.hashed).where(
        RecoveryCode.person_id == person, RecoveryCode.label.in_((code[:LABEL_LENGTH], *keyed_codes))
    )
    # One from before is labelled with the keyed code itself, and is found whatever one of today's begins with.
    first = mine.order_by(sa.desc(RecoveryCode.label.in_(keyed_codes)))
    label, kept = session.execute(first).first() or ("", "")
    # The number of the key stands before the hash; those without one are of the first key there was.
    number, sign, hashed = kept.partition("$")
    known = {key_number(key): keyed_code for key, keyed_code in zip(keys, keyed_codes, strict=True)}
    fits = verify_password(sign + hashed, known.get(number, keyed_codes[-1]))
    return label if fits or label in keyed_codes else ""


def _take_recovery_code(person: uuid.UUID, label: str) -> bool:
    mine = RecoveryCode.person_id == person
    taken = sa.delete(RecoveryCode).where(mine, RecoveryCode.label == label)
    if session.execute(taken.returning(RecoveryCode.person_id)).first() is None:
        return False
    left = session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode).where(mine)) or 0
    record(RecoveryCodeUsed(person=person, left=left), actor=person)
    return True


def _keyed_code(person: uuid.UUID, code: str, key: bytes) -> str:
    return keyed("recovery code", person.bytes + code.encode(), key).hex()


@dataclass(frozen=True, slots=True)
class NewCodes:
    """Ten recovery codes just drawn, which nothing keeps yet, and what will be kept of them: label and hash of each."""

    codes: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


def draw_recovery_codes(person: uuid.UUID) -> NewCodes:
    """Draw ten codes that begin differently, and hash them; raises Busy. Outside of any transaction."""
    codes: dict[str, str] = {}
    while len(codes) < RECOVERY_CODES:
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
        codes.setdefault(code[:LABEL_LENGTH], code)
    key = outside_key(FACTORS)
    hashed = [key_number(key) + one for one in hash_codes([_keyed_code(person, code, key) for code in codes.values()])]
    return NewCodes(tuple(codes.values()), tuple(zip(codes, hashed, strict=True)))


def keep_recovery_codes(person: uuid.UUID, new: NewCodes) -> tuple[str, ...]:
    """Keep codes in place of those from before, and return them as they are shown: the only moment at which they are known."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person))
    session.add_all(RecoveryCode(person_id=person, label=label, hashed=hashed) for label, hashed in new.kept)
    record(RecoveryCodesMade(person=person), actor=person)
    return tuple(f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in new.codes)


def draw_first_codes(person: uuid.UUID) -> NewCodes | None:
    """Draw codes for whoever has none left, as they get with their first factor; None for others. Outside of any transaction."""
    there = session.scalar(sa.select(sa.exists().where(RecoveryCode.person_id == person)))
    return None if there else draw_recovery_codes(person)


def forget_without_factor(person: uuid.UUID) -> None:
    """After a removal: with the last factor go the recovery codes, and what was proved with it in open sign-ins."""
    if has_second_factor(person):
        return
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person))
    session.execute(sa.update(SignIn).where(SignIn.person_id == person, SignIn.ended_at.is_(None)).values(factor=""))


def passkey_ids(person: uuid.UUID) -> list[uuid.UUID]:
    """Return the ids of a person's passkeys."""
    return list(session.scalars(sa.select(Passkey.id).where(Passkey.person_id == person)))
