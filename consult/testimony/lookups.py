"""From a codename to the row: a slow hash, then a keyed one. The codename itself is kept nowhere.

A codename is worth 90 bits, so nobody guesses one; yet people shorten what they must remember, and what is kept should forgive
that. So it is stretched with argon2id first (RFC 9106, 64 MiB, three passes, four lanes), and what the database holds is
HMAC-SHA256 of the result under a key that is not in the database, bound to the consultation. Whoever has the database alone can
try no guess at all; whoever has the key as well pays a tenth of a second and 64 MiB for each. The salt is one for the
instance, derived from that same key: with a salt for each row every row would have to be tried at each visit.

Tries are not counted. A count by address would keep traces of addresses, and over Tor many share one; a count for the
instance would let anybody lock everybody out. What bounds tries is their cost: one at a time, in a slot of its own, so that
whoever tries all day long gets nowhere in 2^90 and takes no memory or turn from those who sign in with passwords.
"""

from __future__ import annotations

import uuid

import argon2
from argon2.low_level import Type, hash_secret_raw

from consult.testimony.codenames import canonical
from consult.testimony.sealing import Ring, keyed
from consult.turns import Queue

COST = argon2.profiles.RFC_9106_LOW_MEMORY
#: Each takes 64 MiB; passwords have slots of their own.
AT_ONCE, MOST_WAITING, PATIENCE_SECONDS = 1, 4, 10.0
SALT_BYTES = 16
_queue = Queue(AT_ONCE, MOST_WAITING, PATIENCE_SECONDS)


def lookup_of(words: tuple[str, ...], consultation: uuid.UUID, ring: Ring) -> bytes:
    """Return the 32 bytes under which a codename's testimony is found; the same work for every codename. Raises Busy."""
    with _queue.served():
        stretched = hash_secret_raw(
            canonical(words).encode(),
            keyed(ring, "salt of codenames", b"")[:SALT_BYTES],
            time_cost=COST.time_cost,
            memory_cost=COST.memory_cost,
            parallelism=COST.parallelism,
            hash_len=32,
            type=Type.ID,
        )
    return keyed(ring, "codename", consultation.bytes + stretched)
