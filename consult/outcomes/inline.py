"""What stands inside a line of an outcome document, and what every node of the tree has.

Text is cleaned when a node is made: NFC, one line, no control characters, no bidirectional controls. `dir` says a
direction, never characters hidden in the text, so no submission can turn round the words beside it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeAlias

_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
# Controls, embeddings, overrides and isolates (Unicode TR 36 and TR 9), invisible tags, surrogates, noncharacters.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_SAFE_ADDRESS = re.compile(r"(?:https?://|mailto:|/(?!/)|#)[^\s<>\"\\]+", re.IGNORECASE)


def clean(text: str) -> str:
    """Return the text in NFC on one line, without control, bidirectional-control, tag or noncharacters."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _LINE_ENDS.sub(" ", text)))


def safe_address(href: str) -> str:
    """Return the address if it is http, https, mailto, a path of this site or an anchor; otherwise ""."""
    return href if _SAFE_ADDRESS.fullmatch(href) else ""


class SourceKind(StrEnum):
    """What a part of the document can come from."""

    CONSULTATION = "consultation"
    SUBMISSION = "submission"
    PASSAGE = "passage"
    QUOTE = "quote"
    RECOMMENDATION = "recommendation"
    VERSION = "version"
    BALLOT = "ballot"
    RESERVATION = "reservation"
    SESSION = "session"
    BODY = "body"
    REGION = "region"


_text_fields: dict[type, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Base of everything in the tree: its text fields are cleaned when it is made."""

    def __post_init__(self) -> None:
        kind = type(self)
        if kind not in _text_fields:
            _text_fields[kind] = tuple(f.name for f in fields(self) if f.type == "str")
        for name in _text_fields[kind]:
            given = getattr(self, name)
            if not given.isascii() or not given.isprintable():
                object.__setattr__(self, name, clean(given))


@dataclass(frozen=True, slots=True)
class Source(Cleaned):
    """What a part comes from: kind and id find it, `label` is how it is named to a reader ("" keeps it silent)."""

    kind: SourceKind
    id: str
    label: tuple[Inline, ...] = ()
    href: str = ""

    @property
    def key(self) -> tuple[SourceKind, str]:
        """Kind and id, without how it is shown."""
        return (self.kind, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Cleaned):
    """What every block and inline has; `lang` and `dir` ("ltr", "rtl") only where they differ from what is around."""

    id: str = ""
    lang: str = ""
    dir: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Text(Node):
    """Plain words; with `dir="ltr"` an isolated run, such as a range of years or a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong(Node):
    """Words of weight."""

    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis(Node):
    """Stressed words; Arabic has no italics, so a renderer shows them another way there."""

    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link(Node):
    """Words that lead to an address; an unsafe address becomes "" and the words stay."""

    content: tuple[Inline, ...]
    href: str

    def __post_init__(self) -> None:
        Node.__post_init__(self)
        object.__setattr__(self, "href", safe_address(self.href))


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A receipt or recommendation number: kept whole and left to right; `href` may lead to it."""

    text: str
    href: str = ""

    def __post_init__(self) -> None:
        Node.__post_init__(self)
        object.__setattr__(self, "href", safe_address(self.href))


@dataclass(frozen=True, slots=True)
class Token(Node):
    """A figure that follows the record: `key` as written in the prose ("ballot:12"), `text` as it reads now."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """The name of a person or body, isolated from the words around it."""

    text: str


@dataclass(frozen=True, slots=True)
class Break(Node):
    """A line break inside a paragraph."""


Inline: TypeAlias = Text | Strong | Emphasis | Link | Ref | Token | Name | Break
