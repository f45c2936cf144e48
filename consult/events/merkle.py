"""Merkle tree hash of a list of leaves (RFC 9162, section 2.1), over SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256


def leaf_hash(entry: bytes) -> bytes:
    """Return HASH(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return HASH(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root(entries: Iterable[bytes]) -> bytes:
    """Return the root over the entries in order; HASH() of nothing for an empty list.

    Keeps one hash for each complete subtree, so memory is logarithmic in the number of entries.
    """
    peaks: list[tuple[int, bytes]] = []  # (height, hash), heights falling
    for entry in entries:
        height, current = 0, leaf_hash(entry)
        while peaks and peaks[-1][0] == height:
            current = node_hash(peaks.pop()[1], current)
            height += 1
        peaks.append((height, current))
    if not peaks:
        return sha256(b"").digest()
    top = peaks.pop()[1]
    while peaks:
        top = node_hash(peaks.pop()[1], top)
    return top


def inclusion_proof(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of entry `index` (RFC 9162, section 2.1.3.1), lowest first."""
    if len(entries) <= 1:
        return []
    split = 1 << (len(entries) - 1).bit_length() - 1
    if index < split:
        return [*inclusion_proof(index, entries[:split]), root(entries[split:])]
    return [*inclusion_proof(index - split, entries[split:]), root(entries[:split])]


def verify_inclusion(entry: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Tell whether `entry` stands at `index` in the tree of `size` with root `expected` (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf_hash(entry)
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == expected
