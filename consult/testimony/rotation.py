"""Changing the key: data keys are wrapped anew, no text is touched, and what was copied before no longer opens."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.keys import alone
from consult.db import session, transaction
from consult.events.record import record
from consult.testimony.events import ConfidentialKeyRotated
from consult.testimony.keys import ring, write_ring
from consult.testimony.models import Testimony, TestimonyOffer
from consult.testimony.sealing import Ring, unwrap, wrap


def rotate_key(path: Path, *, actor: Actor) -> int:
    """Wrap every data key with a new key and forget the one before; return how many were wrapped.

    First the file gets the new key beside the old one, then all rows change in one transaction, then the old key goes. It can
    be interrupted anywhere and begun again. Whoever hands something in meanwhile waits. Raises NoKey, WrongKey.
    """
    demand(actor, "testimony.rotate")
    with alone(path):
        keys = ring().rotated()
        write_ring(keys, path)
        with transaction():
            session.scalars(sa.select(TestimonyOffer).with_for_update()).all()
            count = _wrap_all(keys)
            record(ConfidentialKeyRotated(keys.current), actor=actor.person)
        write_ring(keys.newest_only(), path)
    return count


def _wrap_all(keys: Ring) -> int:
    rows = session.execute(
        sa.select(Testimony.id, Testimony.key_number, Testimony.wrapped_key).where(Testimony.wrapped_key.is_not(None))
    ).all()
    for row in rows:
        number, wrapped = wrap(keys, unwrap(keys, row.key_number, row.wrapped_key, row.id), row.id)
        change = sa.update(Testimony).where(Testimony.id == row.id)
        session.execute(change.values(key_number=number, wrapped_key=wrapped))
    return len(rows)
