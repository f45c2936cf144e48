"""A testimony as its author and its readers see it: opened with the key, in memory only."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from consult.attachments import Kind
from consult.db import session
from consult.submissions.dispositions import DispositionKind
from consult.testimony.models import Testimony, TestimonyFile, TestimonyMessage, TestimonyQuote
from consult.testimony.sealing import Place, Ring, WrongKey, seal, unseal, unwrap
from consult.testimony.states import QuoteState, Quoting, TestimonyState


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """What was added: by a reader or by the author, in a language, on a day.

    `kind` says that it is what becomes of the testimony, with the number of the `recommendation` that it names (0: none).
    """

    by_reader: bool
    text: str
    language: str
    day: date
    kind: DispositionKind | None = None
    recommendation: int = 0


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file as it is named to its author and to readers, of so many bytes, added on a day; its content stays sealed."""

    id: uuid.UUID
    name: str
    kind: Kind
    size: int
    day: date


@dataclass(frozen=True, slots=True)
class OpenedQuote:
    """Words on their way to be quoted; `number` is that of the public quote, 0 before there is one."""

    id: uuid.UUID
    state: QuoteState
    words: str
    language: str
    number: int
    proposed_by: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class OpenedTestimony:
    """A testimony with all that was added; topics are their parts of addresses, `region` is "" where it was not said."""

    id: uuid.UUID
    number: int
    state: TestimonyState
    received_on: date
    text: str
    language: str
    topics: Sequence[str]
    region: str
    quoting: Quoting
    messages: Sequence[OpenedMessage]
    quotes: Sequence[OpenedQuote]
    files: Sequence[OpenedFile] = ()

    def author_wrote(self) -> str:
        """Return everything that the author wrote, as one text."""
        return "\n".join([self.text, *(message.text for message in self.messages if not message.by_reader)])


def place_of(row: uuid.UUID, table: str = "testimony") -> Place:
    """Return the place of what is sealed in a row."""
    return Place(table, row, "sealed")


def data_key(row: Testimony, ring: Ring) -> bytes:
    """Return the data key of a testimony; WrongKey if this ring cannot open it, or it was withdrawn."""
    if row.wrapped_key is None:
        raise WrongKey
    return unwrap(ring, row.key_number, row.wrapped_key, row.id)


def open_testimony(row: Testimony, ring: Ring) -> OpenedTestimony:
    """Open a testimony with everything that belongs to it but what files hold (3 queries); raises WrongKey."""
    key = data_key(row, ring)
    content = unseal(key, row.sealed or b"", place_of(row.id))
    messages = session.scalars(
        sa.select(TestimonyMessage).where(TestimonyMessage.testimony_id == row.id).order_by(TestimonyMessage.position)
    )
    quotes = session.scalars(
        sa.select(TestimonyQuote).where(TestimonyQuote.testimony_id == row.id).order_by(TestimonyQuote.id)
    )
    return OpenedTestimony(
        row.id,
        row.number,
        TestimonyState(row.state),
        row.received_on,
        content["text"],
        content["language"],
        content["topics"],
        content["region"],
        Quoting(content["quoting"]),
        [_message(unseal(key, each.sealed, place_of(each.id, "testimony_message"))) for each in messages],
        [open_quote(each, key) for each in quotes],
        [open_file(each, key) for each in files_of(row.id)],
    )


def files_of(testimony: uuid.UUID) -> Sequence[TestimonyFile]:
    """Return the files of a testimony in the order in which they came (1 query)."""
    query = sa.select(TestimonyFile).where(TestimonyFile.testimony_id == testimony)
    return session.scalars(query.order_by(TestimonyFile.position)).all()


def open_file(row: TestimonyFile, key: bytes) -> OpenedFile:
    """Open what is said of a file."""
    content = unseal(key, row.sealed, place_of(row.id, "testimony_file"))
    return OpenedFile(
        row.id, content["name"], Kind(content["kind"]), content["size"], date.fromisoformat(content["day"])
    )


def sealed_file(file: OpenedFile, key: bytes) -> bytes:
    """Seal what is said of a file."""
    content = {"name": file.name, "kind": file.kind.value, "size": file.size, "day": file.day.isoformat()}
    return seal(key, content, place_of(file.id, "testimony_file"))


def _message(content: Mapping[str, Any]) -> OpenedMessage:
    kind = content.get("kind")
    return OpenedMessage(
        content["by"] == "reader",
        content["text"],
        content["language"],
        date.fromisoformat(content["day"]),
        DispositionKind(kind) if kind else None,
        content.get("recommendation", 0),
    )


def open_quote(row: TestimonyQuote, key: bytes) -> OpenedQuote:
    """Open words that were proposed."""
    content = unseal(key, row.sealed or b"", place_of(row.id, "testimony_quote"))
    return OpenedQuote(
        row.id, QuoteState(row.state), content["words"], content["language"], content["number"], row.proposed_by
    )


def sealed_quote(row: uuid.UUID, key: bytes, words: str, language: str, number: int = 0) -> bytes:
    """Seal words that are proposed."""
    return seal(key, {"words": words, "language": language, "number": number}, place_of(row, "testimony_quote"))


def sealed_message(row: uuid.UUID, key: bytes, message: OpenedMessage) -> bytes:
    """Seal what was added."""
    by = "reader" if message.by_reader else "author"
    content: dict[str, Any] = {
        "by": by,
        "text": message.text,
        "language": message.language,
        "day": message.day.isoformat(),
    }
    if message.kind:
        content |= {"kind": message.kind.value, "recommendation": message.recommendation}
    return seal(key, content, place_of(row, "testimony_message"))
