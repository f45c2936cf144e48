"""What a submission says, without the database: cleaning, numbered passages, limits, fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from consult.errors import Problem
from consult.events.types import canonical
from consult.i18n import N_
from consult.plugins.questions import Question, QuestionKind

#: Characters. A text of 60,000 is some 30 pages; a position is rarely a tenth of it.
TITLE_LIMIT, TEXT_LIMIT = 200, 60_000
#: A submission is about at most this many topics.
TOPIC_LIMIT = 5
#: Characters of what an author says of a correction.
WHY_LIMIT = 300

#: The kind of a passage that answers a question.
ANSWER = "answer"

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """A part with its number in the revision; `kind` is "text", "proposal" or "answer", which is to a `question`."""

    number: int
    kind: str
    text: str
    question: str = ""


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a cleaned text: a blank line separates, a line break does not."""
    return [part.strip() for part in _BLANK_LINES.split(text) if part.strip()]


def number_passages(text: str, proposals: str) -> tuple[NumberedPassage, ...]:
    """Return the passages of a submission: the paragraphs of its text, then its proposals, numbered from 1."""
    parts = [("text", part) for part in paragraphs(text)] + [("proposal", part) for part in paragraphs(proposals)]
    return tuple(NumberedPassage(number, kind, part) for number, (kind, part) in enumerate(parts, start=1))


def in_words(question: Question, answer: Any) -> bool:
    """Tell whether others read an answer in its author's own words; what was chosen, counted or dated is none."""
    spoken = isinstance(answer, str) and any(letter.isalpha() for letter in answer)
    return spoken and question.kind in (QuestionKind.TEXT, QuestionKind.LONG_TEXT) and not question.private


def with_answers(
    passages: Sequence[NumberedPassage], answers: Mapping[str, Any], questions: Iterable[Question]
) -> tuple[NumberedPassage, ...]:
    """Return passages, then the answers in words to questions, each one passage; none that tells who wrote."""
    asked = [one for one in questions if in_words(one, answers.get(one.key)) and not one.identifies]
    numbered = enumerate(asked, start=len(passages) + 1)
    return (*passages, *(NumberedPassage(number, ANSWER, answers[one.key], one.key) for number, one in numbered))


def is_language(code: str) -> bool:
    """Tell whether a code looks like a BCP 47 language tag ("ar", "es", "zh-Hant")."""
    return _LANGUAGE.fullmatch(code) is not None


def text_problems(title: str, text: str, proposals: str, *, needs_text: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with cleaned title, text and proposals, each at its field."""
    if not title:
        yield Problem("title", N_("Write a title."))
    elif len(title) > TITLE_LIMIT:
        yield Problem(
            "title",
            N_("Write at most %(limit)s characters; this has %(count)s.", limit=TITLE_LIMIT, count=len(title)),
        )
    if needs_text and not text:
        yield Problem("text", N_("Write the text of your position."))
    for field, written in (("text", text), ("proposals", proposals)):
        if len(written) > TEXT_LIMIT:
            yield Problem(
                field,
                N_("Write at most %(limit)s characters; this has %(count)s.", limit=TEXT_LIMIT, count=len(written)),
            )


def public_content(
    *,
    number: str,
    revision: int,
    title: str,
    language: str,
    topics: Iterable[str],
    passages: Sequence[NumberedPassage],
    answers: Mapping[str, Any],
    attachments: Sequence[Mapping[str, Any]] = (),
    why: str = "",
) -> bytes:
    """Return the canonical JSON of what is public of a revision: these bytes are what its fingerprint is computed over.

    Neither author nor private answers are in it: with the rest published, a short answer could be guessed from the hash.
    Files are in it where there are any, by what they hold, and what the author says of a correction, where anything.
    """
    return canonical(
        {
            "number": number,
            "revision": revision,
            "title": title,
            "language": language,
            "topics": sorted(topics),
            "passages": [{"number": p.number, "kind": p.kind, "text": p.text} for p in passages],
            "answers": dict(answers),
            **({"attachments": [dict(one) for one in attachments]} if attachments else {}),
            **({"why": why} if why else {}),
        }
    )


def fingerprint(content: bytes) -> str:
    """Return SHA-256 of a revision's public content, in hexadecimal."""
    return sha256(content).hexdigest()
