"""What was found in a text: the passage around it in its own spelling, with the words that were asked for marked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from consult.db import session
from consult.search import Field, Question, Term, words_of
from consult.submissions.models import Passage, Submission

#: Characters of a text that an excerpt shows, about; so many words stand before the first that was found.
LONGEST, BEFORE = 220, 8
#: A word as it is written: letters, digits, and the marks and joiners that folding takes away.
_WRITTEN = re.compile(
    "(?:[^\\W_]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200c\u200d\u200e\u200f])+"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text as it is written; `found` says that it was asked for."""

    text: str
    found: bool


def marked(text: str, question: Question, field: Field = Field.EVERYWHERE) -> Sequence[Piece]:
    """Return a text in pieces, those marked that a question asks for in a field or everywhere; without any, one piece."""
    pieces, end = [], 0
    for begins, ends in _spans(text, question, field):
        pieces += [Piece(text[end:begins], found=False), Piece(text[begins:ends], found=True)]
        end = ends
    return [piece for piece in (*pieces, Piece(text[end:], found=False)) if piece.text]


def _spans(text: str, question: Question, field: Field) -> Sequence[tuple[int, int]]:
    """Return where a text has what is asked for, from begin to end of words; what overlaps or touches is one."""
    terms = [term for term in question.terms if term.field in (Field.EVERYWHERE, field)]
    if not terms:
        return []
    places = [(found.start(), found.end(), word) for found in _WRITTEN.finditer(text) for word in _folded(found[0])]
    spans: list[tuple[int, int]] = []
    for at in range(len(places)):
        longest = max((len(term.words) for term in terms if _stands(places, at, term)), default=0)
        if longest:
            begins, ends = places[at][0], places[at + longest - 1][1]
            if spans and begins <= spans[-1][1]:
                begins, ends = spans[-1][0], max(ends, spans.pop()[1])
            spans.append((begins, ends))
    return spans


def _stands(places: Sequence[tuple[int, int, str]], at: int, term: Term) -> bool:
    words = [word for _, _, word in places[at : at + len(term.words)]]
    if term.open and len(words) == len(term.words):
        return words[:-1] == list(term.words[:-1]) and words[-1].startswith(term.words[-1])
    return words == list(term.words)


@lru_cache(20_000)
def _folded(written: str) -> tuple[str, ...]:
    """Return the folded words of a word as it is written: texts are made of the same ones, and folding is slow."""
    return tuple(words_of(written))


def excerpt(passages: Sequence[str], question: Question) -> Sequence[Piece]:
    """Return the part of the passage that has most of what is asked for, cut at words; nothing where none has any."""
    text = _richest(passages, question)
    spans = _spans(text, question, Field.EVERYWHERE)
    if not spans:
        return []
    starts = [found.start() for found in _WRITTEN.finditer(text)]
    first = next(number for number, start in enumerate(starts) if start >= spans[0][0])
    begins = 0 if first <= BEFORE else starts[first - BEFORE]
    ends = len(text) if len(text) - begins <= LONGEST else _cut(text, begins + LONGEST, spans[0][1])
    shown = marked(text[begins:ends], question)
    before, after = [Piece("… ", found=False)] if begins else [], [Piece(" …", found=False)] if ends < len(text) else []
    return [*before, *shown, *after]


def _richest(passages: Sequence[str], question: Question) -> str:
    """Return the first passage that has all that is asked for everywhere, else the first that has most of it."""
    single = [Question((term,)) for term in question.terms if term.field is Field.EVERYWHERE]
    best, most = "", 0
    for text in passages:
        folded = f" {' '.join(words_of(text))} "
        found = sum(one.found_in(folded) for one in single)
        if found > most:
            best, most = text, found
        if most == len(single):
            break
    return best


def _cut(text: str, wanted: int, least: int) -> int:
    """Return where a text is cut: at the last space before a place, but not within what was found."""
    space = text.rfind(" ", 0, wanted)
    return max(space, least)


def excerpts(numbers: Sequence[str], consultation: uuid.UUID, question: Question) -> Mapping[str, Sequence[Piece]]:
    """Return, by receipt number, the excerpt of each accepted text in which the words of a question stand (1 query)."""
    if not question.terms or not numbers:
        return {}
    rows = session.execute(
        sa.select(Submission.number, Passage.text)
        .join(Passage, sa.and_(Passage.submission_id == Submission.id, Passage.revision == Submission.revision))
        .where(
            Submission.consultation_id == consultation, Submission.number.in_(numbers), Submission.state == "accepted"
        )
        .order_by(Submission.number, Passage.number)
    )
    texts: dict[str, list[str]] = {}
    for number, text in rows:
        texts.setdefault(number, []).append(text)
    return {number: found for number, parts in texts.items() if (found := excerpt(parts, question))}
