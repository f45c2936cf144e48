"""The instance's signing key, kept in a file outside the database, and signed notes (C2SP signed-note)."""

from __future__ import annotations

import base64
import os
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

    def note(self, text: str) -> str:
        """Return `text` (ending with a newline) as a signed note."""
        signature = base64.b64encode(key_hash(self.name, self.public) + self.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


def key_hash(name: str, public: bytes) -> bytes:
    """Return the first four bytes that name a key in a note: SHA-256(name || LF || type || key)."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def verify_note(note: str, name: str, public: bytes) -> str:
    """Return the text of a signed note, or raise ValueError if this key did not sign exactly this text."""
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines() if separator else ():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or parts[1] != name:
            continue
        raw = base64.b64decode(parts[2])
        if raw[:4] != key_hash(name, public):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
        except InvalidSignature:
            break
        return text
    raise ValueError("the note is not signed by this key")


def load_signer(path: Path, name: str = "consult") -> Signer:
    """Return the instance's signer, making its key at the first call (readable by the owner only)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        seed = Ed25519PrivateKey.generate().private_bytes_raw().hex()
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return load_signer(path, name)  # another process made it a moment ago
        with os.fdopen(handle, "w") as file:
            file.write(seed)
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip())))
