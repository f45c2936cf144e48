"""Reading the codebook, and what coders have to do. What a coder reads of a text is their own and nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.models import Person, RoleGrant
from consult.coding.codebook import in_order
from consult.coding.marks import Mark
from consult.coding.models import Code, CodedText, Coder, Coding, CodingMemo, CodingTask, FinalCoding, Theme
from consult.coding.settling import COUNTS_FOR
from consult.coding.states import TextState
from consult.coding.suggestions import KnownCode
from consult.coding.undoing import NO_STEPS, Steps, count_steps
from consult.consultations.names import name_for_staff, withheld_number
from consult.consultations.queries import people_of
from consult.db import session
from consult.i18n import Localized, Message
from consult.paging import PAGE, Page
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState

#: Earlier coded passages of the same coder that suggestions look at: the latest ones.
LOOKED_BACK = 300


def _live(text: Any, submission: Any) -> sa.ColumnElement[bool]:
    return sa.and_(submission.state == SubmissionState.ACCEPTED, submission.revision == text.revision)


#: That a coded text is still what everybody reads: accepted, and not corrected since.
LIVE = _live(CodedText, Submission)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code with its level in the tree from 0; `parent` is its number, as is `into`, the code it was merged into (0 for none)."""

    id: uuid.UUID
    number: int
    key: str
    names: Localized
    memos: Localized
    examples: Localized
    level: int
    parent: int
    into: int
    retired: bool
    theme: uuid.UUID | None

    @property
    def in_use(self) -> bool:
        """Whether the code can be given."""
        return not self.into and not self.retired

    @property
    def known(self) -> KnownCode:
        """What suggestions compare passages with."""
        words = [*self.names.values(), *self.memos.values(), *self.examples.values()]
        return KnownCode(self.id, self.number, "\n".join(words))


def codebook(consultation: uuid.UUID) -> Sequence[CodeLine]:
    """Return every code as the tree reads; those that are given no more stand last (1 query)."""
    rows = session.scalars(sa.select(Code).where(Code.consultation_id == consultation)).all()
    numbers = {row.id: row.number for row in rows}
    used = [row for row in rows if not row.merged_into_id and not row.retired_at]
    gone = sorted((row for row in rows if row.merged_into_id or row.retired_at), key=lambda row: row.number)
    return [_line(row, level, numbers) for row, level in (*in_order(used), *((row, 0) for row in gone))]


def _line(row: Code, level: int, numbers: Mapping[uuid.UUID, int]) -> CodeLine:
    return CodeLine(
        row.id,
        row.number,
        row.key,
        row.names,
        row.memos,
        row.examples,
        level,
        numbers[row.parent_id] if row.parent_id else 0,
        numbers[row.merged_into_id] if row.merged_into_id else 0,
        row.retired_at is not None,
        row.theme_id,
    )


def uses_of_codes(consultation: uuid.UUID) -> Mapping[uuid.UUID, int]:
    """Return in how many passages each code counts in the end (1 query)."""
    rows = session.execute(
        sa.select(COUNTS_FOR, sa.func.count(sa.distinct(FinalCoding.passage_id)))
        .join(Code, Code.id == FinalCoding.code_id)
        .where(Code.consultation_id == consultation)
        .group_by(COUNTS_FOR)
    )
    return dict(rows.all())


def themes_of(consultation: uuid.UUID) -> Sequence[Theme]:
    """Return the themes in order of their numbers (1 query)."""
    return session.scalars(sa.select(Theme).where(Theme.consultation_id == consultation).order_by(Theme.number)).all()


@dataclass(frozen=True, slots=True)
class CoderLine:
    """A coder with how far they are: texts finished and handed out, without those that are gone."""

    id: uuid.UUID
    number: int
    name: str | Message
    ended_at: datetime | None
    done: int
    total: int


def coders_of(consultation: uuid.UUID) -> Sequence[CoderLine]:
    """Return the coders with their progress (1 query)."""
    live = sa.case((LIVE, 1), else_=0)
    done = sa.case((sa.and_(LIVE, CodingTask.done_at.is_not(None)), 1), else_=0)
    rows = session.execute(
        sa.select(
            Coder.id,
            Coder.number,
            Person.name,
            Coder.ended_at,
            sa.func.coalesce(sa.func.sum(done), 0),
            sa.func.coalesce(sa.func.sum(live), 0),
            sa.func.max(withheld_number(consultation)),
        )
        .join(Person, Person.id == Coder.person_id)
        .outerjoin(CodingTask, CodingTask.coder_id == Coder.id)
        .outerjoin(CodedText, CodedText.id == CodingTask.text_id)
        .outerjoin(Submission, Submission.id == CodedText.submission_id)
        .where(Coder.consultation_id == consultation)
        .group_by(Coder.id, Coder.number, Person.name, Coder.ended_at)
        .order_by(Coder.number)
    )
    return [
        CoderLine(coder, number, name_for_staff(name, alias), ended, int(done), int(total))
        for coder, number, name, ended, done, total, alias in rows
    ]


