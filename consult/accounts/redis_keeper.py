"""Counting tries in Redis, for many processes on several machines; in the database while Redis is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from consult.accounts.keepers import Keeper

log = logging.getLogger(__name__)
#: A sign-in waits no longer for Redis; whoever has not heard from it asks again after the rest.
PATIENCE_SECONDS = 0.5
REST_SECONDS = 10.0
PREFIX = b"consult:attempt:"
#: Under which name stands whose key of a day is counted under, and how long.
MARK, MARK_KEPT = b"consult:key:", timedelta(days=2)


class RedisKeeper:
    """Counts in Redis, whose keys expire with their window; counts in `spare` while Redis does not answer.

    Refusing every sign-in meanwhile would let whoever stops Redis close the platform; letting everything through would let
    them guess passwords. The spare begins to count anew, so somebody has at most one more window of tries.
    """

    def __init__(self, url: str, spare: Keeper, *, seconds: Callable[[], float] = monotonic) -> None:
        """Take the address of Redis; nothing is connected yet. `seconds` tells when it is asked again after a failure."""
        self._redis = redis.Redis.from_url(
            url,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),  # once, on a new connection
        )
        self._spare, self._seconds, self._rests_until = spare, seconds, 0.0

    def count(self, digest: bytes, window: timedelta) -> int:
        """Count one more try, in one step (MULTI)."""
        if self._seconds() < self._rests_until:
            return self._spare.count(digest, window)
        try:
            with self._redis.pipeline(transaction=True) as steps:
                steps.set(PREFIX + digest, 0, px=window, nx=True)
                steps.incr(PREFIX + digest)
                return int(steps.execute()[1])
        except redis.RedisError as error:
            self._rests_until = self._seconds() + REST_SECONDS
            log.error("Redis does not answer (%s): tries are counted in the database", type(error).__name__)
            return self._spare.count(digest, window)

    def is_shared(self, day: str, mark: bytes) -> bool:
        """Tell whether everybody who counts here has the same key of a day: the first leaves its mark, a hash. True while Redis is away."""
        try:
            with self._redis.pipeline(transaction=True) as steps:
                steps.set(MARK + day.encode(), mark, ex=MARK_KEPT, nx=True)
                steps.get(MARK + day.encode())
                return bool(steps.execute()[1] == mark)
        except redis.RedisError:
            return True

    def answers(self) -> bool:
        """Tell whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False
