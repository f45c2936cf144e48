"""What was found in a text: the passage around it in its own spelling, with the words that were asked for marked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from consult.consultations.models import Member
from consult.db import session
from consult.search import Field, Question, Term, words_of
from consult.submissions.documents.attached import nameless, served_name
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState
from consult.submissions.translations.models import Translation, TranslationPart
from consult.submissions.translations.states import TranslationKind

#: Characters of a text that an excerpt shows, about; so many words stand before the first that was found.
LONGEST, BEFORE = 220, 8
#: Characters of a document that are looked through for an excerpt, and of all documents of a page; how many at a time, and how
#: many of those once more with what follows, so that a phrase is found where it goes over the end.
MOST_OF_DOCUMENT, MOST_LOOKED, STRETCH, OVERLAP = 100_000, 400_000, 4_000, 300
_SPACE = re.compile(r"\s+")
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


class Where(StrEnum):
    """Where a text has what was found in it."""

    TEXT = "text"
    TRANSLATION = "translation"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What was found of a text: in which language it is written, "" where nobody says, and in which document, by its file name."""

    pieces: Sequence[Piece]
    where: Where
    language: str
    document: str = ""


def excerpts(
    numbers: Sequence[str], consultation: uuid.UUID, question: Question, language: str = ""
) -> Mapping[str, Excerpt]:
    """Return, by receipt number, the excerpt of each accepted text in which the words of a question stand.

    What its own words do not have is looked for in its official translations, first in a `language`, and in its documents, as
    far as the search itself looks there (1 query, one more where a text was found by neither its words nor its title).
    """
    asked = [Question((term,)) for term in question.terms if term.field is Field.EVERYWHERE]
    if not asked or not numbers:
        return {}
    here = Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED
    rows = session.execute(
        sa.select(Submission.number, Submission.language, Submission.title, Passage.text)
        .join(Passage, sa.and_(Passage.submission_id == Submission.id, Passage.revision == Submission.revision))
        .where(*here, Submission.number.in_(numbers))
        .order_by(Submission.number, Passage.number)
    )
    found: dict[str, Excerpt] = {}
    left = []
    for (number, written, title), some in groupby(rows, key=lambda row: (row.number, row.language, row.title)):
        if pieces := excerpt([row.text for row in some], question):
            found[number] = Excerpt(pieces, Where.TEXT, written)
            continue
        folded = f" {' '.join(words_of(title))} "
        if not all(one.found_in(folded) for one in asked):
            left.append(number)
    return found | _elsewhere(left, here, question, language)


def _elsewhere(
    numbers: Sequence[str], here: Sequence[sa.ColumnElement[bool]], question: Question, language: str
) -> dict[str, Excerpt]:
    """Return the excerpts of texts whose translations or documents have the words of a question (1 query, none without texts)."""
    if not numbers:
        return {}
    found: dict[str, Excerpt] = {}
    looked = 0
    rows = session.execute(_other_words(numbers, here)).all()
    for row in sorted(rows, key=lambda row: (row.place, row.language != language)):
        if row.number in found or looked > MOST_LOOKED:
            continue
        looked += len(row.text) if row.place else 0
        pieces = next(filter(None, (excerpt([part], question) for part in _stretches(row.text))), ())
        if pieces:
            where = Where.DOCUMENT if row.place else Where.TRANSLATION
            document = served_name(row.place, row.name, row.kind, nameless=row.nameless) if row.place else ""
            found[row.number] = Excerpt(pieces, where, row.language, document)
    return found


def _other_words(numbers: Sequence[str], here: Sequence[sa.ColumnElement[bool]]) -> sa.CompoundSelect[Any]:
    """Select what the search finds texts by beside their own words: official translations, and documents that are not private.

    `place` is 0 for a translation; a document has its number, and what its name is made of.
    """
    translated = (
        sa.select(
            Submission.number,
            Translation.language,
            sa.literal(0).label("place"),
            sa.literal("").label("name"),
            sa.literal("").label("kind"),
            sa.false().label("nameless"),
            TranslationPart.text,
        )
        .join(Translation, sa.and_(*_of_this_revision(Translation)))
        .join(TranslationPart, TranslationPart.translation_id == Translation.id)
        .where(Translation.kind == TranslationKind.OFFICIAL, Translation.replaced_at.is_(None))
    )
    documents = (
        sa.select(
            Submission.number,
            sa.literal("").label("language"),
            SubmissionAttachment.number.label("place"),
            Attachment.name.label("name"),
            Attachment.kind.label("kind"),
            nameless().label("nameless"),
            sa.func.substr(Attachment.text, 1, MOST_OF_DOCUMENT).label("text"),
        )
        .join(SubmissionAttachment, sa.and_(*_of_this_revision(SubmissionAttachment)))
        .join(Attachment, Attachment.id == SubmissionAttachment.attachment_id)
        .outerjoin(Member, Member.id == Submission.member_id)
        .where(SubmissionAttachment.private.is_(False), Attachment.text != "")
    )
    return sa.union_all(*(one.where(*here, Submission.number.in_(numbers)) for one in (translated, documents)))


def _of_this_revision(parts: type[Translation | SubmissionAttachment]) -> Sequence[sa.ColumnElement[bool]]:
    return parts.submission_id == Submission.id, parts.revision == Submission.revision


def _stretches(text: str) -> Iterator[str]:
    """Yield a long text in stretches that begin with a word, each with what the next begins with: most are never looked at."""
    begin = 0
    while begin < len(text):
        yield text[begin : begin + STRETCH + OVERLAP]
        space = _SPACE.search(text, begin + STRETCH)
        begin = space.end() if space else len(text)
