"""Challenges for passkeys: made without a row, bound to a purpose and a person, good for some minutes and for one answer.

A page that is only looked at writes nothing, so a challenge proves itself: random bits and its end, under a MAC whose key
lies outside the database. What is written down, when it is answered, is that it was.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.keys import is_keyed, keyed
from consult.accounts.models import SpentChallenge
from consult.db import insert_into, session

ANSWERED_WITHIN = timedelta(minutes=10)
_RANDOM, _END, _MAC = 16, 8, 32


def new_challenge(purpose: str, person: uuid.UUID | None) -> bytes:
    """Return a challenge of 56 bytes for one purpose, and for one person where it is known who answers."""
    end = int((clock.now() + ANSWERED_WITHIN).timestamp()).to_bytes(_END)
    head = secrets.token_bytes(_RANDOM) + end
    return head + keyed("challenge", _bound(head, purpose, person))


def _bound(head: bytes, purpose: str, person: uuid.UUID | None) -> bytes:
    return head + (person.bytes if person else bytes(16)) + purpose.encode()


def spend_challenge(challenge: bytes, purpose: str, person: uuid.UUID | None) -> bool:
    """Take the answer to a challenge, once: False if it is not ours, not for this, too old, or answered before.

    In the caller's transaction: where the answer turns out to be wrong, the challenge is as it was.
    """
    head, mac = challenge[: _RANDOM + _END], challenge[_RANDOM + _END :]
    if len(challenge) != _RANDOM + _END + _MAC or not is_keyed(mac, "challenge", _bound(head, purpose, person)):
        return False
    ends_at, now = datetime.fromtimestamp(int.from_bytes(head[_RANDOM:]), UTC), clock.now()
    if ends_at <= now:
        return False
    session.execute(sa.delete(SpentChallenge).where(SpentChallenge.ends_at <= now))
    spent = (
        insert_into(SpentChallenge)
        .values(digest=mac, ends_at=ends_at)
        .on_conflict_do_nothing()
        .returning(SpentChallenge.digest)
    )
    return session.execute(spent).first() is not None
