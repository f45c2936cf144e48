"""Keys that renew themselves: once a year, or when the operator says so, each gets a newer one before it and still opens what was.

The key of confidential testimony has its own (`testimony.rotation`); those of rate limits are made anew each day.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, Actor, demand
from consult.accounts.events import KeyForgotten, KeyRenewed
from consult.accounts.keys import BYTES, FACTORS, STOPPING, alone, key_number, outside_keys, write_key
from consult.accounts.models import AuthenticatorApp, RecoveryCode
from consult.accounts.signing_in.factors import seal, unseal
from consult.db import session, transaction
from consult.errors import Conflict
from consult.events.record import record
from consult.i18n import N_
from consult.runtime import runtime

#: The rings: what lies in them is asked for at each use, so that a newer key holds in every process at once.
RINGS = (FACTORS, STOPPING)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A ring as it lies there: how many keys, and since when the newest of them."""

    name: str
    path: Path
    keys: int
    since: datetime


def key_files() -> Sequence[KeyFile]:
    """Return the rings that are there."""
    paths = {name: runtime().settings.key_file(name) for name in RINGS}
    return [
        KeyFile(name, path, len(outside_keys(name)), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        for name, path in paths.items()
        if path.is_file()
    ]


def renew_key(name: str, *, actor: Actor) -> int:
    """Put a new key before the others of a ring, and seal with it what was sealed with them; return how many secrets that were.

    It can be interrupted anywhere and begun again. Where a vault hands the keys over, the new one is put there: then the
    secrets are sealed with the first key of what it hands over. Raises Forbidden.
    """
    demand(actor, "keys.renew")
    if not runtime().settings.keys_from_credentials:
        path = _own(name)
        with alone(path):
            write_key(path, secrets.token_bytes(BYTES) + b"".join(outside_keys(name)))
    with transaction():
        sealed = _seal_anew() if name == FACTORS else 0
        record(KeyRenewed(name, sealed), actor=actor.person)
    return sealed


def forget_former_keys(name: str, *, actor: Actor) -> None:
    """Keep the newest key of a ring alone: what was keyed with another is known no more. Raises Forbidden, Conflict."""
    demand(actor, "keys.renew")
    path = _own(name)
    with alone(path):
        with transaction():
            sealed = _seal_anew() if name == FACTORS else 0
            record(KeyForgotten(name, sealed), actor=actor.person)
        write_key(path, outside_keys(name)[0])


def renew_due() -> bool:
    """Renew each ring whose newest key has had its time; tell whether there was one. For the worker."""
    settings = runtime().settings
    if settings.keys_from_credentials or not settings.renew_keys_days:
        return False
    old = clock.now() - timedelta(days=settings.renew_keys_days)
    due = [one.name for one in key_files() if one.since < old]
    for name in due:
        renew_key(name, actor=OPERATOR)
    return bool(due)


def codes_of_former_keys() -> int:
    """Return how many recovery codes are known by a former key alone."""
    number = key_number(outside_keys(FACTORS)[0])
    query = sa.select(sa.func.count()).select_from(RecoveryCode)
    return session.scalar(query.where(RecoveryCode.hashed.not_like(f"{number}%"))) or 0


def _own(name: str) -> Path:
    settings = runtime().settings
    if settings.keys_from_credentials:
        raise Conflict(N_("This key is handed over by a vault: change it there."))
    return settings.key_file(name)


def _seal_anew() -> int:
    rows = session.scalars(sa.select(AuthenticatorApp).with_for_update()).all()
    opened = [(row, secret) for row in rows if (secret := unseal(row.sealed, "app", row.person_id)) is not None]
    for row, secret in opened:
        row.sealed = seal(secret, "app", row.person_id)
    return len(opened)
