"""Reading translations: what a text has, side by side with its original, and what waits to be translated."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.consultations.models import Consultation
from consult.db import read, session
from consult.paging import COUNTED, PAGE, Page
from consult.submissions.belonging import office_of
from consult.submissions.edges import edge_at
from consult.submissions.models import Submission
from consult.submissions.queries import revision_of, text_of
from consult.submissions.tracks import questions_of
from consult.submissions.translations.models import Translation, TranslationPart
from consult.submissions.translations.parts import OriginalPart, original_parts
from consult.submissions.translations.states import TRANSLATED, TranslationKind, Waiting


@dataclass(frozen=True, slots=True)
class TranslationCase:
    """A text's draft in a language as its approval is judged: whose text it is, and who wrote in the draft.

    `office` is body and track of a text that its body signed off, which is that body's too; None of every other.
    """

    consultation: uuid.UUID
    track: str
    author: uuid.UUID | None
    writers: Collection[uuid.UUID]
    original: str
    language: str
    office: tuple[uuid.UUID, str] | None = None


@dataclass(frozen=True, slots=True)
class IntoLanguage:
    """A text that is to be written in another language."""

    text: Submission
    language: str


@dataclass(frozen=True, slots=True)
class Published:
    """A translation that everybody may read: official, or a machine's; `stale` once the original has a newer revision."""

    id: uuid.UUID
    language: str
    kind: TranslationKind
    revision: int
    stale: bool
    approved_at: datetime | None


def published_translations(row: Submission, open_revisions: Collection[int]) -> Sequence[Published]:
    """Return what is shown of a text in other languages, one for each, by language (1 query).

    An official translation goes before a machine's. One made from a revision that a ground keeps out of sight is not shown:
    it says what that revision says.
    """
    rows = read(
        sa.select(
            Translation.id, Translation.language, Translation.kind, Translation.revision, Translation.approved_at
        ).where(
            Translation.submission_id == row.id,
            Translation.replaced_at.is_(None),
            Translation.kind != TranslationKind.DRAFT,
            Translation.written_at.is_not(None),
        )
    )
    found: dict[str, Published] = {}
    for identity, language, kind, revision, approved_at in rows:
        known, official = found.get(language), kind == TranslationKind.OFFICIAL
        if revision in open_revisions and (known is None or official):
            stale = revision < row.revision
            found[language] = Published(identity, language, TranslationKind(kind), revision, stale, approved_at)
    return [found[language] for language in sorted(found)]


def words_of_translation(translation: uuid.UUID) -> Mapping[str, str]:
    """Return the texts of a translation by part (1 query)."""
    rows = read(
        sa.select(TranslationPart.part, TranslationPart.text).where(TranslationPart.translation_id == translation)
    )
    return {row[0]: row[1] for row in rows}


def present_translation(submission: uuid.UUID, language: str, kind: TranslationKind) -> Translation | None:
    """Return the translation of a kind that a text has in a language now, as it stands in the database."""
    return session.scalars(
        sa.select(Translation)
        .where(
            Translation.submission_id == submission,
            Translation.language == language,
            Translation.kind == kind,
            Translation.replaced_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).first()


def case_of(row: Submission, language: str) -> TranslationCase:
    """Return the case of a text's draft in a language; without a draft nobody wrote in it (1 query)."""
    draft = present_translation(row.id, language, TranslationKind.DRAFT)
    writers = frozenset(uuid.UUID(one) for one in (draft.writers if draft else ()))
    return TranslationCase(
        row.consultation_id, row.track, row.member_id, writers, row.language, language, office_of(row)
    )


def original_of(row: Submission, revision: int) -> list[OriginalPart]:
    """Return the parts of a revision that are translated (2 queries, one more where organisers' questions were answered)."""
    found = revision_of(row.id, revision)
    if found is None:
        return []
    consultation = session.get_one(Consultation, row.consultation_id)
    questions = questions_of(consultation, row.track, found.questionnaire_id)
    return original_parts(found.title, text_of(row.id, revision), found.answers, questions)


@dataclass(frozen=True, slots=True)
class TranslationLine:
    """A text of the queue, without its author; `made_from` is the revision of what stands in the language, 0 for none."""

    number: str
    title: str
    language: str
    track: str
    revision: int
    received_at: datetime
    made_from: int
    remark: str


_draft, _official = aliased(Translation), aliased(Translation)


def translation_queue(
    consultation: uuid.UUID, which: sa.ColumnElement[bool], language: str, waiting: Waiting, *, after: str = ""
) -> Page[TranslationLine]:
    """Return the texts that need something in a language, the oldest first, from after a receipt number on (1 query).

    `which` are those that the visitor may translate (`policies.translatable`).
    """
    columns: tuple[Any, ...] = (
        Submission.number.label("number"),
        Submission.title,
        Submission.language,
        Submission.track,
        Submission.revision,
        Submission.received_at.label("received_at"),
        sa.func.coalesce(_draft.revision, _official.revision, 0).label("made_from"),
        sa.func.coalesce(_draft.remark, "").label("remark"),
        Submission.id.label("place"),
    )
    query = _waiting(sa.select(*columns), consultation, which, language, waiting)
    if after:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > edge_at(consultation, after))
    oldest = (Submission.received_at, Submission.id)
    if waiting is Waiting.MISSING:
        # State by state, each by its index: sorting both together would read every text that there is.
        lists = [query.where(Submission.state == state).order_by(*oldest).limit(PAGE + 1) for state in TRANSLATED]
        both = sa.union_all(*(sa.select(one.subquery()) for one in lists)).subquery()
        query = sa.select(both).order_by(both.c.received_at, both.c.place)
    else:
        query = query.order_by(*oldest)
    found = session.execute(query.limit(PAGE + 1))
    rows = [TranslationLine(*line) for *line, _ in found]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return Page(rows, older=rows[-1].number if more else None)


