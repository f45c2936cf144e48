"""What a signature under a text is about: its substance. Pure but for `substance_of`, which reads a revision."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable
from hashlib import sha256

import sqlalchemy as sa

from consult.db import read
from consult.events.types import canonical
from consult.submissions.content import ANSWER
from consult.submissions.models import Passage, Revision

#: A mark that is no part of a number: "3,5", "35" and "-35" are different measures, "it," and "it" are the same word.
_MARK = re.compile(r"(?![-\u2212]\d)(?:(?<!\d)[^\w\s]|[^\w\s](?!\d))")


def normalised(text: str) -> str:
    """Return a text without what may be mended under a signature: spaces, line ends, punctuation, forms of the same letter.

    Vowel marks and digits stay, and so do marks inside of numbers.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = _MARK.sub(lambda mark: mark[0] if unicodedata.category(mark[0])[0] in "MNLS" else " ", composed)
    return " ".join(kept.split())


def substance(title: str, passages: Iterable[tuple[str, str]]) -> str:
    """Return SHA-256 of title and passages (kind, text), normalised: another digest is another text in substance."""
    parts = [[kind, normalised(text)] for kind, text in passages]
    return sha256(canonical({"title": normalised(title), "passages": parts})).hexdigest()


def substance_of(submission: uuid.UUID, revision: int) -> str:
    """Return the substance of a revision (2 queries)."""
    titled = sa.select(Revision.title).where(Revision.submission_id == submission, Revision.number == revision)
    passages = (
        sa.select(Passage.kind, Passage.text)
        .where(Passage.submission_id == submission, Passage.revision == revision, Passage.kind != ANSWER)
        .order_by(Passage.number)
    )
    return substance(read(titled).scalar_one(), [(kind, text) for kind, text in read(passages)])
