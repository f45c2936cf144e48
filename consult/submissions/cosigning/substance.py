"""What a signature under a text is about: its substance. Pure but for `substance_of`, which reads a revision."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from consult.db import read
from consult.events.types import canonical
from consult.submissions.content import ANSWER
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Passage, Revision

#: A mark that is no part of a number: "3,5", "35" and "-35" are different measures, "it," and "it" are the same word.
_MARK = re.compile(r"(?![-\u2212]\d)(?:(?<!\d)[^\w\s]|[^\w\s](?!\d))")
#: Marks that part sentences and words; with dashes, brackets and quotation marks they are all that may be mended. Every other
#: one says something: "5" and "5%", "both/one" and "both one", a question and its answer.
_MENDED = frozenset(".,;:!'\"\u060c\u061b\u2026\u00b7\u2022")
_BRACKETS_AND_DASHES = frozenset({"Pd", "Ps", "Pe", "Pi", "Pf"})


@dataclass(frozen=True, slots=True)
class Signed:
    """What a body puts its name to: the text, and all that everybody reads beside it; documents by what they hold."""

    title: str
    passages: Iterable[tuple[str, str]]
    language: str = ""
    topics: Iterable[str] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    documents: Iterable[str] = ()


def normalised(text: str) -> str:
    """Return a text without what may be mended under a signature: spaces, line ends, punctuation, forms of the same letter.

    Vowel marks and digits stay, and so do marks inside of numbers and those that say something.
    """
    return " ".join(_MARK.sub(_kept, unicodedata.normalize("NFC", text)).split())


def _kept(found: re.Match[str]) -> str:
    mark = found[0]
    category = unicodedata.category(mark)
    if category[0] in "MNLS":
        return mark
    return " " if mark in _MENDED or category in _BRACKETS_AND_DASHES else f" {mark} "


def substance(signed: Signed) -> str:
    """Return SHA-256 of a text (kind and words of its passages, normalised) and of what stands beside it: another digest is another text in substance."""
    said = {
        "title": normalised(signed.title),
        "passages": [[kind, normalised(text)] for kind, text in signed.passages],
        "language": signed.language,
        "topics": sorted(signed.topics),
        "answers": dict(signed.answers),
        "documents": list(signed.documents),
    }
    return sha256(canonical(said)).hexdigest()


def substance_of(submission: uuid.UUID, revision: int) -> str:
    """Return the substance of a revision: what is public of it, so no private answer and no private document (3 queries)."""
    written = sa.select(Revision.title, Revision.language, Revision.topics, Revision.answers).where(
        Revision.submission_id == submission, Revision.number == revision
    )
    passages = (
        sa.select(Passage.kind, Passage.text)
        .where(Passage.submission_id == submission, Passage.revision == revision, Passage.kind != ANSWER)
        .order_by(Passage.number)
    )
    documents = (
        sa.select(Attachment.sha256)
        .join(SubmissionAttachment, SubmissionAttachment.attachment_id == Attachment.id)
        .where(
            SubmissionAttachment.submission_id == submission,
            SubmissionAttachment.revision == revision,
            SubmissionAttachment.private.is_(False),
        )
        .order_by(SubmissionAttachment.number)
    )
    title, language, topics, answers = read(written).one()
    texts = [(kind, text) for kind, text in read(passages)]
    return substance(Signed(title, texts, language, topics, answers, read(documents).scalars().all()))
