"""The board: how often a theme is spoken of, by whom, and in which words. Everything is counted from what is settled."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Body
from consult.coding.models import Code, CodedText, FinalCoding
from consult.coding.queries import LIVE
from consult.coding.states import Stance, TextState
from consult.db import session
from consult.paging import PAGE, Page
from consult.submissions.keys import text_key
from consult.submissions.models import Passage, Submission
from consult.typed_numbers import as_number

_Own, _Counted = aliased(Code), aliased(Code)


class Side(StrEnum):
    """What texts are told apart by."""

    TRACK = "track"
    REGION = "region"
    LANGUAGE = "language"


SIDES: Mapping[Side, Any] = {
    Side.TRACK: Submission.track,
    Side.REGION: sa.func.coalesce(Body.region, ""),
    Side.LANGUAGE: Submission.language,
}


def _settled(consultation: uuid.UUID, *columns: Any) -> sa.Select[Any]:
    """Return a query over every settled coding of a text that is still read, with the code it counts for."""
    return (
        sa.select(*columns)
        .select_from(FinalCoding)
        .join(CodedText, CodedText.id == FinalCoding.text_id)
        .join(Submission, Submission.id == CodedText.submission_id)
        .join(_Own, _Own.id == FinalCoding.code_id)
        .join(_Counted, _Counted.id == sa.func.coalesce(_Own.merged_into_id, _Own.id))
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(CodedText.consultation_id == consultation, CodedText.state == TextState.SETTLED, LIVE)
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """In how many texts and passages something is said; passages by stance, and texts by track, region and language."""

    texts: int = 0
    passages: int = 0
    stances: Mapping[str, int] = field(default_factory=dict)
    sides: Mapping[Side, Mapping[str, int]] = field(default_factory=dict)

    @property
    def marked(self) -> int:
        """How many passages take a side."""
        return self.stances.get(Stance.FOR, 0) + self.stances.get(Stance.AGAINST, 0)


def board(consultation: uuid.UUID) -> Mapping[uuid.UUID | None, Counts]:
    """Return the counts of each theme, None for codes without one (4 queries, whatever the number of texts)."""
    return _counted(consultation, _Counted.theme_id)


def counts_of_codes(consultation: uuid.UUID) -> Mapping[uuid.UUID, Counts]:
    """Return the counts of each code (4 queries)."""
    return _counted(consultation, _Counted.id)


def _counted(consultation: uuid.UUID, of: Any) -> Mapping[Any, Counts]:
    totals = session.execute(
        _settled(
            consultation,
            of,
            sa.func.count(sa.distinct(Submission.id)),
            sa.func.count(sa.distinct(FinalCoding.passage_id)),
            *(_passages_of(stance) for stance in Stance),
        ).group_by(of)
    ).all()
    sides: dict[Any, dict[Side, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for side, column in SIDES.items():
        for thing, value, number in session.execute(
            _settled(consultation, of, column, sa.func.count(sa.distinct(Submission.id))).group_by(of, column)
        ):
            sides[thing][side][value] = number
    return {
        thing: Counts(texts, passages, dict(zip(Stance, stances, strict=True)), sides[thing])
        for thing, texts, passages, *stances in totals
    }


def _passages_of(stance: Stance) -> Any:
    return sa.func.count(sa.distinct(sa.case((FinalCoding.stance == stance, FinalCoding.passage_id))))


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Which passages of a theme: those of a code (its number), a stance, a track, a region, a language; "" and 0 for all."""

    code: int = 0
    stance: str = ""
    track: str = ""
    region: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage with the part of it that was marked; `key` names it in forms, as answers do."""

    passage: uuid.UUID
    receipt: str
    revision: int
    number: int
    language: str
    text: str
    begins: int
    ends: int
    track: str
    codes: Sequence[int]
    stance: str

    @property
    def key(self) -> str:
        """Return receipt number, revision and passage."""
        return text_key(self.receipt, self.revision, self.number)


def quotes_page(
    consultation: uuid.UUID, theme: uuid.UUID | None, wanted: QuoteFilter, *, after: str = ""
) -> Page[Quote]:
    """Return passages of a theme by receipt number and passage, a passage once whatever its codes (2 queries)."""
    query = passages_in_theme(consultation, theme, wanted).limit(PAGE + 1)
    receipt, _, number = after.partition(".")
    if receipt and (last := as_number(number, None)) is not None:
        query = query.where(sa.tuple_(Submission.number, Passage.number) > sa.tuple_(receipt, last))
    found = session.execute(query).all()
    more, found = len(found) > PAGE, found[:PAGE]
    rows = _quotes(consultation, theme, wanted, [row[2] for row in found])
    return Page(rows, older=f"{rows[-1].receipt}.{rows[-1].number}" if more and rows else None)


def passages_in_theme(consultation: uuid.UUID, theme: uuid.UUID | None, wanted: QuoteFilter) -> sa.Select[Any]:
    """Return a query for receipt number, number, id and revision of each passage of a theme that the filter asks for, in this order."""
    return (
        _settled(consultation, Submission.number, Passage.number, Passage.id, Passage.revision)
        .join(Passage, Passage.id == FinalCoding.passage_id)
        .where(*_narrowed(theme, wanted))
        .distinct()
        .order_by(Submission.number, Passage.number)
    )


def _narrowed(theme: uuid.UUID | None, wanted: QuoteFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        _Counted.theme_id == theme if theme is not None else _Counted.theme_id.is_(None)
    ]
    if wanted.code:
        found.append(_Counted.number == wanted.code)
    if wanted.stance:
        found.append(FinalCoding.stance == wanted.stance)
    found += [SIDES[side] == value for side in Side if (value := getattr(wanted, side.value))]
    return found


def _quotes(
    consultation: uuid.UUID, theme: uuid.UUID | None, wanted: QuoteFilter, passages: Sequence[uuid.UUID]
) -> list[Quote]:
    columns = (
        Passage.id,
        Submission.number,
        Passage.revision,
        Passage.number,
        Submission.language,
        Passage.text,
        FinalCoding.begins,
        FinalCoding.ends,
        Submission.track,
        _Counted.number,
        FinalCoding.stance,
    )
    rows = session.execute(
        _settled(consultation, *columns)
        .join(Passage, Passage.id == FinalCoding.passage_id)
        .where(Passage.id.in_(passages), *_narrowed(theme, wanted))
        .order_by(Submission.number, Passage.number, _Counted.number)
    )
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return [_quote(of) for of in found.values()]


def _quote(rows: Sequence[Any]) -> Quote:
    """Return one passage of several codings: all that any of them marked, and the stance if they share it."""
    passage, receipt, revision, number, language, text = rows[0][:6]
    stances = {row[10] for row in rows if row[10]}
    return Quote(
        passage,
        receipt,
        revision,
        number,
        language,
        text,
        begins=min(row[6] for row in rows),
        ends=max(row[7] for row in rows),
        track=rows[0][8],
        codes=list(dict.fromkeys(row[9] for row in rows)),
        stance=stances.pop() if len(stances) == 1 else "",
    )
