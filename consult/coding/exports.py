"""Codings as files: a table of every coding, and the texts as a researcher's own program takes them in.

Only texts of which every coder is done are in them, so no file tells a coder what another one gave. Coders are their numbers;
nobody's name is in a file, and of an author neither name nor body.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.models import Body
from consult.coding.marks import Mark, together
from consult.coding.models import Code, CodedText, Coder, Coding, CodingMemo, CodingTask, FinalCoding
from consult.coding.queries import LIVE, CodeLine, codebook
from consult.coding.settling import COUNTS_FOR
from consult.coding.states import TextState
from consult.consent.queries import agrees, is_asked
from consult.consent.uses import Use
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.submissions.models import Passage, Submission

#: Texts read at a time.
BATCH = 200
COLUMNS = (
    "submission",
    "revision",
    "passage",
    "kind",
    "language",
    "track",
    "code",
    "code_key",
    "code_name",
    "coder",
    "stance",
    "begins",
    "ends",
    "text",
    "memo",
)
#: What stands in place of a coder's number for what was settled.
FINAL = "final"


@dataclass(frozen=True, slots=True)
class ExportedCoding:
    """A mark of a coder (0 for what was settled) on a passage."""

    coder: int
    passage: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class ExportedText:
    """A coded text: its passages in order as (number, kind, text), the codings, and memos by coder and passage."""

    id: uuid.UUID
    number: str
    revision: int
    title: str
    language: str
    track: str
    region: str
    at: datetime
    passages: Sequence[tuple[int, str, str]]
    codings: Sequence[ExportedCoding]
    memos: Mapping[tuple[int, int], str] = field(default_factory=dict)


def exported_texts(consultation: Consultation, *, actor: Actor) -> Iterator[ExportedText]:
    """Yield the texts that may be exported, in batches, by receipt number. Raises Forbidden before the first."""
    demand(actor, "coding.organise", consultation)
    return _texts(consultation.id)


def _texts(consultation: uuid.UUID) -> Iterator[ExportedText]:
    after = ""
    while rows := _batch(consultation, after):
        ids = {row.text: row.submission for row in rows}
        passages = _passages(list(ids))
        codings = _codings(list(ids))
        memos = _memos(list(ids))
        for row in rows:
            yield ExportedText(
                row.submission,
                row.number,
                row.revision,
                row.title,
                row.language,
                row.track,
                row.region,
                row.received_at,
                passages.get(row.text, ()),
                codings.get(row.text, ()),
                memos.get(row.text, {}),
            )
        after = rows[-1].number


def _batch(consultation: uuid.UUID, after: str) -> Sequence[Any]:
    return session.execute(
        sa.select(
            CodedText.id.label("text"),
            Submission.id.label("submission"),
            Submission.number,
            CodedText.revision,
            Submission.title,
            Submission.language,
            Submission.track,
            sa.func.coalesce(Body.region, "").label("region"),
            Submission.received_at,
        )
        .join(Submission, Submission.id == CodedText.submission_id)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(
            CodedText.consultation_id == consultation,
            CodedText.state != TextState.OPEN,
            LIVE,
            Submission.number > after,
            *for_research(consultation),
        )
        .order_by(Submission.number)
        .limit(BATCH)
    ).all()


def for_research(consultation: uuid.UUID) -> Sequence[sa.ColumnElement[bool]]:
    """Return the condition that a text may be given to researchers: its author said yes, wherever people are asked for that."""
    if not is_asked(consultation, Use.RESEARCH):
        return []
    author = sa.select(Member.person_id).where(Member.id == Submission.member_id).correlate(Submission)
    return [agrees(Use.RESEARCH, author.scalar_subquery(), consultation)]


def left_out(consultation: uuid.UUID) -> int:
    """Count the finished texts that are in no file for researchers, because their author has not said yes (1 or 2 queries)."""
    allowed = for_research(consultation)
    if not allowed:
        return 0
    finished = (CodedText.consultation_id == consultation, CodedText.state != TextState.OPEN, LIVE)
    query = sa.select(sa.func.count()).select_from(CodedText).join(Submission, Submission.id == CodedText.submission_id)
    return session.scalar(query.where(*finished, sa.not_(allowed[0]))) or 0


def _passages(texts: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[tuple[int, str, str]]]:
    found: dict[uuid.UUID, list[tuple[int, str, str]]] = {}
    of_text = sa.and_(Passage.submission_id == CodedText.submission_id, Passage.revision == CodedText.revision)
    for text, number, kind, words in session.execute(
        sa.select(CodedText.id, Passage.number, Passage.kind, Passage.text)
        .join(Passage, of_text)
        .where(CodedText.id.in_(texts))
        .order_by(CodedText.id, Passage.number)
    ):
        found.setdefault(text, []).append((number, kind, words))
    return found


def _codings(texts: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[ExportedCoding]]:
    """Return what coders gave, then what was settled, by text (2 queries); a code and what was merged into it are one mark."""
    found: dict[uuid.UUID, dict[tuple[int, int, uuid.UUID], list[Mark]]] = {}
    of_coders = (
        sa.select(
            CodingTask.text_id,
            Coder.number,
            Passage.number,
            COUNTS_FOR,
            Coding.begins,
            Coding.ends,
            Coding.stance,
        )
        .select_from(Coding)
        .join(CodingTask, CodingTask.id == Coding.task_id)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .join(Passage, Passage.id == Coding.passage_id)
        .join(Code, Code.id == Coding.code_id)
        .where(CodingTask.text_id.in_(texts), CodingTask.done_at.is_not(None))
        .order_by(CodingTask.text_id, Coder.number, Passage.number, Code.number)
    )
    settled = (
        sa.select(
            FinalCoding.text_id,
            sa.literal(0),
            Passage.number,
            COUNTS_FOR,
            FinalCoding.begins,
            FinalCoding.ends,
            FinalCoding.stance,
        )
        .select_from(FinalCoding)
        .join(Passage, Passage.id == FinalCoding.passage_id)
        .join(Code, Code.id == FinalCoding.code_id)
        .where(FinalCoding.text_id.in_(texts))
        .order_by(FinalCoding.text_id, Passage.number, Code.number)
    )
    for query in (of_coders, settled):
        for text, coder, passage, code, begins, ends, stance in session.execute(query):
            given = found.setdefault(text, {}).setdefault((coder, passage, code), [])
            given.append(Mark(code, begins, ends, stance))
    return {
        text: [ExportedCoding(coder, passage, together(marks)) for (coder, passage, _), marks in given.items()]
        for text, given in found.items()
    }


def _memos(texts: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[tuple[int, int], str]]:
    found: dict[uuid.UUID, dict[tuple[int, int], str]] = {}
    for text, coder, passage, words in session.execute(
        sa.select(CodingTask.text_id, Coder.number, Passage.number, CodingMemo.text)
        .select_from(CodingMemo)
        .join(CodingTask, CodingTask.id == CodingMemo.task_id)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .join(Passage, Passage.id == CodingMemo.passage_id)
        .where(CodingTask.text_id.in_(texts), CodingTask.done_at.is_not(None))
        .order_by(CodingTask.text_id, Coder.number, Passage.number)
    ):
        found.setdefault(text, {})[coder, passage] = words
    return found


def export_codings(
    consultation: Consultation, language: str, *, actor: Actor
) -> tuple[tuple[str, ...], Iterator[Mapping[str, Any]]]:
    """Return the columns and rows of the table: one for each coding of a coder, each memo on a passage
    that they gave no code, and one for each coding that was settled.
    """
    demand(actor, "coding.organise", consultation)
    codes = {line.id: line for line in codebook(consultation.id)}
    return COLUMNS, _rows(exported_texts(consultation, actor=actor), codes, language)


def _rows(
    texts: Iterator[ExportedText], codes: Mapping[uuid.UUID, CodeLine], language: str
) -> Iterator[Mapping[str, Any]]:
    for text in texts:
        coded = {(one.coder, one.passage) for one in text.codings}
        for one in text.codings:
            code = codes[one.mark.code]
            yield _row(text, one.coder, one.passage, one.mark.begins, one.mark.ends) | {
                "code": code.number,
                "code_key": code.key,
                "code_name": code.names.for_language(language),
                "stance": one.mark.stance,
            }
        for coder, passage in text.memos:
            if (coder, passage) not in coded:
                yield _row(text, coder, passage, 0, None)


def _row(text: ExportedText, coder: int, passage: int, begins: int, ends: int | None) -> dict[str, Any]:
    """Return what a line says of a part of a passage, to its end where `ends` is None, without a code."""
    kind, words = next((kind, words) for number, kind, words in text.passages if number == passage)
    return dict.fromkeys(COLUMNS, "") | {
        "submission": text.number,
        "revision": text.revision,
        "passage": passage,
        "kind": kind,
        "language": text.language,
        "track": text.track,
        "coder": coder or FINAL,
        "begins": begins,
        "ends": len(words) if ends is None else ends,
        "text": words[begins:ends],
        "memo": text.memos.get((coder, passage), ""),
    }
