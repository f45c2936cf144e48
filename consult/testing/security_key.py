"""An authenticator in software, for tests: it makes passkeys (ES256) and signs as a telephone does, or as a thief would."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class SecurityKey:
    """One key pair on one device. `verifies` says whether it asks for a finger or a PIN, `counts` whether it counts."""

    origin: str = "http://localhost"
    host: str = "localhost"
    verifies: bool = True
    counts: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """Return, as JSON, what a browser sends after it made a passkey with these options (attestation `none`)."""
        wanted = json.loads(options)
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(self._public())
        made = {"fmt": "none", "attStmt": {}, "authData": self._head(ATTESTED) + attested}
        client = self._client("webauthn.create", wanted["challenge"])
        return self._answer({"clientDataJSON": _text(client), "attestationObject": _text(cbor2.dumps(made))})

    def sign(self, options: str) -> str:
        """Return, as JSON, what a browser sends after this key signed the challenge of the options."""
        wanted = json.loads(options)
        self.count += self.counts
        head, client = self._head(0), self._client("webauthn.get", wanted["challenge"])
        signature = self.key.sign(head + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": _text(client), "authenticatorData": _text(head), "signature": _text(signature)}
        )

    def _head(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _public(self) -> dict[int, Any]:
        """Return the public key as COSE (RFC 9053): EC2, ES256, P-256."""
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": response})


__all__ = ["SecurityKey"]
