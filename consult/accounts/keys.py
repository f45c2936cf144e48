"""Keys of the accounts, kept in files outside the database: whoever has only the database can do nothing without them."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from consult.runtime import runtime

#: What wraps the secrets of second factors and keys the hashes of recovery codes.
FACTORS = "factors.key"
BYTES = 32


def outside_key(name: str) -> bytes:
    """Return the 32 bytes of a key, making it in the folder of keys at the first call (readable by the owner only)."""
    path = runtime().settings.key_file(name)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        make_key(path)
        return path.read_bytes()


def keyed(purpose: str, value: bytes) -> bytes:
    """Return HMAC-SHA256 of a value under the key outside the database, for one purpose."""
    return hmac.digest(hmac.digest(outside_key(FACTORS), purpose.encode(), "sha256"), value, "sha256")


def make_key(path: Path) -> None:
    """Write a key that only the owner reads, whole or not at all; another process may be first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink()