def count_waiting_translations(
    consultation: uuid.UUID, which: sa.ColumnElement[bool], language: str
) -> Mapping[Waiting, int]:
    """Count what a language needs, each up to COUNTED + 1 (1 query)."""
    one = sa.select(sa.literal(1).label("one"))
    each = [
        sa.select(sa.literal(waiting.value), sa.func.count()).select_from(
            _waiting(one, consultation, which, language, waiting).limit(COUNTED + 1).subquery()
        )
        for waiting in Waiting
    ]
    return {Waiting(name): number for name, number in session.execute(sa.union_all(*each))}


def _waiting(
    query: sa.Select[Any], consultation: uuid.UUID, which: sa.ColumnElement[bool], language: str, waiting: Waiting
) -> sa.Select[Any]:
    """Narrow a query to texts that need something; where there is a translation to begin with, it begins with that."""
    drafts = _stands(_draft, consultation, language, TranslationKind.DRAFT)
    officials = _stands(_official, consultation, language, TranslationKind.OFFICIAL)
    fresh = sa.and_(_draft.handed_in_at.is_not(None), _draft.revision == Submission.revision)
    query = query.where(Submission.consultation_id == consultation, which, Submission.language != language)
    start = sa.inspect(Submission).selectable
    match waiting:
        case Waiting.MISSING:
            joined = start.outerjoin(_draft, drafts).outerjoin(_official, officials)
            return query.select_from(joined).where(_draft.id.is_(None), _official.id.is_(None))
        case Waiting.STALE:
            joined = start.join(_official, officials).outerjoin(_draft, drafts)
            return query.select_from(joined).where(_draft.id.is_(None), _official.revision < Submission.revision)
        case _:
            joined = start.join(_draft, drafts).outerjoin(_official, officials)
            return query.select_from(joined).where(fresh if waiting is Waiting.READY else sa.not_(fresh))


def _stands(one: Any, consultation: uuid.UUID, language: str, kind: TranslationKind) -> sa.ColumnElement[bool]:
    return sa.and_(
        one.submission_id == Submission.id,
        one.consultation_id == consultation,
        one.language == language,
        one.kind == kind.value,
        one.replaced_at.is_(None),
    )


def ready_translations(consultation: uuid.UUID) -> sa.Select[uuid.UUID, str]:
    """Return, as a query, the drafts of translations that wait for approval."""
    return (
        sa.select(Translation.id, Translation.language)
        .join(Submission, Submission.id == Translation.submission_id)
        .where(
            Translation.consultation_id == consultation,
            Translation.kind == TranslationKind.DRAFT,
            Translation.replaced_at.is_(None),
            Translation.handed_in_at.is_not(None),
            Translation.revision == Submission.revision,
            Submission.state.in_([state.value for state in TRANSLATED]),
        )
    )
