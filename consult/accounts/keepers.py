"""Where tries are counted: in the database, or in Redis where there are many processes on several machines.

Either counts in one step, so that it holds for every process, and forgets by itself. What is counted comes as a keyed hash
(`consult.accounts.attempts`); neither ever sees an address.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Attempt
from consult.db import insert_into, session, transaction
from consult.settings import Settings

if TYPE_CHECKING:
    from consult.accounts.redis_keeper import RedisKeeper


class Keeper(Protocol):
    """Counts tries of what stands under a digest, for every process alike."""

    def count(self, digest: bytes, window: timedelta) -> int:
        """Count one more try and return how many there are in the window, which opened with the first."""


class DatabaseKeeper:
    """Counts in a table, in a transaction of its own, and deletes what windows gone by have left."""

    def count(self, digest: bytes, window: timedelta) -> int:
        """Count one more try, by one statement that two processes cannot both have as their first."""
        now = clock.now()
        with transaction():
            session.execute(sa.delete(Attempt).where(Attempt.ends_at <= now))
            return session.execute(
                insert_into(Attempt)
                .values(digest=digest, count=1, ends_at=now + window)
                .on_conflict_do_update(index_elements=["digest"], set_={"count": Attempt.count + 1})
                .returning(Attempt.count)
            ).scalar_one()


def keeper(settings: Settings) -> Keeper:
    """Return who counts for an instance: Redis where `redis_url` names one, else the database."""
    return redis_keeper(settings.redis_url) if settings.redis_url else DATABASE


@lru_cache(8)
def redis_keeper(url: str) -> RedisKeeper:
    """Return the one keeper of this process for an address of Redis. Raises ValueError for what is no such address."""
    from consult.accounts.redis_keeper import RedisKeeper  # late: the client takes as long to import as half of consult

    return RedisKeeper(url, DATABASE)


DATABASE = DatabaseKeeper()
