"""Sealing: what keeps a testimony unreadable without a key that lies elsewhere. Pure: no database, no files.

Each testimony has a data key of its own; every text of it is sealed with that (AES-256-GCM, NIST SP 800-38D, nonces of 96
random bits). The data key is wrapped with a key of the ring, which is kept outside the instance. What is authenticated beside
the text names table, row, column and version, so nothing sealed can be moved to another place and opened there. Texts are
padded, so that lengths tell little. Changing the ring's key wraps data keys anew and touches no text; forgetting a wrapped
data key erases everything that was sealed with it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult.errors import ConsultError
from consult.i18n import N_

KEY_BYTES = 32
NONCE_BYTES = 12
#: Texts are padded to the next power of two from here on: a short word and a page look alike.
LEAST_PADDED = 1024
#: Bytes of a piece of a file. A file is padded to 1, 2, 4, 8... pieces, so that its size tells no more than that.
PIECE = 2**18
#: The first line of a file of keys.
HEAD = "consult confidential key 1 -- keep it outside the instance and outside its backups"


class WrongKey(ConsultError):
    """What was sealed does not open: the key is another one, or what was sealed was altered or moved."""

    message = N_(
        "The key does not open this: it is not the key with which it was sealed, or what was sealed was altered."
    )


class NoKey(ConsultError):
    """There is no key, or it cannot be read: nothing can be sealed or opened now."""

    message = N_("Confidential testimony is switched off here at the moment. Nothing was kept. Come back later.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something sealed stands: table, row, column; `version` of the way it is sealed."""

    table: str
    row: uuid.UUID
    column: str
    version: int = 1

    def bound(self) -> bytes:
        """Return what is authenticated beside the text."""
        return b"\0".join((self.table.encode(), self.row.bytes, self.column.encode(), str(self.version).encode()))


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys kept elsewhere: `lookup` keys hashes and forms and stays; `wraps` wrap data keys, the highest number now."""

    lookup: bytes
    wraps: Mapping[int, bytes]

    @property
    def current(self) -> int:
        """Return the number of the key that wraps now."""
        return max(self.wraps)

    def rotated(self) -> Ring:
        """Return the ring with a new key to wrap with; the ones before still open."""
        return Ring(self.lookup, {**self.wraps, self.current + 1: secrets.token_bytes(KEY_BYTES)})

    def newest_only(self) -> Ring:
        """Return the ring without the keys of before: what only they open is lost."""
        return Ring(self.lookup, {self.current: self.wraps[self.current]})


def fresh_ring() -> Ring:
    """Return a new ring of random keys."""
    return Ring(secrets.token_bytes(KEY_BYTES), {1: secrets.token_bytes(KEY_BYTES)})


def ring_as_text(ring: Ring) -> str:
    """Return the content of a file of keys."""
    wraps = [f"wrap {number} {key.hex()}" for number, key in sorted(ring.wraps.items())]
    return "\n".join([HEAD, f"lookup 1 {ring.lookup.hex()}", *wraps]) + "\n"


def ring_from_text(text: str) -> Ring:
    """Read the content of a file of keys; WrongKey for anything else."""
    found: dict[str, dict[int, bytes]] = {"lookup": {}, "wrap": {}}
    head, *lines = text.splitlines() or [""]
    try:
        for line in lines:
            kind, number, value = line.split(" ")
            found[kind][int(number)] = bytes.fromhex(value)
        ring = Ring(found["lookup"][1], found["wrap"])
    except (ValueError, KeyError) as error:
        raise WrongKey from error
    if head != HEAD or not ring.wraps or {len(key) for key in (ring.lookup, *ring.wraps.values())} != {KEY_BYTES}:
        raise WrongKey
    return ring


def new_data_key() -> bytes:
    """Return a data key for one testimony."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(ring: Ring, data_key: bytes, row: uuid.UUID) -> tuple[int, bytes]:
    """Wrap the data key of a row; return the number of the key that wraps it and the wrapped key."""
    return ring.current, _encrypt(ring.wraps[ring.current], data_key, _of_wrapped(row, ring.current))


def unwrap(ring: Ring, number: int, wrapped: bytes, row: uuid.UUID) -> bytes:
    """Return the data key of a row; WrongKey if the ring cannot open it."""
    if number not in ring.wraps:
        raise WrongKey
    return _decrypt(ring.wraps[number], wrapped, _of_wrapped(row, number))


def _of_wrapped(row: uuid.UUID, number: int) -> bytes:
    return Place("testimony", row, "wrapped_key", number).bound()


def seal(data_key: bytes, content: Mapping[str, Any], place: Place) -> bytes:
    """Return a content sealed for one place, padded."""
    return _encrypt(data_key, _padded(json.dumps(content, ensure_ascii=False).encode()), place.bound())


def unseal(data_key: bytes, sealed: bytes, place: Place) -> dict[str, Any]:
    """Return what was sealed for a place; WrongKey if it was not, or was altered."""
    opened: dict[str, Any] = json.loads(_decrypt(data_key, sealed, place.bound()).rstrip(b"\0"))
    return opened


def _padded(plain: bytes, least: int = LEAST_PADDED) -> bytes:
    size = least
    while size < len(plain):
        size *= 2
    return plain.ljust(size, b"\0")  # JSON holds no NUL; of a file the size is known


def seal_pieces(data_key: bytes, content: bytes, file: uuid.UUID) -> Sequence[bytes]:
    """Return the content of a file padded and sealed in pieces, each for its place among so many of that file."""
    padded = _padded(content, PIECE)
    places = _places_of_pieces(file, len(padded))
    return [_encrypt(data_key, padded[at * PIECE : (at + 1) * PIECE], place.bound()) for at, place in enumerate(places)]


def unseal_pieces(data_key: bytes, sealed: Sequence[bytes], size: int, file: uuid.UUID) -> bytes:
    """Return the content of a file of so many bytes; WrongKey if a piece is missing, altered, or of another place."""
    places = _places_of_pieces(file, len(sealed) * PIECE)
    content = b"".join(_decrypt(data_key, each, place.bound()) for each, place in zip(sealed, places, strict=True))
    if len(content) < size:
        raise WrongKey
    return content[:size]


def _places_of_pieces(file: uuid.UUID, size: int) -> Sequence[Place]:
    count = size // PIECE
    return [Place("testimony_piece", file, f"sealed {at} of {count}") for at in range(count)]


def seal_form(ring: Ring, content: Mapping[str, Any], purpose: str) -> str:
    """Return what a page carries in a hidden field from one step to the next: sealed, for one purpose, as text.

    So there is no cookie by which visits could be linked, and nothing is kept on the server between two steps.
    """
    plain = _padded(json.dumps(content, ensure_ascii=False).encode())
    return base64.urlsafe_b64encode(_encrypt(_form_key(ring), plain, purpose.encode())).decode()


def open_form(ring: Ring, token: str, purpose: str) -> dict[str, Any]:
    """Return what a page carried; WrongKey if it is not ours or for another purpose."""
    try:
        sealed = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise WrongKey from error
    opened: dict[str, Any] = json.loads(_decrypt(_form_key(ring), sealed, purpose.encode()).rstrip(b"\0"))
    return opened


def _form_key(ring: Ring) -> bytes:
    return keyed(ring, "forms", b"")


def keyed(ring: Ring, purpose: str, value: bytes) -> bytes:
    """Return HMAC-SHA256 of a value under the ring's lookup key, for one purpose."""
    return hmac.digest(hmac.digest(ring.lookup, purpose.encode(), "sha256"), value, "sha256")


def _encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError) as error:
        raise WrongKey from error
