"""The frozen form of a document: canonical JSON, and the seal over it.

UTF-8, NFC, keys sorted, no white space, whole numbers only: with these rules the bytes are also those of RFC 8785.
A field that has its default is left out; plain text without other fields is a JSON string; a block or inline has its
"type". The same document always gives the same bytes, and the bytes give the same document back.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from consult.outcomes import tree
from consult.outcomes.tree import Block, Cleaned, Document, Inline, Text
from consult.outcomes.walk import problems

FORMAT = "consult-document/1"

Decoder = Callable[[Any], Any]

_TYPES: Mapping[str, type[Cleaned]] = {kind.__name__.lower(): kind for kind in (*get_args(Inline), *get_args(Block))}
_TAGS: Mapping[type, str] = {kind: tag for tag, kind in _TYPES.items()}


def canonical(document: Document) -> bytes:
    """Return the canonical JSON of a document; raise ValueError with every reason why it cannot be frozen."""
    reasons = problems(document)
    if reasons:
        raise ValueError("; ".join(reasons))
    return _dumped({"format": FORMAT, **_encoded(document)})


def blocks_json(blocks: tuple[Block, ...]) -> bytes:
    """Return the canonical JSON of some blocks, as kept and hashed for a region."""
    return _dumped(_encoded(blocks))


def from_json(frozen: bytes) -> Document:
    """Return the document of canonical JSON; raise ValueError when it is anything else."""
    value = _loaded(frozen)
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise ValueError(f"this is not {FORMAT}")
    document = _structure(Document)(value)
    assert isinstance(document, Document)  # noqa: S101  # tells the type checker what _structure(Document) makes
    return document


def blocks_from_json(frozen: bytes) -> tuple[Block, ...]:
    """Return the blocks of `blocks_json`; raise ValueError when it is anything else."""
    blocks: tuple[Block, ...] = _many(_tagged)(_loaded(frozen))
    return blocks


def seal(frozen: bytes) -> str:
    """Return the SHA-256 of the bytes, 64 hexadecimal digits: the seal of an edition."""
    return hashlib.sha256(frozen).hexdigest()


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _loaded(frozen: bytes) -> Any:  # the shape is what the decoders find out
    try:
        return json.loads(frozen)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def _encoded(value: Any) -> Any:  # any node in, any JSON out
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return [_encoded(part) for part in value]
    if isinstance(value, Mapping):
        return dict(value)
    if not is_dataclass(value):
        return value
    kind = type(value)
    said = {
        name: _encoded(part)
        for name, default in _defaults(kind)
        if (part := getattr(value, name)) != default or default is MISSING
    }
    if kind is Text and said.keys() == {"text"}:
        return said["text"]
    return {"type": _TAGS[kind], **said} if kind in _TAGS else said


_known_defaults: dict[type, tuple[tuple[str, object], ...]] = {}
_known_structures: dict[type, Decoder] = {}


def _defaults(kind: type) -> tuple[tuple[str, object], ...]:
    if kind not in _known_defaults:
        _known_defaults[kind] = tuple((f.name, _default(f)) for f in fields(kind))
    return _known_defaults[kind]


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _scalar(kind: type) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is not {kind.__name__}")
        return value

    return decode


def _enum(kind: type[StrEnum]) -> Decoder:
    return lambda value: kind(value)


def _many(part: Decoder) -> Decoder:
    def decode(value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{value!r} is not a list")
        return tuple(part(item) for item in value)

    return decode


def _words(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise ValueError("the words are not a table of texts")
    return value


def _tagged(value: Any) -> Any:
    if isinstance(value, str):
        return Text(value)
    if not isinstance(value, dict) or value.get("type") not in _TYPES:
        raise ValueError(f"{value!r} is no part of a document")
    return _structure(_TYPES[value["type"]])(value)


def _structure(kind: Any) -> Decoder:
    if kind not in _known_structures:
        _known_structures[kind] = _new_structure(kind)
    return _known_structures[kind]


def _new_structure(kind: type) -> Decoder:
    """Return the decoder of a dataclass; a field that is missing without default, or too many, is a ValueError."""
    hints = get_type_hints(kind, vars(tree))
    required = {name for name, default in _defaults(kind) if default is MISSING}
    decoders: dict[str, Decoder] = {}

    def decode(value: Any) -> Any:
        if not isinstance(value, dict) or value.get("type") != _TAGS.get(kind):
            raise ValueError(f"{value!r} is not {kind.__name__}")
        value = {name: part for name, part in value.items() if name != "type"}
        if not required <= value.keys() <= hints.keys():
            raise ValueError(f"{kind.__name__} with {sorted(value)}; needed: {sorted(required)}")
        if not decoders:
            decoders.update({name: _decoder(hints[name]) for name, _ in _defaults(kind)})
        return kind(**{name: decoders[name](part) for name, part in value.items()})

    return decode


def _decoder(hint: Any) -> Decoder:
    if get_origin(hint) is tuple:
        return _many(_decoder(get_args(hint)[0]))
    if get_origin(hint) in {Union, types.UnionType}:
        options = get_args(hint)
        if type(None) in options:
            inner = _decoder(next(option for option in options if option is not type(None)))
            return lambda value: None if value is None else inner(value)
        return _tagged
    if get_origin(hint) is not None:
        return _words
    if is_dataclass(hint):
        return _structure(hint)
    return _enum(hint) if issubclass(hint, StrEnum) else _scalar(hint)