@dataclass(frozen=True, slots=True)
class OfferedCoder:
    """Somebody who may be charged with coding."""

    person: uuid.UUID
    name: str


def offered_coders(consultation: uuid.UUID) -> Sequence[OfferedCoder]:
    """Return who may be charged and is not: holders of a role first, then members, at most 500 (1 query).

    Nobody who withholds their name: what the form sends would lead from their number to their account.
    """
    now = sa.exists().where(
        Coder.consultation_id == consultation, Coder.person_id == Person.id, Coder.ended_at.is_(None)
    )
    holds = sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.consultation_id == consultation)
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(Person.id.in_(people_of(consultation)), sa.not_(now), withheld_number(consultation).is_(None))
        .order_by(sa.case((holds, 0), else_=1), Person.name)
        .limit(500)
    )
    return [OfferedCoder(*row) for row in rows]


def coder_of(consultation: uuid.UUID, person: uuid.UUID | None) -> Coder | None:
    """Return a person as a coder of a consultation (1 query)."""
    return session.scalars(
        sa.select(Coder).where(Coder.consultation_id == consultation, Coder.person_id == person)
    ).first()


def desks_of(person: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the consultations in which somebody is charged with coding (1 query)."""
    query = sa.select(Coder.consultation_id).where(Coder.person_id == person, Coder.ended_at.is_(None))
    return session.scalars(query.order_by(Coder.added_at)).all()


def count_texts(consultation: uuid.UUID) -> Mapping[str, int]:
    """Return how many texts stand at which state; `gone` were corrected, hidden or withdrawn since, `free` nobody codes (1 query)."""
    at = sa.case((LIVE, CodedText.state), else_="gone").label("at")
    coded = (
        sa.select(at, sa.func.count())
        .join(Submission, Submission.id == CodedText.submission_id)
        .where(CodedText.consultation_id == consultation)
        .group_by(at)
    )
    has = sa.exists().where(CodedText.submission_id == Submission.id, CodedText.revision == Submission.revision)
    free = sa.select(sa.literal("free"), sa.func.count()).where(
        Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED, sa.not_(has)
    )
    return dict(session.execute(sa.union_all(coded, free)).all())


@dataclass(frozen=True, slots=True)
class Progress:
    """How many texts a coder finished, and how many they were charged with."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Task:
    """A text that a coder was charged with, and how far they are with it; `live` is False once it was corrected or is gone.

    `steps`, and how far the coder is with all texts, are counted where a text is on the desk.
    """

    id: uuid.UUID
    version: int
    done_at: datetime | None
    text: uuid.UUID
    state: TextState
    coders: int
    submission: uuid.UUID
    revision: int
    number: str
    title: str
    language: str
    live: bool
    steps: Steps = NO_STEPS
    progress: Progress = Progress(0, 0)


def _tasks(coder: Any) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (
        CodingTask.id,
        CodingTask.version,
        CodingTask.done_at,
        CodedText.id,
        CodedText.state,
        CodedText.coders,
        CodedText.submission_id,
        CodedText.revision,
        Submission.number,
        sa.case((LIVE, Submission.title), else_=""),
        Submission.language,
        LIVE,
    )
    return (
        sa.select(*columns)
        .join(CodedText, CodedText.id == CodingTask.text_id)
        .join(Submission, Submission.id == CodedText.submission_id)
        .where(CodingTask.coder_id == coder)
    )


def _task(row: Any) -> Task:
    identity, version, done_at, text, state, coders, submission, revision, number, title, language, live = row[:12]
    return Task(
        identity,
        version,
        done_at,
        text,
        TextState(state),
        coders,
        submission,
        revision,
        number,
        title,
        language,
        bool(live),
    )


def task_of(coder: uuid.UUID, number: str) -> Task | None:
    """Return a coder's task by the text's receipt number, that of the latest revision (1 query)."""
    query = _tasks(coder).where(Submission.number == number).order_by(CodedText.revision.desc()).limit(1)
    row = session.execute(query).first()
    return None if row is None else _task(row)


def coder_with_task(consultation: uuid.UUID, person: uuid.UUID | None, number: str) -> tuple[Coder, Task] | None:
    """Return a person as a coder together with their task on a text, None if they have none on it (1 query)."""
    query = (
        _tasks(Coder.id)
        .add_columns(*count_steps(CodingTask.id), *_progress(Coder.id), Coder)
        .join(Coder, Coder.id == CodingTask.coder_id)
        .where(Coder.consultation_id == consultation, Coder.person_id == person, Submission.number == number)
        .order_by(CodedText.revision.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    return row[-1], replace(_task(row), steps=Steps(*row[-5:-3]), progress=Progress(*row[-3:-1]))


def _progress(coder: Any) -> tuple[Any, Any]:
    """Return, as SQL, how many texts a coder finished and how many they were charged with."""
    task, text, submission = aliased(CodingTask), aliased(CodedText), aliased(Submission)
    charged = (
        sa.select(sa.func.count())
        .select_from(task)
        .join(text, text.id == task.text_id)
        .join(submission, submission.id == text.submission_id)
        .where(task.coder_id == coder, _live(text, submission))
    )
    return charged.where(task.done_at.is_not(None)).scalar_subquery(), charged.scalar_subquery()


def progress_of(coder: uuid.UUID) -> Progress:
    """Return how far a coder is (1 query)."""
    return Progress(*session.execute(sa.select(*_progress(coder))).one())


def tasks_page(coder: uuid.UUID, *, done: bool, after: str = "") -> Page[Task]:
    """Return a coder's texts in order of their receipt numbers, finished ones or the others (1 query)."""
    finished = CodingTask.done_at.is_not(None) if done else sa.and_(CodingTask.done_at.is_(None), LIVE)
    query = _tasks(coder).where(finished, Submission.number > after).order_by(Submission.number).limit(PAGE + 1)
    rows = [_task(row) for row in session.execute(query)]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=rows[-1].number if more else None)


def next_task(coder: uuid.UUID, after: str = "") -> str | None:
    """Return the receipt number of the next text a coder has not finished, from the beginning once the end is reached (1 query)."""
    behind = sa.case((Submission.number > after, 0), else_=1)
    return session.scalars(
        sa.select(Submission.number)
        .join(CodedText, CodedText.submission_id == Submission.id)
        .join(CodingTask, CodingTask.text_id == CodedText.id)
        .where(CodingTask.coder_id == coder, CodingTask.done_at.is_(None), LIVE)
        .order_by(behind, Submission.number)
        .limit(1)
    ).first()


def marks_of(task: uuid.UUID) -> Mapping[uuid.UUID, Sequence[Mark]]:
    """Return what a task gave, by passage; merged codes as those they were merged into (1 query)."""
    found: dict[uuid.UUID, dict[uuid.UUID, Mark]] = {}
    rows = session.execute(
        sa.select(Coding.passage_id, COUNTS_FOR, Coding.begins, Coding.ends, Coding.stance)
        .join(Code, Code.id == Coding.code_id)
        .where(Coding.task_id == task)
        .order_by(Coding.id)
    )
    for passage, code, begins, ends, stance in rows:
        found.setdefault(passage, {}).setdefault(code, Mark(code, begins, ends, stance))
    return {passage: list(marks.values()) for passage, marks in found.items()}


def memos_of(task: uuid.UUID) -> Mapping[uuid.UUID, str]:
    """Return a task's memos by passage (1 query)."""
    rows = session.execute(sa.select(CodingMemo.passage_id, CodingMemo.text).where(CodingMemo.task_id == task))
    return dict(rows.all())


def coded_before(coder: uuid.UUID, task: uuid.UUID) -> Sequence[tuple[uuid.UUID, str]]:
    """Return codes and passages that a coder gave them to in other texts, the latest ones (1 query)."""
    rows = session.execute(
        sa.select(COUNTS_FOR, Passage.text)
        .select_from(Coding)
        .join(CodingTask, CodingTask.id == Coding.task_id)
        .join(Passage, Passage.id == Coding.passage_id)
        .join(Code, Code.id == Coding.code_id)
        .where(CodingTask.coder_id == coder, CodingTask.id != task)
        .order_by(Coding.id.desc())
        .limit(LOOKED_BACK)
    )
    return [(code, text) for code, text in rows]
