"""The keys that sign the log, kept in a file outside the database, and signed notes (C2SP signed-note)."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: The name of its file.
LOG_KEY = "log.ed25519"
_ED25519 = b"\x01"  # the signature type byte of signed-note


@dataclass(frozen=True, slots=True)
class Signer:
    """An Ed25519 key under a name; the name stands in every note and is part of the key's short hash."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""
        return self.key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        """Return the 64-byte signature of `content`."""
        return self.key.sign(content)


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The private halves of the log's keys: a name, and the file outside the database in which they lie, the newest first.

    They are read at each use, so that a new one signs in every process at once, and one that was destroyed in none.
    """

    name: str
    path: Path

    def held(self) -> Sequence[Signer]:
        """Return the keys whose private halves are there, the newest first; none where the file is away."""
        try:
            seeds = self.path.read_text().split()
        except FileNotFoundError:
            return ()
        return [Signer(self.name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))) for seed in seeds]

    def of(self, public: bytes) -> Signer | None:
        """Return the key with this public half, None where its private half is not there."""
        return next((one for one in self.held() if one.public == public), None)


def signed_note(text: str, *signers: Signer) -> str:
    """Return `text` (ending with a newline) as a note that each of the keys signs."""
    return f"{text}\n" + "".join(
        f"— {one.name} {base64.b64encode(key_hash(one.name, one.public) + one.sign(text.encode())).decode()}\n"
        for one in signers
    )


def key_hash(name: str, public: bytes) -> bytes:
    """Return the first four bytes that name a key in a note: SHA-256(name || LF || type || key)."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def key_line(name: str, public: bytes) -> str:
    """Return a public key as signed-note writes it for whoever verifies: its name, its short hash, type and key."""
    return f"{name}+{key_hash(name, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def verify_note(note: str, name: str, public: bytes) -> str:
    """Return the text of a signed note, or raise ValueError if this key did not sign exactly this text."""
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines() if separator else ():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or parts[1] != name:
            continue
        raw = base64.b64decode(parts[2])
        if raw[:4] != key_hash(name, public) or base64.b64encode(raw).decode() != parts[2]:  # one spelling of each
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
        except InvalidSignature:
            break
        return text
    raise ValueError("the note is not signed by this key")


def is_signed(note: str, name: str, public: bytes) -> bool:
    """Tell whether this key signed a note."""
    try:
        verify_note(note, name, public)
    except ValueError:
        return False
    return True


def new_seed() -> str:
    """Return the private half of a new key, as its file has it: 64 hexadecimal digits."""
    return Ed25519PrivateKey.generate().private_bytes_raw().hex()


def load_keys(path: Path, name: str = "consult") -> LogKeys:
    """Return the instance's keys, making the first one at the first call (readable by the owner only)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_seed())
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):  # another process made it a moment ago
                path.hardlink_to(part)
        finally:
            part.unlink()
    return LogKeys(name, path)
