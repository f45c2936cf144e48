"""Keys of the accounts, kept in files outside the database: whoever has only the database can do nothing without them.

A file holds a ring: the key of now first, then those before it. What is sealed or keyed today is so with the first; what was
before is still opened and known by the others, until they are forgotten (`key_renewal`).
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from consult.runtime import runtime

#: What wraps the secrets of second factors and keys the hashes of recovery codes.
FACTORS = "factors.key"
#: What signs the links in letters that stop mail.
STOPPING = "stopping.key"
BYTES = 32


def outside_keys(name: str) -> Sequence[bytes]:
    """Return the keys of a ring, 32 bytes each, the newest first, making one in the folder of keys at the first call."""
    path = runtime().settings.key_file(name)
    try:
        return _ring(path)
    except FileNotFoundError:
        make_key(path)
        return _ring(path)


def _ring(path: Path) -> Sequence[bytes]:
    content = path.read_bytes()
    return [content[place : place + BYTES] for place in range(0, len(content), BYTES)]


def outside_key(name: str) -> bytes:
    """Return the 32 bytes of the key with which things are sealed and signed now."""
    return outside_keys(name)[0]


def key_number(key: bytes) -> str:
    """Return eight letters by which a key of a ring is known; they say nothing of it."""
    return sha256(b"number of a key\0" + key).hexdigest()[:8]


def keyed(purpose: str, value: bytes, key: bytes | None = None) -> bytes:
    """Return HMAC-SHA256 of a value for one purpose, under the key outside the database or a former one of its ring."""
    return hmac.digest(hmac.digest(key or outside_key(FACTORS), purpose.encode(), "sha256"), value, "sha256")


def keyed_by_all(purpose: str, value: bytes) -> Sequence[bytes]:
    """Return the HMAC of a value under each key of the ring, the newest first: what was kept of it may be any of them."""
    return [keyed(purpose, value, key) for key in outside_keys(FACTORS)]


def is_keyed(found: bytes, purpose: str, value: bytes) -> bool:
    """Tell whether this is the HMAC of a value, under the key of now or one before it."""
    return any(hmac.compare_digest(found, one) for one in keyed_by_all(purpose, value))


def make_key(path: Path) -> None:
    """Write a key that only the owner reads, whole or not at all; another process may be first."""
    part = _written(path, secrets.token_bytes(BYTES))
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink()


def write_key(path: Path, content: bytes) -> None:
    """Write a key or a ring in the place of the one that is there, whole or not at all."""
    _written(path, content).replace(path)


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else who makes or changes the key waiting: two who change it at once would lose what one of them wrapped."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
