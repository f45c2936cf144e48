"""Declared types of event, in the past tense, holding ids and public facts only."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event: a frozen dataclass whose docstring says what happened and whose fields are public facts.

    Never put a name, an address, free text or a choice in an event: the log is published and never rewritten.
    """

    #: Whether this is a milestone, after which the log's root is signed.
    milestone: ClassVar[bool] = False

    @classmethod
    def type_name(cls) -> str:
        """Return the name under which the event is stored and documented."""
        return cls.__name__

    def facts(self) -> dict[str, Any]:
        """Return the fields as JSON values: ids and moments become text."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def _plain(value: object) -> object:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | frozenset | set):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"an event holds ids and public facts, not {type(value).__name__}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log: `facts` are JSON values; `seq` counts from 1 in its stream without a gap."""

    id: uuid.UUID
    stream: uuid.UUID
    seq: int
    type: str
    actor: uuid.UUID | None
    at: datetime
    facts: Mapping[str, Any]


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_of(recorded: Recorded, salt: bytes) -> bytes:
    """Return SHA-256(salt || canonical JSON) of an event: what the Merkle tree is built over."""
    body = {
        "id": str(recorded.id),
        "stream": str(recorded.stream),
        "seq": recorded.seq,
        "type": recorded.type,
        "actor": str(recorded.actor) if recorded.actor else None,
        "at": recorded.at.isoformat(timespec="microseconds"),
        "facts": dict(recorded.facts),
    }
    return sha256(salt + canonical(body)).digest()


def declared(extra: Iterable[type[Event]] = ()) -> dict[str, type[Event]]:
    """Return every event type of the core that has been imported, and the `extra` ones of plugins, by name."""

    def below(kind: type[Event]) -> Iterable[type[Event]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return {kind.type_name(): kind for kind in (*below(Event), *extra)}
