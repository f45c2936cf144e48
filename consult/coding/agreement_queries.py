"""What coders agree and differ on, counted in the database; only texts of which every coder is done are ever looked at."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.access import Actor, Role
from consult.accounts.clauses import permitted
from consult.accounts.roles import open_holders
from consult.coding.agreement import (
    Measure,
    Presence,
    added,
    alpha_of_presence,
    kappa,
    pairs_of_presence,
    per_cent,
)
from consult.coding.marks import Given, differences
from consult.coding.models import Code, CodedText, Coder, Coding, CodingTask
from consult.coding.policies import Difference
from consult.coding.queries import LIVE
from consult.coding.settling import COUNTS_FOR, given_by_task
from consult.coding.states import TextState
from consult.db import session
from consult.paging import PAGE, Page
from consult.submissions.models import Passage, Submission


def _compared(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition of texts that at least two coders finished."""
    return CodedText.consultation_id == consultation, CodedText.state != TextState.OPEN, CodedText.coders > 1, LIVE


@dataclass(frozen=True, slots=True)
class Pair:
    """Two coders by their numbers, and how many texts both finished."""

    first: int
    second: int
    texts: int


def pairs_of(consultation: uuid.UUID) -> Sequence[Pair]:
    """Return the pairs of coders who coded the same texts, those with most first (1 query)."""
    one, other = aliased(CodingTask), aliased(CodingTask)
    first, second = aliased(Coder), aliased(Coder)
    rows = session.execute(
        sa.select(first.number, second.number, sa.func.count())
        .select_from(CodedText)
        .join(Submission, Submission.id == CodedText.submission_id)
        .join(one, one.text_id == CodedText.id)
        .join(first, first.id == one.coder_id)
        .join(other, other.text_id == CodedText.id)
        .join(second, sa.and_(second.id == other.coder_id, second.number > first.number))
        .where(*_compared(consultation))
        .group_by(first.number, second.number)
        .order_by(sa.func.count().desc(), first.number, second.number)
    )
    return [Pair(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """How far coders agree on a code (None for all codes together): alpha of all coders; per cent and kappa of one pair.

    `given`: in how many passages anybody gave it.
    """

    code: uuid.UUID | None
    given: int
    alpha: Measure
    per_cent: Measure
    kappa: Measure


def agreement(consultation: uuid.UUID, codes: Sequence[uuid.UUID], pair: Pair | None) -> Sequence[CodeAgreement]:
    """Return the agreement on all codes together, then on each (4 queries).

    A unit is a passage with a code: given or not. Which part of a passage was marked, and the stance, do not count here.
    """
    presence = _presence(consultation, codes)
    tables = _tables(consultation, codes, pair) if pair else {}
    everything = _on(None, added(presence.values()), sum(tables.values(), Counter()))
    return [everything, *(_on(code, presence[code], tables.get(code, {})) for code in codes)]


def _on(code: uuid.UUID | None, seen: Presence, table: Mapping[tuple[bool, bool], int]) -> CodeAgreement:
    given = sum(number for (gave, _), number in seen.items() if gave)
    return CodeAgreement(code, given, alpha_of_presence(seen), *_of_pair(table))


def _of_pair(table: Mapping[tuple[bool, bool], int]) -> tuple[Measure, Measure]:
    pairs = pairs_of_presence(
        *(table.get(key, 0) for key in ((True, True), (True, False), (False, True), (False, False)))
    )
    return per_cent(pairs), kappa(pairs)


def _presence(consultation: uuid.UUID, codes: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Counter[tuple[int, int]]]:
    """Return of each code how many passages were seen by so many coders of whom so many gave it (2 queries)."""
    passages: Counter[int] = Counter()
    for coders, number in session.execute(
        sa.select(CodedText.coders, sa.func.count())
        .join(Submission, Submission.id == CodedText.submission_id)
        .join(Passage, _of_text())
        .where(*_compared(consultation))
        .group_by(CodedText.coders)
    ):
        passages[coders] = number
    given = (
        sa.select(
            COUNTS_FOR.label("code"),
            CodedText.coders.label("coders"),
            sa.func.count(sa.distinct(Coding.task_id)).label("gave"),
        )
        .select_from(Coding)
        .join(Code, Code.id == Coding.code_id)
        .join(CodingTask, CodingTask.id == Coding.task_id)
        .join(CodedText, CodedText.id == CodingTask.text_id)
        .join(Submission, Submission.id == CodedText.submission_id)
        .where(*_compared(consultation))
        .group_by(COUNTS_FOR, CodedText.coders, Coding.passage_id)
        .subquery()
    )
    found = {code: Counter({(0, coders): number for coders, number in passages.items()}) for code in codes}
    rows = session.execute(
        sa.select(given.c.code, given.c.gave, given.c.coders, sa.func.count()).group_by(
            given.c.code, given.c.gave, given.c.coders
        )
    )
    for code, gave, coders, number in rows:
        if code in found:
            found[code][gave, coders] += number
            found[code][0, coders] -= number
    return found


def _of_text() -> sa.ColumnElement[bool]:
    return sa.and_(Passage.submission_id == CodedText.submission_id, Passage.revision == CodedText.revision)


def _tables(
    consultation: uuid.UUID, codes: Sequence[uuid.UUID], pair: Pair
) -> Mapping[uuid.UUID, Counter[tuple[bool, bool]]]:
    """Return of each code the table of two coders: gave it or not (2 queries)."""
    texts = (
        sa.select(CodingTask.text_id)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .where(Coder.consultation_id == consultation, Coder.number.in_([pair.first, pair.second]))
        .group_by(CodingTask.text_id)
        .having(sa.func.count() == 2)
    )
    total = session.execute(
        sa.select(sa.func.count())
        .select_from(CodedText)
        .join(Submission, Submission.id == CodedText.submission_id)
        .join(Passage, _of_text())
        .where(*_compared(consultation), CodedText.id.in_(texts))
    ).scalar_one()
    first, second = (sa.func.max(sa.case((Coder.number == number, 1), else_=0)) for number in (pair.first, pair.second))
    given = (
        sa.select(COUNTS_FOR.label("code"), first.label("first"), second.label("second"))
        .select_from(Coding)
        .join(Code, Code.id == Coding.code_id)
        .join(CodingTask, CodingTask.id == Coding.task_id)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .join(CodedText, CodedText.id == CodingTask.text_id)
        .join(Submission, Submission.id == CodedText.submission_id)
        .where(*_compared(consultation), CodedText.id.in_(texts), Coder.number.in_([pair.first, pair.second]))
        .group_by(COUNTS_FOR, Coding.passage_id)
        .subquery()
    )
    found = {code: Counter({(False, False): total}) for code in codes}
    rows = session.execute(
        sa.select(given.c.code, given.c.first, given.c.second, sa.func.count()).group_by(
            given.c.code, given.c.first, given.c.second
        )
    )
    for code, one, other, number in rows:
        if code in found:
            found[code][bool(one), bool(other)] += number
            found[code][False, False] -= number
    return found


@dataclass(frozen=True, slots=True)
class DifferingText:
    """A text whose coders differ."""

    number: str
    title: str
    language: str
    coders: int
    decides: bool


def differing_page(actor: Actor, consultation: uuid.UUID, after: str = "") -> Page[DifferingText]:
    """Return the texts that wait for a decision, by receipt number, each with whether somebody may decide (1 query)."""
    decides = permitted(actor, "coding.reconcile", consultation)
    query = (
        sa.select(Submission.number, Submission.title, Submission.language, CodedText.coders, decides)
        .join(CodedText, CodedText.submission_id == Submission.id)
        .where(
            CodedText.consultation_id == consultation,
            CodedText.state == TextState.DIFFERING,
            LIVE,
            Submission.number > after,
        )
        .order_by(Submission.number)
        .limit(PAGE + 1)
    )
    rows = [DifferingText(*row) for row in session.execute(query)]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=rows[-1].number if more else None)


def difference_of(text: CodedText) -> Difference:
    """Return a text with its coders and the organisers, as `coding.reconcile` asks (2 queries)."""
    coders = sa.select(Coder.person_id).join(CodingTask, CodingTask.coder_id == Coder.id)
    these = session.scalars(coders.where(CodingTask.text_id == text.id))
    return Difference(text, frozenset(these), open_holders(Role.ORGANISER, text.consultation_id))


def text_by_number(consultation: uuid.UUID, number: str) -> CodedText | None:
    """Return a text that is coded by its receipt number, its latest revision (1 query)."""
    return session.scalars(
        sa.select(CodedText)
        .join(Submission, Submission.id == CodedText.submission_id)
        .where(CodedText.consultation_id == consultation, Submission.number == number)
        .order_by(CodedText.revision.desc())
        .limit(1)
    ).first()


@dataclass(frozen=True, slots=True)
class Compared:
    """What each coder of a finished text gave, by the coder's number, and the passages and codes on which they differ."""

    given: Mapping[int, Given]
    open: Sequence[tuple[uuid.UUID, uuid.UUID]]


def compare(text: uuid.UUID) -> Compared:
    """Return what the coders of a text gave (3 queries); the caller has asked whether it may be seen."""
    coder_of_task: dict[uuid.UUID, int] = dict(_numbers(text))
    given = given_by_task(text)
    return Compared({coder_of_task[task]: of for task, of in given.items()}, list(differences(list(given.values()))))


def _numbers(text: uuid.UUID) -> Sequence[Any]:
    return session.execute(
        sa.select(CodingTask.id, Coder.number)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .where(CodingTask.text_id == text)
    ).all()
